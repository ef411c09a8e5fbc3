/**
 * What goes out at the end of a turn (RFC 9293 3.8, RFC 6675 5): first what was lost, then new
 * data, then an ACK if none has ridden on them.
 */
import { SEND } from "../ip/mod.ts";
import { delayAck, emit, emitSyn } from "./emit.ts";
import { gapBytes, nextLost, pipe } from "./recovery.ts";
import { armRetransmit } from "./schedule.ts";
import { earlierOf, isAfter, isBefore } from "./sequence.ts";
import { RECOVERY, STATE, type Tcb } from "./state.ts";
import { traceSender } from "./trace.ts";
import { isUpdateDue } from "./window.ts";
import { FLAG, TCP, TIMESTAMPS_PADDED_BYTES } from "./wire.ts";

/** Below this the options leave no room worth sending for (compare CVE-2019-11479). */
const MIN_MSS_BYTES = 48;

/** A frame never exceeds what an IPv4 length field can say. */
const MAX_PACKET_BYTES = 0xffff;

/** Sends what the connection may send now. */
export function output(tcb: Tcb, nowUs: number): void {
  if (tcb.isBlocked || tcb.stateNumber === STATE.CLOSED) return;
  if (tcb.stateNumber < STATE.ESTABLISHED) {
    if (tcb.synDue && tcb.stateNumber !== STATE.REQUESTED) outputSyn(tcb, nowUs);
    return;
  }
  const { route } = tcb;
  if (route.mtuBytes !== tcb.mtuBytes) updateMss(tcb);
  if (tcb.stateNumber !== STATE.TIME_WAIT && hasSomething(tcb) && !outputData(tcb, nowUs)) return;
  outputAck(tcb, nowUs);
}

function outputSyn(tcb: Tcb, nowUs: number): void {
  const result = emitSyn(tcb, nowUs);
  if (result === SEND.FULL) {
    block(tcb);
    return;
  }
  if (result === SEND.NO_ROUTE) tcb.softError = "ENETUNREACH";
  tcb.synDue = false;
  tcb.ackNow = false;
  if (tcb.timeouts === 0) startTiming(tcb, tcb.sndNxt, nowUs);
  armRetransmit(tcb, nowUs);
}

/** Computes Eff.snd.MSS (RFC 9293 3.7.1) after the handshake, and when the path's MTU changes. */
export function updateMss(tcb: Tcb): void {
  const { route } = tcb;
  tcb.mtuBytes = route.mtuBytes;
  const optionBytes = tcb.hasTimestamps ? TIMESTAMPS_PADDED_BYTES : 0;
  const headerBytes = route.networkHeaderBytes + TCP.HEADER_BYTES;
  const mss = Math.min(tcb.peerMss, route.mtuBytes - headerBytes) - optionBytes;
  tcb.mss = Math.max(mss, MIN_MSS_BYTES);
  const { offloads } = route;
  tcb.maxPayload = tcb.mss;
  if (!offloads.transmitChecksum) return;
  const cut = Math.min(offloads.tcp4SegmentationBytes, MAX_PACKET_BYTES);
  const segments = Math.floor((cut - headerBytes - optionBytes) / tcb.mss);
  if (segments > 1) tcb.maxPayload = segments * tcb.mss;
}

function hasSomething(tcb: Tcb): boolean {
  return tcb.sndNxt !== tcb.sendQueue.end || tcb.finQueued || tcb.recovery !== RECOVERY.NONE;
}

/** @returns False when the device is full. */
function outputData(tcb: Tcb, nowUs: number): boolean {
  let room = tcb.congestion.cwndBytes - pipe(tcb);
  if (tcb.recovery !== RECOVERY.NONE) {
    room = retransmitLost(tcb, room, nowUs);
    if (room < 0 && tcb.isBlocked) return false;
  }
  const isIdle = tcb.sndNxt === tcb.sndUna;
  if (isIdle) restartAfterIdle(tcb, nowUs);
  const before = tcb.sndNxt;
  if (!sendNew(tcb, isIdle ? tcb.congestion.cwndBytes : room, nowUs)) return false;
  if (tcb.recovery === RECOVERY.FAST && before === tcb.sndNxt)
    return retransmitTail(tcb, room, nowUs);
  return true;
}

/** RFC 5681 4.1: after an idle time the window says nothing about the path any more. */
function restartAfterIdle(tcb: Tcb, nowUs: number): void {
  const idleUs = nowUs - tcb.lastSentAtUs;
  if (tcb.lastSentAtUs > 0 && idleUs > tcb.rtt.rtoUs) tcb.congestion.idle(tcb.mss);
}

/** @returns The room that is left; the connection is blocked when the device was full. */
function retransmitLost(tcb: Tcb, room: number, nowUs: number): number {
  for (;;) {
    const sequence = nextLost(tcb);
    if (!isBefore(sequence, tcb.lostEdge)) break;
    if (room < tcb.mss && !tcb.retransmitDue) break;
    const most = Math.max(tcb.mss, Math.min(tcb.maxPayload, room - (room % tcb.mss)));
    const length = Math.min(gapBytes(tcb, sequence, tcb.lostEdge), most);
    if (!retransmit(tcb, sequence, length, "lost", nowUs)) return -1;
    tcb.retransmitDue = false;
    tcb.highRxt = (sequence + length) | 0;
    room -= length;
  }
  tcb.retransmitDue = false;
  return room;
}

/** NextSeg of RFC 6675 4, rules 3 and 4: when there is nothing else, what may be lost. */
function retransmitTail(tcb: Tcb, room: number, nowUs: number): boolean {
  const { sacked } = tcb;
  if (room < tcb.mss || sacked === undefined || sacked.count === 0) return true;
  const highest = sacked.right(sacked.count - 1);
  const sequence = nextLost(tcb);
  if (isBefore(sequence, highest)) {
    const length = Math.min(gapBytes(tcb, sequence, highest), tcb.mss);
    if (!retransmit(tcb, sequence, length, "maybe-lost", nowUs)) return false;
    tcb.highRxt = (sequence + length) | 0;
    return true;
  }
  if (tcb.rescueDone || !isBefore(highest, tcb.sndNxt)) return true;
  const length = Math.min((tcb.sndNxt - highest) | 0, tcb.mss);
  if (!retransmit(tcb, (tcb.sndNxt - length) | 0, length, "rescue", nowUs)) return false;
  tcb.rescueDone = true;
  return true;
}

/** Sends again. @param length Sequence numbers: the last may be FIN's. */
function retransmit(
  tcb: Tcb,
  sequence: number,
  length: number,
  reason: string,
  nowUs: number,
): boolean {
  const { counters, trace } = tcb.context;
  const payload = Math.min(length, (tcb.sendQueue.end - sequence) | 0);
  const flags = (payload > 0 ? FLAG.PSH : 0) | (payload < length ? FLAG.FIN : 0);
  if (isAfter(tcb.timedEnd, sequence)) tcb.isTiming = false;
  const result = emit(tcb, sequence, payload, flags, nowUs);
  if (result === SEND.FULL) {
    block(tcb);
    return false;
  }
  counters.retransmittedSegments++;
  tcb.retransmits++;
  tcb.lastSentAtUs = tcb.retransmittedAtUs = nowUs;
  if (tcb.retransmitAtUs === Infinity) armRetransmit(tcb, nowUs);
  if (trace !== undefined) traceSender(tcb, "retransmit", { reason, len: payload });
  return true;
}

/** Sends new data, and FIN behind the last byte. @returns False when the device is full. */
function sendNew(tcb: Tcb, room: number, nowUs: number): boolean {
  const queue = tcb.sendQueue;
  tcb.isCwndLimited = false;
  for (;;) {
    const unsent = (queue.end - tcb.sndNxt) | 0;
    if (unsent < 0 || (unsent === 0 && !tcb.finQueued)) return true;
    const window = (tcb.sndUna + tcb.sndWnd - tcb.sndNxt) | 0;
    let length = unsent;
    if (length > room) {
      length = room;
      tcb.isCwndLimited = true;
    }
    if (length > window) length = window;
    if (length > tcb.maxPayload) length = tcb.maxPayload;
    length = segmentLength(tcb, length, unsent);
    const withFin = tcb.finQueued && length === unsent && length < window;
    if (length <= 0 && !withFin) {
      if (tcb.sndNxt === tcb.sndUna && tcb.retransmitAtUs === Infinity) startPersist(tcb, nowUs);
      return true;
    }
    const before = tcb.sndNxt;
    if (!sendSegment(tcb, length, unsent, withFin, nowUs)) return false;
    room -= (tcb.sndNxt - before) | 0;
  }
}

/**
 * How much of what may go should go: whole segments; a part of one only where waiting is useless
 * (RFC 9293 3.8.6.2.1), and by Nagle's algorithm only while no other small segment is in flight
 * (3.7.4, in the variant of its appendix A.3).
 */
function segmentLength(tcb: Tcb, length: number, unsent: number): number {
  const { mss } = tcb;
  if (length <= 0) return length;
  const tail = length < mss ? length : length % mss;
  if (tail === 0) return length;
  if (length === unsent) {
    const isAlone = tcb.sndNxt === tcb.sndUna || !isAfter(tcb.smallEnd, tcb.sndUna);
    if (isAlone || tcb.noDelay || tcb.finQueued) return length;
    return length - tail;
  }
  if (length < mss && tcb.sndNxt === tcb.sndUna && length >= tcb.maxSndWnd >> 1) return length;
  return length - tail;
}

function sendSegment(
  tcb: Tcb,
  length: number,
  unsent: number,
  withFin: boolean,
  nowUs: number,
): boolean {
  let flags = 0;
  if (length === unsent && length > 0) flags |= FLAG.PSH;
  if (withFin) flags |= FLAG.FIN;
  const result = emit(tcb, tcb.sndNxt, length, flags, nowUs);
  if (result === SEND.FULL) {
    block(tcb);
    return false;
  }
  if (result === SEND.NO_ROUTE) tcb.softError = "ENETUNREACH";
  if (result === SEND.TOO_BIG && tcb.route.mtuBytes !== tcb.mtuBytes) {
    // The path has become narrower: try again with what fits.
    updateMss(tcb);
    return true;
  }
  const end = (tcb.sndNxt + length + (withFin ? 1 : 0)) | 0;
  if (length < tcb.mss || length % tcb.mss !== 0) tcb.smallEnd = end;
  if (tcb.sndNxt === tcb.sndUna) tcb.progressAtUs = nowUs;
  tcb.sndNxt = end;
  tcb.lastSentAtUs = nowUs;
  if (!tcb.isTiming && tcb.recovery === RECOVERY.NONE) startTiming(tcb, end, nowUs);
  if (tcb.retransmitAtUs === Infinity) armRetransmit(tcb, nowUs);
  return true;
}

/** Times the segment that ends at `end` (RFC 6298 3). */
function startTiming(tcb: Tcb, end: number, nowUs: number): void {
  tcb.isTiming = true;
  tcb.timedEnd = end;
  tcb.timedAtUs = nowUs;
}

/** The window keeps back everything: the timer probes it (RFC 9293 3.8.6.1). */
function startPersist(tcb: Tcb, nowUs: number): void {
  tcb.progressAtUs = nowUs;
  armRetransmit(tcb, nowUs);
}

/**
 * Sends something whatever the window says: what fits into a silly window after the override time
 * (RFC 9293 3.8.6.2.1), else one byte of data, or FIN.
 */
export function sendProbe(tcb: Tcb, nowUs: number): void {
  const isNew = tcb.sndNxt === tcb.sndUna;
  const queued = (tcb.sendQueue.end - tcb.sndUna) | 0;
  if (queued <= 0 && !tcb.finQueued) return;
  const most = isNew ? Math.max(1, Math.min(tcb.sndWnd, tcb.mss)) : 1;
  const length = Math.min(most, Math.max(queued, 0));
  const result = emit(tcb, tcb.sndUna, length, length > 0 ? FLAG.PSH : FLAG.FIN, nowUs);
  if (result !== SEND.OK) return;
  if (isNew) tcb.sndNxt = (tcb.sndUna + Math.max(length, 1)) | 0;
  tcb.lastSentAtUs = nowUs;
  if (tcb.context.trace !== undefined) traceSender(tcb, "probe", { len: length });
}

function outputAck(tcb: Tcb, nowUs: number): void {
  const isDue = tcb.ackNow || tcb.ackBytes >= 2 * tcb.rcvMss || (tcb.hasRead && isUpdateDue(tcb));
  tcb.hasRead = false;
  if (!isDue) {
    if (tcb.ackBytes > 0) delayAck(tcb, nowUs);
    return;
  }
  // Beyond a window that was taken back, the peer would drop the ACK for its sequence number.
  const sequence = earlierOf(tcb.sndNxt, (tcb.sndUna + tcb.sndWnd) | 0);
  const result = emit(tcb, sequence, 0, 0, nowUs);
  if (result === SEND.FULL) {
    tcb.ackNow = true;
    block(tcb);
  } else {
    tcb.ackNow = false;
  }
}

/** The device is full: the connection goes on at `writable`. */
function block(tcb: Tcb): void {
  tcb.isBlocked = true;
  tcb.context.blocked.push(tcb);
}
