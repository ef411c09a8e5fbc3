/** The MC146818 real-time clock. */
export { readRtc, type RtcOptions } from "./rtc.ts";
