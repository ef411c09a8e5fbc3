import type { TcpCounters } from "./types.ts";

/** Makes counters that stand at zero. */
export function createCounters(): TcpCounters {
  return {
    activeOpens: 0,
    passiveOpens: 0,
    attemptFails: 0,
    establishedResets: 0,
    segmentsReceived: 0,
    segmentsSent: 0,
    retransmittedSegments: 0,
    fastRetransmits: 0,
    timeouts: 0,
    resetsSent: 0,
    badSegments: 0,
    badChecksums: 0,
    challengeAcks: 0,
    synCookiesSent: 0,
    synCookiesAccepted: 0,
    synCookiesRejected: 0,
    listenOverflows: 0,
    outOfOrderSegments: 0,
    duplicateSegments: 0,
    outOfWindowSegments: 0,
    memoryRefusals: 0,
    connectionRefusals: 0,
    memoryEvictions: 0,
    rangeRefusals: 0,
    pawsDrops: 0,
    rateLimited: 0,
    timeWaitEvictions: 0,
    networkErrors: 0,
  };
}
