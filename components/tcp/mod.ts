/** TCP by RFC 9293, over any network layer. README.md says where to begin to read. */
export type { CongestionControl } from "./congestion.ts";
export { TCP_LIMITS, type TcpLimits } from "./limits.ts";
export { NULL_HANDLER } from "./null-handler.ts";
export { createTcp, type TcpComponent, type TcpNeeds } from "./stack.ts";
export * from "./types.ts";
