import type { Ipv4Counters } from "./types.ts";

export function createCounters(): Ipv4Counters {
  return {
    packetsReceived: 0,
    packetsDelivered: 0,
    badHeaders: 0,
    badChecksums: 0,
    badOptions: 0,
    sourceRouted: 0,
    martians: 0,
    notForUs: 0,
    unknownProtocols: 0,
    fragmentsReceived: 0,
    packetsReassembled: 0,
    reassemblyFailures: 0,
    overlappingFragments: 0,
    noRoutes: 0,
  };
}
