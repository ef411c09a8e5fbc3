/** Decorators of a HAL that watch and change nothing: captures and traces. */
export { deriveHal } from "./derive-hal.ts";
export { captureHal, PcapWriter } from "./pcap.ts";
export { createTextTrace, parseTraceFilter, traceHal, type TraceFilter } from "./trace.ts";
