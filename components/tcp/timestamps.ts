/** Timestamps (RFC 7323): protection against old segments, and round-trip times. */
import { isAfter, isBefore } from "./sequence.ts";
import type { Segment } from "./segment.ts";
import type { Tcb } from "./state.ts";

/** After 24 days TS.Recent is no longer comparable (RFC 7323 5.5). */
const OUTDATED_US = 24 * 86_400 * 1_000_000;

/** TS.Val: a clock that ticks in milliseconds (RFC 7323 4.1 allows 1 ms to 1 s). */
export function timestampNow(tcb: Tcb, nowUs: number): number {
  const { context } = tcb;
  if (context.clockUs !== nowUs) {
    context.clockUs = nowUs;
    context.clockMs = Math.floor(nowUs / 1000) | 0;
  }
  return (context.clockMs + tcb.tsOffset) | 0;
}

/** PAWS (RFC 7323 5.3 R1): the timestamp is older than the one that was accepted last. */
export function isTimestampOld(tcb: Tcb, segment: Segment, nowUs: number): boolean {
  if (!isBefore(segment.timestampValue, tcb.tsRecent)) return false;
  return nowUs - tcb.tsRecentAtUs < OUTDATED_US;
}

/** RFC 7323 4.3 (2): remembers the timestamp that the next ACK echoes. */
export function updateTimestamp(tcb: Tcb, segment: Segment, nowUs: number): void {
  if (!tcb.hasTimestamps || isAfter(segment.sequence, tcb.lastAckSent)) return;
  if (isBefore(segment.timestampValue, tcb.tsRecent) && nowUs - tcb.tsRecentAtUs < OUTDATED_US) {
    return;
  }
  tcb.tsRecent = segment.timestampValue;
  tcb.tsRecentAtUs = nowUs;
}

/**
 * Measures the round-trip time with an ACK of new data.
 *
 * Our own clock is finer than the timestamps', so it is used for segments that were sent once
 * (Karn). Where something was sent again, the echo tells what was answered (RFC 7323 4.1). An echo
 * from before the last retransmission is not used: when ACKs are lost, the receiver answers the
 * retransmission with an old echo, and the timeout would grow with each loss.
 */
export function measureRoundTrip(tcb: Tcb, segment: Segment, nowUs: number): void {
  if (tcb.isTiming) {
    if (isBefore(segment.acknowledgment, tcb.timedEnd)) return;
    tcb.isTiming = false;
    tcb.rtt.measured(nowUs - tcb.timedAtUs);
  } else if (tcb.hasTimestamps && segment.hasTimestamps && segment.timestampEcho !== 0) {
    const elapsedMs = (timestampNow(tcb, nowUs) - segment.timestampEcho) | 0;
    const mostMs = (nowUs - tcb.retransmittedAtUs) / 1000 + 1;
    if (elapsedMs >= 0 && elapsedMs <= mostMs) tcb.rtt.measured(Math.max(elapsedMs, 1) * 1000);
  }
}
