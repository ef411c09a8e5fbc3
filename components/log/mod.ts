/** The log: typed entries with levels, kept within bounds, and handed to sinks. */
export { formatEntry } from "./format.ts";
export { parseLogFilter, type LogFilter } from "./filter.ts";
export { LOG_LIMITS, type LogLimits } from "./limits.ts";
export { createLog } from "./log.ts";
export * from "./types.ts";
