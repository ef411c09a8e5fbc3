/**
 * Finding and mending loss: fast retransmit and fast recovery by RFC 6582 (NewReno), by RFC 6675
 * where the peer sends SACK, and after a timeout.
 *
 * One model serves the three. Of what is in flight, [SND.UNA, SND.NXT):
 * - what `sacked` covers has arrived,
 * - what lies before `lostEdge` and is not covered is lost,
 * - of that, what lies before `highRxt` has been sent again and is in flight once more.
 * `pipe` counts what is in the network by this model, and `output` sends while pipe < cwnd: first
 * what is lost (`nextLost`), then new data.
 */
import { isAfter, isBefore, laterOf } from "./sequence.ts";
import { SequenceRanges } from "./sequence-ranges.ts";
import { RECOVERY, type Tcb } from "./state.ts";
import type { Segment } from "./segment.ts";
import { markDirty } from "./schedule.ts";
import { traceSender } from "./trace.ts";

/** DupThresh of RFC 6675 and RFC 5681. */
const DUPLICATE_THRESHOLD = 3;

/** Octets in the network by the model above (SetPipe of RFC 6675 4). */
export function pipe(tcb: Tcb): number {
  const { sacked, recovery } = tcb;
  const flight = (tcb.sndNxt - tcb.sndUna) | 0;
  if (sacked === undefined || sacked.count === 0) {
    if (recovery !== RECOVERY.NONE) return gapPipe(tcb, tcb.sndUna, tcb.sndNxt);
    // Limited transmit (RFC 3042): the first two duplicate ACKs let one new segment each go.
    return flight - Math.min(tcb.dupAcks, DUPLICATE_THRESHOLD - 1) * tcb.mss;
  }
  if (recovery === RECOVERY.NONE) return flight - sacked.totalBytes;
  let total = 0;
  let left = tcb.sndUna;
  for (let index = 0; index < sacked.count; index++) {
    total += gapPipe(tcb, left, sacked.left(index));
    left = sacked.right(index);
  }
  return total + gapPipe(tcb, left, tcb.sndNxt);
}

/** What is in the network of [left, right), of which nothing has been acknowledged. */
function gapPipe(tcb: Tcb, left: number, right: number): number {
  let total = 0;
  const lostUntil = isBefore(tcb.lostEdge, right) ? tcb.lostEdge : right;
  const sentAgainUntil = isBefore(tcb.highRxt, right) ? tcb.highRxt : right;
  if (isAfter(right, lostUntil)) total += (right - laterOf(left, lostUntil)) | 0;
  if (isAfter(sentAgainUntil, left)) total += (sentAgainUntil - left) | 0;
  return total;
}

/** The first lost byte that has not been sent again (NextSeg, rule 1), or `lostEdge`. */
export function nextLost(tcb: Tcb): number {
  const from = laterOf(tcb.highRxt, tcb.sndUna);
  return tcb.sacked === undefined ? from : tcb.sacked.firstGap(from);
}

/** How many bytes from `sequence` on are unacknowledged and lie before `edge`. */
export function gapBytes(tcb: Tcb, sequence: number, edge: number): number {
  const { sacked } = tcb;
  const right = sacked === undefined ? edge : sacked.nextLeft(sequence, edge);
  return ((isBefore(right, edge) ? right : edge) - sequence) | 0;
}

/**
 * Notes what the peer has acknowledged selectively.
 *
 * @returns How many bytes of it are news. Blocks outside of what is in flight are ignored: old ones,
 *   duplicates (RFC 2883) and nonsense.
 */
export function recordSack(tcb: Tcb, segment: Segment): number {
  let news = 0;
  for (let index = 0; index < segment.sackCount; index++) {
    const left = segment.sackLeft[index]!;
    const right = segment.sackRight[index]!;
    if (!isBefore(left, right) || isBefore(left, segment.acknowledgment)) continue;
    if (!isAfter(left, tcb.sndUna) || isAfter(right, tcb.sndNxt)) continue;
    tcb.sacked ??= new SequenceRanges(tcb.context.limits.maxSackRanges);
    const added = tcb.sacked.insert(left, right);
    if (added > 0) news += added;
  }
  return news;
}

/**
 * The edge before which unacknowledged bytes are lost (IsLost of RFC 6675 4): three ranges, or more
 * than two segments, have arrived beyond it.
 */
function sackLostEdge(tcb: Tcb): number {
  const { sacked } = tcb;
  if (sacked === undefined) return tcb.sndUna;
  let bytes = 0;
  for (let index = sacked.count - 1; index >= 0; index--) {
    bytes += (sacked.right(index) - sacked.left(index)) | 0;
    if (
      sacked.count - index >= DUPLICATE_THRESHOLD ||
      bytes > (DUPLICATE_THRESHOLD - 1) * tcb.mss
    ) {
      return sacked.left(index);
    }
  }
  return tcb.sndUna;
}

/** An ACK that acknowledges nothing new, or whose SACK option does: a sign of loss. */
export function duplicateAck(tcb: Tcb, nowUs: number): void {
  tcb.dupAcks++;
  markDirty(tcb);
  if (tcb.recovery === RECOVERY.FAST) {
    if (tcb.hasSack) tcb.lostEdge = laterOf(tcb.lostEdge, sackLostEdge(tcb));
    else tcb.congestion.cwndBytes += tcb.mss;
    return;
  }
  if (tcb.recovery === RECOVERY.TIMEOUT) return;
  const edge = tcb.hasSack ? sackLostEdge(tcb) : tcb.sndUna;
  if (tcb.dupAcks < DUPLICATE_THRESHOLD && !isAfter(edge, tcb.sndUna)) return;
  // RFC 6582 3.2 step 2: what went out before the last recovery ended is no sign of new loss.
  if (tcb.hasSack ? isBefore(tcb.sndUna, tcb.recover) : !isAfter(tcb.sndUna, tcb.recover)) return;
  enterFastRecovery(tcb, edge, nowUs);
}

function enterFastRecovery(tcb: Tcb, edge: number, nowUs: number): void {
  const { congestion } = tcb;
  tcb.context.counters.fastRetransmits++;
  tcb.recovery = RECOVERY.FAST;
  tcb.recover = tcb.sndNxt;
  tcb.highRxt = tcb.sndUna;
  tcb.rescueDone = false;
  tcb.retransmitDue = true;
  tcb.lostEdge = laterOf(edge, firstSegmentEnd(tcb));
  congestion.lossDetected((tcb.sndNxt - tcb.sndUna) | 0, tcb.mss, nowUs);
  // RFC 6582: the three segments that left the network make room; with SACK, `pipe` knows it.
  if (!tcb.hasSack) congestion.cwndBytes += DUPLICATE_THRESHOLD * tcb.mss;
  if (tcb.context.trace !== undefined)
    traceSender(tcb, "fast-retransmit", { dupAcks: tcb.dupAcks });
}

/** One segment from SND.UNA on, or what there is. */
function firstSegmentEnd(tcb: Tcb): number {
  const end = (tcb.sndUna + tcb.mss) | 0;
  return isBefore(end, tcb.sndNxt) ? end : tcb.sndNxt;
}

/**
 * New data was acknowledged, and SND.UNA has moved.
 *
 * @param ackedBytes By how much.
 * @param flightBytes What was in flight before.
 */
export function acknowledged(
  tcb: Tcb,
  ackedBytes: number,
  flightBytes: number,
  nowUs: number,
): void {
  const { congestion } = tcb;
  tcb.dupAcks = 0;
  if (tcb.recovery === RECOVERY.NONE) {
    if (tcb.isCwndLimited) congestion.acknowledged(ackedBytes, tcb.mss, nowUs);
    return;
  }
  if (isBefore(tcb.highRxt, tcb.sndUna)) tcb.highRxt = tcb.sndUna;
  markDirty(tcb);
  if (!isBefore(tcb.sndUna, tcb.recover)) {
    leaveRecovery(tcb, nowUs, ackedBytes);
  } else if (tcb.recovery === RECOVERY.TIMEOUT) {
    congestion.acknowledged(ackedBytes, tcb.mss, nowUs);
  } else if (tcb.hasSack) {
    tcb.lostEdge = laterOf(tcb.lostEdge, sackLostEdge(tcb));
  } else {
    partialAck(tcb, ackedBytes, flightBytes);
  }
}

/** RFC 6582 3.2 step 3, "partial acknowledgments": the next segment is lost as well. */
function partialAck(tcb: Tcb, ackedBytes: number, flightBytes: number): void {
  const { congestion } = tcb;
  tcb.highRxt = tcb.sndUna;
  tcb.lostEdge = firstSegmentEnd(tcb);
  tcb.retransmitDue = true;
  const deflated = congestion.cwndBytes - Math.min(ackedBytes, flightBytes);
  congestion.cwndBytes = Math.max(deflated, 0) + (ackedBytes >= tcb.mss ? tcb.mss : 0);
}

function leaveRecovery(tcb: Tcb, nowUs: number, ackedBytes: number): void {
  if (tcb.recovery === RECOVERY.FAST) {
    tcb.congestion.recovered((tcb.sndNxt - tcb.sndUna) | 0, tcb.mss);
  } else {
    tcb.congestion.acknowledged(ackedBytes, tcb.mss, nowUs);
  }
  tcb.recovery = RECOVERY.NONE;
  tcb.retransmitDue = false;
  tcb.highRxt = tcb.lostEdge = tcb.sndUna;
  if (tcb.context.trace !== undefined) traceSender(tcb, "recovered", {});
}

/**
 * Everything in flight goes out again at once, and the windows stay: it was not congestion that it
 * was lost by, but a path that became narrower, or a window that was closed.
 */
export function resendFlight(tcb: Tcb): void {
  if (tcb.sndNxt === tcb.sndUna) return;
  tcb.recovery = RECOVERY.TIMEOUT;
  tcb.recover = tcb.sndNxt;
  tcb.lostEdge = tcb.sndNxt;
  tcb.highRxt = tcb.sndUna;
  tcb.retransmitDue = true;
  tcb.isTiming = false;
  markDirty(tcb);
}

/** The retransmission timer has expired: everything that no SACK covers is lost (RFC 5681 3.1). */
export function enterTimeoutRecovery(tcb: Tcb): void {
  const isFirst = tcb.timeouts === 1;
  tcb.congestion.timedOut((tcb.sndNxt - tcb.sndUna) | 0, tcb.mss, isFirst);
  // A receiver may renege on what it has acknowledged only selectively (RFC 2018 8).
  if (!isFirst || (tcb.sacked !== undefined && tcb.sacked.indexOf(tcb.sndUna) >= 0)) {
    tcb.sacked?.clear();
  }
  tcb.dupAcks = 0;
  resendFlight(tcb);
}
