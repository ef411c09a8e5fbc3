/** Segments that belong to no connection: RFC 9293 3.10.7.1 (CLOSED) and 3.10.7.2 (LISTEN). */
import { ANY_ADDRESS, type Address } from "../ip/mod.ts";
import { offerToForwarder } from "./forward.ts";
import { beginSending, initialSequence, takeSyn } from "./handshake.ts";
import { establishAndGoOn } from "./input-handshake.ts";
import { endWithError, setState } from "./lifecycle.ts";
import { replyReset } from "./reset.ts";
import { hasRoom } from "./room.ts";
import { markDirty } from "./schedule.ts";
import { laterOf } from "./sequence.ts";
import type { Segment } from "./segment.ts";
import { type Context, type Listener, STATE } from "./state.ts";
import { acceptCookie, sendCookie } from "./syn-cookies.ts";
import { FLAG } from "./wire.ts";

/** A connection that follows one in TIME-WAIT begins so far behind it. */
const REOPEN_GAP = 65_537;

/** @returns The listener on exactly this address, else the one on any address. */
export function findListener(
  context: Context,
  address: Address,
  port: number,
): Listener | undefined {
  const listeners = context.listeners.get(port);
  if (listeners === undefined) return undefined;
  let any: Listener | undefined;
  for (const listener of listeners) {
    if (listener.address === address) return listener;
    if (listener.address === ANY_ADDRESS) any = listener;
  }
  return any !== undefined && context.network.isLocal(address) ? any : undefined;
}

/**
 * Takes a segment for which there is no connection.
 *
 * @param after SND.NXT of the connection in TIME-WAIT that this SYN replaces.
 */
export function inputListen(
  context: Context,
  segment: Segment,
  local: Address,
  remote: Address,
  after: number | undefined,
): void {
  const { flags } = segment;
  if ((flags & FLAG.RST) !== 0) return;
  const listener = findListener(context, local, segment.destinationPort);
  if ((flags & (FLAG.SYN | FLAG.ACK)) === FLAG.SYN) {
    if (listener !== undefined) passiveOpen(context, segment, local, remote, listener, after);
    else if (context.forward === undefined) replyReset(context, segment, local, remote);
    else offerToForwarder(context, segment, local, remote);
    return;
  }
  if ((flags & FLAG.ACK) !== 0 && listener !== undefined && (flags & FLAG.SYN) === 0) {
    const tcb = acceptCookie(context, segment, local, remote, listener);
    if (tcb !== undefined) {
      const window = segment.window << tcb.sndShift;
      establishAndGoOn(tcb, segment, window, context.kernel.nowUs());
      return;
    }
  }
  // In LISTEN, a segment without ACK, SYN and RST is dropped; in CLOSED it is answered.
  if ((flags & FLAG.ACK) === 0 && listener !== undefined) return;
  replyReset(context, segment, local, remote);
}

function passiveOpen(
  context: Context,
  segment: Segment,
  local: Address,
  remote: Address,
  listener: Listener,
  after: number | undefined,
): void {
  const { limits, counters, table } = context;
  if (context.halfOpenCount >= limits.maxHalfOpen || listener.halfOpen >= listener.backlog) {
    counters.listenOverflows++;
    sendCookie(context, segment, local, remote);
    return;
  }
  if (!hasRoom(context)) {
    counters.connectionRefusals++;
    return;
  }
  const route = context.network.route(remote, local);
  if (route === undefined) return;
  const tcb = context.create(route, segment.destinationPort, segment.sourcePort);
  const nowUs = context.kernel.nowUs();
  counters.passiveOpens++;
  tcb.isPassive = true;
  tcb.listener = listener;
  const iss = initialSequence(tcb, nowUs);
  beginSending(tcb, after === undefined ? iss : laterOf(iss, (after + REOPEN_GAP) | 0));
  takeSyn(tcb, segment, nowUs);
  table.add(tcb);
  setState(tcb, STATE.SYN_RECEIVED);
  tcb.synDue = true;
  markDirty(tcb);
}

/** Forgets the half-open connections of a listener that closes. */
export function closeListener(context: Context, listener: Listener): void {
  listener.isClosed = true;
  const listeners = context.listeners.get(listener.port) ?? [];
  const others = listeners.filter((other) => other !== listener);
  if (others.length > 0) context.listeners.set(listener.port, others);
  else context.listeners.delete(listener.port);
  if (listener.halfOpen === 0) return;
  for (const tcb of [...context.table]) {
    if (tcb.listener === listener) endWithError(tcb, "ECONNABORTED");
  }
}
