/** What the two ways into ESTABLISHED have in common. */
import { updateMss } from "./output.ts";
import { setState } from "./lifecycle.ts";
import { armTimer, markDirty } from "./schedule.ts";
import type { Segment } from "./segment.ts";
import { STATE, type Tcb } from "./state.ts";
import { measureRoundTrip } from "./timestamps.ts";
import { DEFAULT_MSS_BYTES } from "./wire.ts";

/** RFC 6298 5.7: the timeout after a handshake that needed a retransmission. */
const RTO_AFTER_LOST_SYN_US = 3_000_000;

/** The initial sequence number by RFC 6528, and the offset of the timestamps. */
export function initialSequence(tcb: Tcb, nowUs: number): number {
  const { secrets } = tcb.context;
  const { localAddress, localPort, remoteAddress, remotePort } = tcb;
  secrets.takeConnection(localAddress, localPort, remoteAddress, remotePort);
  tcb.tsOffset = secrets.timestampOffset;
  return secrets.initialSequence(nowUs);
}

/** Fixes our initial sequence number: everything before it is history. */
export function beginSending(tcb: Tcb, iss: number): void {
  tcb.iss = iss;
  tcb.sndUna = iss;
  tcb.sndNxt = (iss + 1) | 0;
  tcb.smallEnd = iss;
  tcb.highRxt = iss;
  tcb.lostEdge = iss;
  // Before the first byte, so that the first loss is not taken for an old one (RFC 6582 3.2).
  tcb.recover = (iss - 1) | 0;
  tcb.sendQueue.begin(tcb.sndNxt);
}

/** Takes the peer's SYN: its sequence number, and the options that both sides have. */
export function takeSyn(tcb: Tcb, segment: Segment, nowUs: number): void {
  tcb.irs = segment.sequence;
  tcb.rcvNxt = (segment.sequence + 1) | 0;
  tcb.receiveQueue.begin(tcb.rcvNxt);
  tcb.lastAckSent = tcb.rcvNxt;
  tcb.rcvEdge = tcb.rcvNxt;
  tcb.peerMss = segment.mssBytes > 0 ? segment.mssBytes : DEFAULT_MSS_BYTES;
  tcb.hasSack = segment.isSackPermitted;
  tcb.hasTimestamps = segment.hasTimestamps;
  tcb.hasWindowScale = segment.windowShift >= 0;
  tcb.sndShift = Math.max(segment.windowShift, 0);
  tcb.rcvShift = tcb.hasWindowScale ? tcb.context.windowShift : 0;
  if (tcb.hasTimestamps) {
    tcb.tsRecent = segment.timestampValue;
    tcb.tsRecentAtUs = nowUs;
  }
  // The window of a segment with SYN is never scaled (RFC 7323 2.2).
  takeWindow(tcb, segment, segment.window);
}

function takeWindow(tcb: Tcb, segment: Segment, window: number): void {
  tcb.sndWnd = window;
  tcb.maxSndWnd = Math.max(tcb.maxSndWnd, window);
  tcb.sndWl1 = segment.sequence;
  tcb.sndWl2 = segment.acknowledgment;
}

/** Our SYN has been acknowledged: the connection is established, and the user is told. */
export function establish(tcb: Tcb, segment: Segment, window: number, nowUs: number): void {
  const { limits } = tcb.context;
  const wasLost = tcb.timeouts > 0;
  measureRoundTrip(tcb, segment, nowUs);
  tcb.sndUna = segment.acknowledgment;
  takeWindow(tcb, segment, window);
  tcb.synDue = false;
  tcb.timeouts = 0;
  tcb.retransmitAtUs = Infinity;
  tcb.progressAtUs = nowUs;
  tcb.lastReceivedAtUs = nowUs;
  updateMss(tcb);
  // RFC 5681 3.1: after a lost SYN the initial window is one segment.
  tcb.congestion.begin(tcb.mss, wasLost ? 1 : limits.initialWindowSegments);
  if (wasLost) tcb.rtt.restart(Math.max(RTO_AFTER_LOST_SYN_US, limits.minRtoUs));
  setState(tcb, STATE.ESTABLISHED);
  tcb.lifeAtUs = Infinity;
  if (tcb.keepAliveIdleUs > 0) {
    tcb.lifeAtUs = nowUs + tcb.keepAliveIdleUs;
    armTimer(tcb, tcb.lifeAtUs);
  }
  if (tcb.finQueued) setState(tcb, STATE.FIN_WAIT_1);
  if (tcb.sendQueue.usedBytes > 0 || tcb.finQueued) markDirty(tcb);
  if (tcb.listener !== undefined) {
    const { listener } = tcb;
    tcb.listener = undefined;
    listener.options.onConnection(tcb);
  } else if (!tcb.isOrphan) {
    tcb.handler.onConnect(tcb);
  }
}
