import { type Address, SEND, type Route } from "../ip/mod.ts";
import { sendFrame, writeHeader } from "./emit.ts";
import { allowReset } from "./schedule.ts";
import type { Segment } from "./segment.ts";
import { type Context, STATE, type Tcb } from "./state.ts";
import { FLAG, TCP } from "./wire.ts";

/**
 * Answers a segment that belongs to no connection, or that a connection refuses, with RST
 * (RFC 9293 3.5.2, groups 1 and 2). A RST is never answered.
 */
export function replyReset(
  context: Context,
  segment: Segment,
  local: Address,
  remote: Address,
): void {
  if ((segment.flags & FLAG.RST) !== 0) return;
  if (!allowReset(context, context.kernel.nowUs())) return;
  const route = context.network.replyRoute(remote, local);
  if (route === undefined) return;
  const { destinationPort, sourcePort } = segment;
  if ((segment.flags & FLAG.ACK) !== 0) {
    sendBare(context, route, destinationPort, sourcePort, segment.acknowledgment, 0, FLAG.RST);
  } else {
    const acknowledgment = (segment.sequence + segment.sequenceBytes) | 0;
    const flags = FLAG.RST | FLAG.ACK;
    sendBare(context, route, destinationPort, sourcePort, 0, acknowledgment, flags);
  }
}

/** Refuses the SYN from which `tcb` was made. */
export function replyResetTo(tcb: Tcb): void {
  const { context, route, localPort, remotePort } = tcb;
  sendBare(context, route, localPort, remotePort, 0, tcb.rcvNxt, FLAG.RST | FLAG.ACK);
}

/** Tells the peer that the connection is gone (RFC 9293 3.10.5). */
export function resetConnection(tcb: Tcb): void {
  // In SYN-SENT there is nothing to reset, and from CLOSING on the peer has closed as well.
  if (tcb.stateNumber < STATE.SYN_RECEIVED || tcb.stateNumber >= STATE.CLOSING) return;
  const { context, route, localPort, remotePort } = tcb;
  sendBare(context, route, localPort, remotePort, tcb.sndNxt, tcb.rcvNxt, FLAG.RST | FLAG.ACK);
  if (context.trace !== undefined) {
    context.trace.event("tcp", "reset", { localPort, remotePort });
  }
}

function sendBare(
  context: Context,
  route: Route,
  localPort: number,
  remotePort: number,
  sequence: number,
  acknowledgment: number,
  flags: number,
): void {
  const { view } = context;
  const frame = route.begin(TCP.HEADER_BYTES);
  const at = frame.partOffset[0]!;
  const headerBytes = TCP.HEADER_BYTES;
  writeHeader(view, at, localPort, remotePort, sequence, acknowledgment, headerBytes, flags, 0);
  const result = sendFrame(context, route, frame, headerBytes);
  if (result === SEND.OK) context.counters.resetsSent++;
}
