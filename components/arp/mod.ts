/** Address resolution for IPv4 over Ethernet. */
export * from "./arp.ts";
export type { ArpCounters } from "./cache.ts";
export type { ProbeTimes } from "./conflict-detection.ts";
export { PROBE_TIMES } from "./conflict-detection.ts";
export * from "./limits.ts";
export { ArpNeighbour } from "./neighbour.ts";
export type { NeighbourState } from "./neighbour.ts";
export * from "./packet.ts";
export * from "./wire.ts";
