/** DHCP: a client, and the codec for both sides. */
export * from "./client.ts";
export type { ClientIdentity } from "./client-messages.ts";
export { applyLease } from "./lease.ts";
export type { DhcpLease } from "./lease.ts";
export * from "./limits.ts";
export type { ClasslessRoute, DhcpOptions } from "./options.ts";
export * from "./packet.ts";
export * from "./wire.ts";
