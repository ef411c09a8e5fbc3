/** The checks that come first in every synchronized state: RFC 9293 3.10.7.4, first to fourth. */
import { isTimestampOld } from "./timestamps.ts";
import { challengeAck, requestAck } from "./schedule.ts";
import { isAfter, isBefore } from "./sequence.ts";
import type { Segment } from "./segment.ts";
import type { Tcb } from "./state.ts";
import { FLAG } from "./wire.ts";

/**
 * True when some part of the segment lies in the receive window (RFC 9293 3.4, table 6).
 *
 * With a closed window, a segment at RCV.NXT passes too: its ACK counts, its data will be cut off.
 */
function isInWindow(tcb: Tcb, segment: Segment): boolean {
  const { sequence, sequenceBytes } = segment;
  if (sequence === tcb.rcvNxt) return true;
  if (!isBefore(sequence, tcb.rcvEdge)) return false;
  const last = (sequence + Math.max(sequenceBytes, 1) - 1) | 0;
  return !isBefore(sequenceBytes === 0 ? sequence : last, tcb.rcvNxt);
}

/** First: sequence number and timestamp. @returns False when the segment is to be dropped. */
export function checkSequence(tcb: Tcb, segment: Segment, nowUs: number): boolean {
  const { counters } = tcb.context;
  const isReset = (segment.flags & FLAG.RST) !== 0;
  if (tcb.hasTimestamps && !isReset) {
    // RFC 7323 3.2: once negotiated, every segment but RST carries timestamps.
    if (!segment.hasTimestamps) {
      counters.pawsDrops++;
      return false;
    }
    if (isTimestampOld(tcb, segment, nowUs)) {
      counters.pawsDrops++;
      answerUnacceptable(tcb, segment, nowUs);
      return false;
    }
  }
  if (isInWindow(tcb, segment)) return true;
  if (isReset) return false;
  if (isAfter(tcb.rcvNxt, segment.sequence)) counters.duplicateSegments++;
  else counters.outOfWindowSegments++;
  answerUnacceptable(tcb, segment, nowUs);
  return false;
}

/**
 * RFC 9293 3.10.7.4: an unacceptable segment is answered with an ACK. Where it carries nothing, and
 * is no keepalive probe, this is rationed: two ends that disagree would answer each other for ever.
 */
function answerUnacceptable(tcb: Tcb, segment: Segment, nowUs: number): void {
  const isProbe = segment.sequence === ((tcb.rcvNxt - 1) | 0);
  const isBare = segment.sequenceBytes === 0 && !isProbe;
  if (isBare || (segment.flags & FLAG.SYN) !== 0) challengeAck(tcb, nowUs);
  else requestAck(tcb);
}

/**
 * Second: RST, by RFC 5961 3.2. Only the exact sequence number resets; another in the window
 * is challenged, because it may be a stranger's guess.
 */
export function isResetValid(tcb: Tcb, segment: Segment, nowUs: number): boolean {
  if (segment.sequence === tcb.rcvNxt) return true;
  challengeAck(tcb, nowUs);
  return false;
}

/**
 * Fifth: ACK (RFC 5961 5.2): it must lie in [SND.UNA - MAX.SND.WND, SND.NXT].
 *
 * @returns False when the segment is to be dropped.
 */
export function checkAck(tcb: Tcb, segment: Segment, nowUs: number): boolean {
  const { acknowledgment } = segment;
  const tooOld = ((tcb.sndUna - acknowledgment) | 0) > tcb.maxSndWnd;
  if (!isAfter(acknowledgment, tcb.sndNxt) && !tooOld) return true;
  challengeAck(tcb, nowUs);
  return false;
}

/**
 * True when a SYN may begin a new connection in the place of one in TIME-WAIT: it is newer than
 * everything of the old one, by its timestamp or its sequence number (RFC 9293 3.6.1, RFC 6191).
 */
export function isReopening(tcb: Tcb, segment: Segment): boolean {
  const control = segment.flags & (FLAG.SYN | FLAG.ACK | FLAG.RST);
  if (control !== FLAG.SYN) return false;
  if (tcb.hasTimestamps && segment.hasTimestamps && segment.timestampValue !== tcb.tsRecent) {
    return isAfter(segment.timestampValue, tcb.tsRecent);
  }
  return isAfter(segment.sequence, tcb.rcvNxt);
}
