/** ICMP for IPv4: echo, and errors in both directions. */
export { createIcmpv4 } from "./icmpv4.ts";
export type { Icmpv4Needs } from "./icmpv4.ts";
export * from "./limits.ts";
export * from "./types.ts";
export * from "./wire.ts";
