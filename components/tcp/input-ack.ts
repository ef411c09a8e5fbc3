/** The ACK of a segment: RFC 9293 3.10.7.4, fifth. */
import { acknowledged, duplicateAck, recordSack, resendFlight } from "./recovery.ts";
import { armRetransmit, markDirty } from "./schedule.ts";
import { isAfter, isBefore } from "./sequence.ts";
import type { Segment } from "./segment.ts";
import type { Tcb } from "./state.ts";
import { measureRoundTrip } from "./timestamps.ts";
import { FLAG } from "./wire.ts";

/**
 * Takes an ACK that `checkAck` has let pass.
 *
 * @returns True when it acknowledges something new, so that the handler may be told.
 */
export function processAck(tcb: Tcb, segment: Segment, nowUs: number): boolean {
  const { acknowledgment } = segment;
  const ackedBytes = (acknowledgment - tcb.sndUna) | 0;
  if (ackedBytes < 0) return false;
  let sackNews = 0;
  if (segment.sackCount > 0 && tcb.hasSack) sackNews = recordSack(tcb, segment);
  const isWindowSame = segment.window << tcb.sndShift === tcb.sndWnd;
  if (ackedBytes > 0) {
    acknowledgeNew(tcb, segment, ackedBytes, nowUs);
    updateWindow(tcb, segment, nowUs);
    return true;
  }
  updateWindow(tcb, segment, nowUs);
  const isDuplicate = tcb.hasSack
    ? sackNews > 0
    : isWindowSame && segment.sequenceBytes === 0 && (segment.flags & FLAG.SYN) === 0;
  if (tcb.sndNxt !== tcb.sndUna && isDuplicate) duplicateAck(tcb, nowUs);
  // A closed window is probed for ever, as long as the probes are answered (RFC 9293 3.8.6.1).
  if (tcb.sndWnd === 0) tcb.answeredProbes = tcb.timeouts;
  return false;
}

/** SND.WND follows the latest segment, by SND.WL1 and SND.WL2. */
function updateWindow(tcb: Tcb, segment: Segment, nowUs: number): void {
  const { sequence, acknowledgment } = segment;
  if (isAfter(tcb.sndWl1, sequence)) return;
  if (tcb.sndWl1 === sequence && isAfter(tcb.sndWl2, acknowledgment)) return;
  const window = segment.window << tcb.sndShift;
  if (window !== tcb.sndWnd) {
    const hasOpened = tcb.sndWnd === 0 && window > 0;
    tcb.sndWnd = window;
    if (window > tcb.maxSndWnd) tcb.maxSndWnd = window;
    if (hasOpened) windowOpened(tcb, nowUs);
    markDirty(tcb);
  }
  tcb.sndWl1 = sequence;
  tcb.sndWl2 = acknowledgment;
}

/** Probing ends. A probe that the closed window kept out is sent again at once. */
function windowOpened(tcb: Tcb, nowUs: number): void {
  tcb.timeouts = 0;
  tcb.rtt.clearBackoff();
  tcb.retransmitAtUs = Infinity;
  if (tcb.sndNxt === tcb.sndUna) return;
  armRetransmit(tcb, nowUs);
  if (tcb.sndNxt === ((tcb.sndUna + 1) | 0)) resendFlight(tcb);
}

function acknowledgeNew(tcb: Tcb, segment: Segment, ackedBytes: number, nowUs: number): void {
  const queue = tcb.sendQueue;
  const flightBytes = (tcb.sndNxt - tcb.sndUna) | 0;
  measureRoundTrip(tcb, segment, nowUs);
  tcb.sndUna = segment.acknowledgment;
  tcb.timeouts = 0;
  tcb.answeredProbes = 0;
  tcb.progressAtUs = nowUs;
  tcb.softError = undefined;
  if (tcb.sacked !== undefined) tcb.sacked.removeBelow(tcb.sndUna);
  // FIN has a sequence number but no place in the queue.
  const released = isBefore(queue.end, tcb.sndUna) ? queue.end : tcb.sndUna;
  tcb.bytesSent += (released - queue.start) | 0;
  queue.release(released);
  acknowledged(tcb, ackedBytes, flightBytes, nowUs);
  if (tcb.sndUna === tcb.sndNxt) tcb.retransmitAtUs = Infinity;
  else armRetransmit(tcb, nowUs);
  // An empty queue is trimmed at the end of the turn: until then, an answer may fill it again.
  if (tcb.sndNxt !== queue.end || queue.start === queue.end || tcb.finQueued || queue.isHeld) {
    markDirty(tcb);
  }
}

/** True when all that was sent, FIN included, has been acknowledged. */
export function isFinAcked(tcb: Tcb): boolean {
  return tcb.finQueued && isAfter(tcb.sndUna, tcb.sendQueue.end);
}

/** Tells the handler what room the ACK has made. */
export function tellSpace(tcb: Tcb): void {
  const queue = tcb.sendQueue;
  if (tcb.isOrphan) return;
  if (tcb.wantsSpace && queue.space >= queue.usedBytes >> 1 && queue.space > 0) {
    tcb.wantsSpace = false;
    tcb.handler.onSpace(tcb);
  }
  if (tcb.wantsDrain && queue.usedBytes === 0) {
    tcb.wantsDrain = false;
    tcb.handler.onDrain?.(tcb);
  }
}
