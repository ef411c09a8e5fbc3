/** The loopback link. */
export type { LoopbackLimits } from "./limits.ts";
export { LOOPBACK_LIMITS, loopbackLimits } from "./limits.ts";
export * from "./loopback.ts";
