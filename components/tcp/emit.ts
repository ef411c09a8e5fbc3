import type { TransmitFrame } from "../../libos/hal/mod.ts";
import { IP_PROTOCOL, type Route, SEND } from "../ip/mod.ts";
import { sumPayload } from "./checksum.ts";
import {
  writeMss,
  writeSackHead,
  writeSackPermitted,
  writeTimestamps,
  writeWindowScale,
} from "./options.ts";
import { timestampNow } from "./timestamps.ts";
import { armTimer } from "./schedule.ts";
import { laterOf } from "./sequence.ts";
import { type Context, STATE, type Tcb } from "./state.ts";
import { traceSend } from "./trace.ts";
import { nextEdge, synWindow, windowField } from "./window.ts";
import { FLAG, MAX_SACK_BLOCKS, TCP, TIMESTAMPS_PADDED_BYTES } from "./wire.ts";

/** Writes the fixed part of a header, with a checksum of zero. */
export function writeHeader(
  view: DataView,
  at: number,
  localPort: number,
  remotePort: number,
  sequence: number,
  acknowledgment: number,
  headerBytes: number,
  flags: number,
  window: number,
): void {
  // By words of 32 bits: each call of the view costs an interpreter as much as ten additions.
  view.setInt32(at + TCP.SOURCE_PORT, (localPort << 16) | remotePort);
  view.setInt32(at + TCP.SEQUENCE, sequence);
  view.setInt32(at + TCP.ACKNOWLEDGMENT, acknowledgment);
  view.setInt32(at + TCP.DATA_OFFSET, (headerBytes << 26) | (flags << 16) | window);
  view.setInt32(at + TCP.CHECKSUM, 0);
}

/**
 * Completes the checksum, or leaves it to the device, and sends the frame.
 *
 * @param length Bytes of header and payload; part 0 of the frame is the header.
 */
export function sendFrame(
  context: Context,
  route: Route,
  frame: TransmitFrame,
  length: number,
): number {
  const at = frame.partOffset[0]!;
  const pseudo = route.pseudoHeaderSum(IP_PROTOCOL.TCP, length);
  if (route.offloads.transmitChecksum) {
    frame.checksumStart = 0;
    frame.checksumOffset = TCP.CHECKSUM;
    context.view.setUint16(at + TCP.CHECKSUM, pseudo);
  } else {
    const headerSum = context.memory.checksum(at, frame.partLength[0]!, pseudo);
    const sum = sumPayload(context.memory, frame, headerSum);
    context.view.setUint16(at + TCP.CHECKSUM, ~sum);
  }
  context.counters.segmentsSent++;
  return route.send(frame, IP_PROTOCOL.TCP, 0);
}

/** How many SACK blocks fit beside `payloadBytes` (RFC 2018 4). */
function sackBlocks(tcb: Tcb, payloadBytes: number): number {
  if (!tcb.hasSack) return 0;
  const most = tcb.hasTimestamps ? MAX_SACK_BLOCKS - 1 : MAX_SACK_BLOCKS;
  if (payloadBytes === 0) return most;
  return Math.max(0, Math.min(most, (tcb.mss - payloadBytes - 4) >> 3));
}

/** Puts what the SACK option names into `context.sackIndexes`. @returns How many blocks. */
function chooseSackBlocks(tcb: Tcb, payloadBytes: number): number {
  const most = sackBlocks(tcb, payloadBytes);
  return most > 0 ? tcb.receiveQueue.recentRanges(tcb.context.sackIndexes, most) : 0;
}

function writeSack(tcb: Tcb, at: number, count: number): void {
  const { view, sackIndexes } = tcb.context;
  const early = tcb.receiveQueue.early!;
  let to = writeSackHead(view, at, count);
  for (let block = 0; block < count; block++) {
    view.setInt32(to, early.left(sackIndexes[block]!));
    view.setInt32(to + 4, early.right(sackIndexes[block]!));
    to += 8;
  }
}

/**
 * Sends one segment of a connection that is past its handshake. Every one carries an ACK.
 *
 * @param payloadBytes From the send queue, at `sequence`; more than `mss` where the device cuts.
 * @returns What the network layer said: a `SEND` value.
 */
export function emit(
  tcb: Tcb,
  sequence: number,
  payloadBytes: number,
  flags: number,
  nowUs: number,
): number {
  const { context, route } = tcb;
  const { view } = context;
  const { hasEarly } = tcb.receiveQueue;
  const blocks = hasEarly ? chooseSackBlocks(tcb, payloadBytes) : 0;
  let headerBytes: number = TCP.HEADER_BYTES;
  if (tcb.hasTimestamps) headerBytes += TIMESTAMPS_PADDED_BYTES;
  if (blocks > 0) headerBytes += 4 + 8 * blocks;

  const frame = route.begin(headerBytes);
  const at = frame.partOffset[0]!;
  const edge = nextEdge(tcb);
  const window = windowField(tcb, edge);
  writeHeader(
    view,
    at,
    tcb.localPort,
    tcb.remotePort,
    sequence,
    tcb.rcvNxt,
    headerBytes,
    flags | FLAG.ACK,
    window,
  );
  let to = at + TCP.HEADER_BYTES;
  if (tcb.hasTimestamps) {
    to = writeTimestamps(view, to, timestampNow(tcb, nowUs), tcb.tsRecent);
  }
  if (blocks > 0) writeSack(tcb, to, blocks);
  if (payloadBytes > 0) {
    tcb.sendQueue.addParts(frame, sequence, payloadBytes);
    if (payloadBytes > tcb.mss) {
      frame.segmentBytes = tcb.mss;
      frame.headerBytes = headerBytes;
    }
  }
  const result = sendFrame(context, route, frame, headerBytes + payloadBytes);
  if (result !== SEND.OK) return result;

  if (payloadBytes > 0) tcb.sendQueue.epoch = route.submitted();
  tcb.segmentsSent++;
  tcb.rcvEdge = laterOf(tcb.rcvEdge, (tcb.rcvNxt + (window << tcb.rcvShift)) | 0);
  tcb.lastAckSent = tcb.rcvNxt;
  if (blocks > 0 || !hasEarly || !tcb.hasSack) {
    tcb.ackNow = false;
    tcb.ackBytes = 0;
    tcb.ackAtUs = Infinity;
  }
  if (context.trace !== undefined) {
    traceSend(tcb, flags | FLAG.ACK, sequence, window << tcb.rcvShift, payloadBytes);
  }
  return result;
}

/**
 * Sends SYN, or SYN-ACK where the peer's SYN has come. The window of a SYN is never scaled
 * (RFC 7323 2.2), and options that the peer's SYN lacks are left out.
 */
export function emitSyn(tcb: Tcb, nowUs: number): number {
  const { context, route } = tcb;
  const { view } = context;
  const isAnswer = tcb.stateNumber === STATE.SYN_RECEIVED;
  const headerBytes =
    TCP.HEADER_BYTES +
    4 +
    (tcb.hasSack ? 4 : 0) +
    (tcb.hasTimestamps ? TIMESTAMPS_PADDED_BYTES : 0) +
    (tcb.hasWindowScale ? 4 : 0);
  const frame = route.begin(headerBytes);
  const at = frame.partOffset[0]!;
  const flags = isAnswer ? FLAG.SYN | FLAG.ACK : FLAG.SYN;
  const window = synWindow(context);
  const { localPort, remotePort, iss } = tcb;
  const acknowledgment = isAnswer ? tcb.rcvNxt : 0;
  writeHeader(view, at, localPort, remotePort, iss, acknowledgment, headerBytes, flags, window);
  let to = writeMss(view, at + TCP.HEADER_BYTES, receiveMss(route));
  if (tcb.hasSack) to = writeSackPermitted(view, to);
  if (tcb.hasTimestamps) {
    to = writeTimestamps(view, to, timestampNow(tcb, nowUs), isAnswer ? tcb.tsRecent : 0);
  }
  if (tcb.hasWindowScale) writeWindowScale(view, to, context.windowShift);
  const result = sendFrame(context, route, frame, headerBytes);
  if (result !== SEND.OK) return result;
  tcb.segmentsSent++;
  if (isAnswer) {
    tcb.rcvEdge = (tcb.rcvNxt + window) | 0;
    tcb.lastAckSent = tcb.rcvNxt;
  }
  if (context.trace !== undefined) traceSend(tcb, flags, iss, window, 0);
  return result;
}

/** The MSS that we announce (RFC 9293 3.7.1): options are not subtracted. */
export function receiveMss(route: Route): number {
  return Math.min(0xffff, route.mtuBytes - route.networkHeaderBytes - TCP.HEADER_BYTES);
}

/** Schedules the ACK of data that came, unless one goes out before. */
export function delayAck(tcb: Tcb, nowUs: number): void {
  if (tcb.ackAtUs !== Infinity) return;
  tcb.ackAtUs = nowUs + tcb.context.limits.delayedAckUs;
  armTimer(tcb, tcb.ackAtUs);
}
