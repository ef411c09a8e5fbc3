/** IPv4: interfaces, routing, fragments, and the seam to transports. */
export * from "./address.ts";
export type { Interface, InterfaceCounters } from "./interface.ts";
export { createIpv4 } from "./ipv4.ts";
export * from "./limits.ts";
export { DEFAULT_TTL } from "./route.ts";
export type { RouteEntry } from "./routing-table.ts";
export * from "./types.ts";
export * from "./wire.ts";
