/**
 * SYN cookies (Bernstein and Schenk, 1996; RFC 4987 3.6): when too many handshakes are under way,
 * the SYN-ACK's sequence number carries what the connection needs to know, and nothing is stored.
 *
 * A cookie, from the top: 5 bits of the period (64 s), 3 bits for the MSS, 24 bits of a keyed hash
 * over the four numbers, the peer's sequence number, the period and the MSS. Where the peer has
 * timestamps, the low 6 bits of ours carry its window scale and SACK-permitted.
 */
import type { Address } from "../ip/mod.ts";
import { receiveMss, sendFrame, writeHeader } from "./emit.ts";
import { beginSending } from "./handshake.ts";
import { setState } from "./lifecycle.ts";
import { writeMss, writeSackPermitted, writeTimestamps, writeWindowScale } from "./options.ts";
import { hasRoom } from "./room.ts";
import type { Segment } from "./segment.ts";
import { type Context, type Listener, STATE, type Tcb } from "./state.ts";
import { synWindow } from "./window.ts";
import { DEFAULT_MSS_BYTES, FLAG, MAX_WINDOW_SHIFT, TCP } from "./wire.ts";

const PERIOD_US = 64_000_000;

/** A cookie is good in its own period and the next. */
const MAX_AGE_PERIODS = 1;

const HASH_MASK = 0xffffff;

/** The MSS that 3 bits can name; the peer's is rounded down. */
const MSS_TABLE = [DEFAULT_MSS_BYTES, 1024, 1220, 1380, 1440, 1460, 8960, 32_768] as const;

/** In the timestamp: the window's shift (15: none), and SACK-permitted. */
const NO_SHIFT = 0x0f;
const SACK_BIT = 0x10;
const OPTIONS_MASK = 0x3f;

function periodOf(nowUs: number): number {
  return Math.floor(nowUs / PERIOD_US);
}

function mssIndex(mssBytes: number): number {
  let index = MSS_TABLE.length - 1;
  while (index > 0 && MSS_TABLE[index]! > mssBytes) index--;
  return index;
}

function cookieFor(
  context: Context,
  local: Address,
  localPort: number,
  remote: Address,
  remotePort: number,
  peerSequence: number,
  period: number,
  index: number,
): number {
  const salt = period * 8 + index;
  const { secrets } = context;
  const hash = secrets.cookie(local, localPort, remote, remotePort, peerSequence, salt);
  return ((period & 0x1f) << 27) | (index << 24) | (hash & HASH_MASK);
}

/** Answers a SYN, and forgets it. */
export function sendCookie(
  context: Context,
  segment: Segment,
  local: Address,
  remote: Address,
): void {
  const route = context.network.replyRoute(remote, local);
  if (route === undefined) return;
  const { destinationPort: localPort, sourcePort: remotePort } = segment;
  const nowUs = context.kernel.nowUs();
  const period = periodOf(nowUs);
  const peerSequence = segment.sequence;
  const index = mssIndex(segment.mssBytes);
  const cookie = cookieFor(
    context,
    local,
    localPort,
    remote,
    remotePort,
    peerSequence,
    period,
    index,
  );
  const { hasTimestamps } = segment;
  const hasShift = hasTimestamps && segment.windowShift >= 0;
  const hasSack = hasTimestamps && segment.isSackPermitted;
  const { view } = context;
  const optionBytes = 4 + (hasTimestamps ? 12 : 0) + (hasSack ? 4 : 0) + (hasShift ? 4 : 0);
  const headerBytes = TCP.HEADER_BYTES + optionBytes;
  const frame = route.begin(headerBytes);
  const at = frame.partOffset[0]!;
  const flags = FLAG.SYN | FLAG.ACK;
  const next = (peerSequence + 1) | 0;
  const window = synWindow(context);
  writeHeader(view, at, localPort, remotePort, cookie, next, headerBytes, flags, window);
  let to = writeMss(view, at + TCP.HEADER_BYTES, receiveMss(route));
  if (hasSack) to = writeSackPermitted(view, to);
  if (hasTimestamps) {
    const { secrets } = context;
    secrets.takeConnection(local, localPort, remote, remotePort);
    const clock = ((Math.floor(nowUs / 1000) | 0) + secrets.timestampOffset) | 0;
    const options = (hasShift ? segment.windowShift : NO_SHIFT) | (hasSack ? SACK_BIT : 0);
    to = writeTimestamps(view, to, stampWith(clock, options), segment.timestampValue);
  }
  if (hasShift) writeWindowScale(view, to, context.windowShift);
  context.cookiePeriod = period;
  context.counters.synCookiesSent++;
  sendFrame(context, route, frame, headerBytes);
}

/** Puts options into the low bits of a timestamp; the result is never in the future. */
function stampWith(clock: number, options: number): number {
  const stamp = (clock & ~OPTIONS_MASK) | options;
  return ((stamp - clock) | 0) > 0 ? (stamp - OPTIONS_MASK - 1) | 0 : stamp;
}

/**
 * Checks whether an ACK for no connection brings back a cookie.
 *
 * @returns The connection, in SYN-RECEIVED, or undefined: the ACK is to be answered with RST.
 */
export function acceptCookie(
  context: Context,
  segment: Segment,
  local: Address,
  remote: Address,
  listener: Listener,
): Tcb | undefined {
  const { counters } = context;
  const nowUs = context.kernel.nowUs();
  const period = periodOf(nowUs);
  if (context.cookiePeriod < 0 || period - context.cookiePeriod > MAX_AGE_PERIODS) return undefined;
  const index = findCookie(context, segment, local, remote, period);
  if (index < 0) {
    counters.synCookiesRejected++;
    return undefined;
  }
  if (!hasRoom(context)) {
    counters.connectionRefusals++;
    return undefined;
  }
  const route = context.network.route(remote, local);
  if (route === undefined) return undefined;
  const tcb = context.create(route, segment.destinationPort, segment.sourcePort);
  counters.synCookiesAccepted++;
  counters.passiveOpens++;
  tcb.isPassive = true;
  tcb.listener = listener;
  beginSending(tcb, (segment.acknowledgment - 1) | 0);
  restoreReceiver(tcb, segment, MSS_TABLE[index]!, nowUs);
  context.table.add(tcb);
  setState(tcb, STATE.SYN_RECEIVED);
  return tcb;
}

/** @returns The index of the MSS, or -1 when this is no cookie of ours. */
function findCookie(
  context: Context,
  segment: Segment,
  local: Address,
  remote: Address,
  period: number,
): number {
  const cookie = (segment.acknowledgment - 1) | 0;
  const index = (cookie >> 24) & 0x07;
  const peerSequence = (segment.sequence - 1) | 0;
  const { destinationPort, sourcePort } = segment;
  for (let age = 0; age <= MAX_AGE_PERIODS; age++) {
    const then = period - age;
    const expected = cookieFor(
      context,
      local,
      destinationPort,
      remote,
      sourcePort,
      peerSequence,
      then,
      index,
    );
    if (expected === cookie) return index;
  }
  return -1;
}

/** Sets what `takeSyn` would have set, from the ACK alone. */
function restoreReceiver(tcb: Tcb, segment: Segment, mssBytes: number, nowUs: number): void {
  const { context, localAddress, localPort, remoteAddress, remotePort } = tcb;
  const { secrets } = context;
  tcb.irs = (segment.sequence - 1) | 0;
  tcb.rcvNxt = segment.sequence;
  tcb.receiveQueue.begin(tcb.rcvNxt);
  tcb.lastAckSent = tcb.rcvNxt;
  tcb.rcvEdge = (tcb.rcvNxt + synWindow(context)) | 0;
  tcb.peerMss = mssBytes;
  secrets.takeConnection(localAddress, localPort, remoteAddress, remotePort);
  tcb.tsOffset = secrets.timestampOffset;
  if (!segment.hasTimestamps) return;
  const options = segment.timestampEcho & OPTIONS_MASK;
  const shift = options & NO_SHIFT;
  tcb.hasTimestamps = true;
  tcb.tsRecent = segment.timestampValue;
  tcb.tsRecentAtUs = nowUs;
  tcb.hasSack = (options & SACK_BIT) !== 0;
  tcb.hasWindowScale = shift !== NO_SHIFT;
  tcb.sndShift = tcb.hasWindowScale ? Math.min(shift, MAX_WINDOW_SHIFT) : 0;
  tcb.rcvShift = tcb.hasWindowScale ? context.windowShift : 0;
}
