/** DNS: the wire format for both sides, and a stub resolver. */
export * from "./address-text.ts";
export { parseHosts } from "./hosts.ts";
export type { HostsTable } from "./hosts.ts";
export * from "./limits.ts";
export * from "./message.ts";
export { canonicalName, encodeName, isName, labelsOf } from "./name.ts";
export type { NameOffsets } from "./name.ts";
export { encodeData, pushU16, pushU32 } from "./rdata.ts";
export * from "./record.ts";
export { createDnsResolver } from "./resolver.ts";
export type { DnsNeeds } from "./resolver.ts";
export * from "./types.ts";
export * from "./wire.ts";
