/** An authoritative DNS server: zone files, answers, and the server on UDP and TCP. */
export { createZone } from "./create-zone.ts";
export * from "./limits.ts";
export { DnsResponder } from "./responder.ts";
export type { DnsServerCounters } from "./responder.ts";
export { createDnsServer } from "./server.ts";
export type { AuthoritativeServer, DnsServerNeeds, DnsServerOptions } from "./server.ts";
export type { RecordSet, Zone, ZoneNode } from "./zone.ts";
export { ZoneError } from "./zone-error.ts";
export { parseZoneFile } from "./zone-file.ts";
export type { ZoneFile, ZoneFileOptions, ZoneRecord } from "./zone-file.ts";
