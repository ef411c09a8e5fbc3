/** Segments before ESTABLISHED: RFC 9293 3.10.7.3 (SYN-SENT) and 3.10.7.4 (SYN-RECEIVED). */
import { establish, takeSyn } from "./handshake.ts";
import { checkSequence, isResetValid } from "./input-check.ts";
import { inputAccepted } from "./input-synchronized.ts";
import { endWithError, setState } from "./lifecycle.ts";
import { replyReset } from "./reset.ts";
import { mayEstablish } from "./room.ts";
import { challengeAck, markDirty, requestAck } from "./schedule.ts";
import { isAfter } from "./sequence.ts";
import type { Segment } from "./segment.ts";
import { STATE, type Tcb } from "./state.ts";
import { updateTimestamp } from "./timestamps.ts";
import { FLAG } from "./wire.ts";

/** True when the segment acknowledges our SYN, and nothing that was not sent. */
function isOurSynAcked(tcb: Tcb, segment: Segment): boolean {
  const { acknowledgment } = segment;
  return isAfter(acknowledgment, tcb.iss) && !isAfter(acknowledgment, tcb.sndNxt);
}

export function inputSynSent(tcb: Tcb, segment: Segment, nowUs: number): void {
  const hasAck = (segment.flags & FLAG.ACK) !== 0;
  // First: ACK.
  if (hasAck && !isOurSynAcked(tcb, segment)) {
    replyReset(tcb.context, segment, tcb.localAddress, tcb.remoteAddress);
    return;
  }
  // Second: RST counts only with an acceptable ACK.
  if ((segment.flags & FLAG.RST) !== 0) {
    if (hasAck) endWithError(tcb, "ECONNREFUSED");
    return;
  }
  // Fourth: SYN.
  if ((segment.flags & FLAG.SYN) === 0) return;
  takeSyn(tcb, segment, nowUs);
  if (!hasAck) {
    // Simultaneous open: both sides have sent SYN, and now both send SYN-ACK.
    setState(tcb, STATE.SYN_RECEIVED);
    tcb.synDue = true;
    markDirty(tcb);
    return;
  }
  requestAck(tcb);
  segment.sequence = (segment.sequence + 1) | 0;
  establishAndGoOn(tcb, segment, segment.window, nowUs);
}

export function inputSynReceived(tcb: Tcb, segment: Segment, nowUs: number): void {
  const { flags } = segment;
  if ((flags & FLAG.SYN) !== 0 && segment.sequence === tcb.irs && (flags & FLAG.RST) === 0) {
    if ((flags & FLAG.ACK) === 0) {
      // The peer has not seen our SYN-ACK.
      tcb.synDue = true;
      markDirty(tcb);
      return;
    }
    // Simultaneous open: the peer's SYN-ACK repeats the SYN that we know (RFC 9293 figure 7).
    segment.sequence = (segment.sequence + 1) | 0;
    segment.sequenceBytes--;
    segment.flags &= ~FLAG.SYN;
    requestAck(tcb);
  }
  if (!checkSequence(tcb, segment, nowUs)) return;
  if ((segment.flags & FLAG.RST) !== 0) {
    const error = tcb.isPassive ? "ECONNRESET" : "ECONNREFUSED";
    if (isResetValid(tcb, segment, nowUs)) endWithError(tcb, error);
    return;
  }
  if ((segment.flags & FLAG.SYN) !== 0) {
    if (tcb.isPassive) endWithError(tcb, "ECONNABORTED");
    else challengeAck(tcb, nowUs);
    return;
  }
  if ((segment.flags & FLAG.ACK) === 0) return;
  if (!isOurSynAcked(tcb, segment)) {
    replyReset(tcb.context, segment, tcb.localAddress, tcb.remoteAddress);
    return;
  }
  if (!mayEstablish(tcb)) {
    tcb.context.counters.connectionRefusals++;
    return;
  }
  updateTimestamp(tcb, segment, nowUs);
  establishAndGoOn(tcb, segment, segment.window << tcb.sndShift, nowUs);
}

/** A segment that completes the handshake may carry data and FIN as well. */
export function establishAndGoOn(tcb: Tcb, segment: Segment, window: number, nowUs: number): void {
  establish(tcb, segment, window, nowUs);
  if (tcb.stateNumber === STATE.CLOSED) return;
  if (segment.payloadBytes > 0 || (segment.flags & FLAG.FIN) !== 0) {
    inputAccepted(tcb, segment, nowUs);
  }
}

/** A forwarder is still thinking: a SYN sent again is dropped, a RST ends the request. */
export function inputRequested(tcb: Tcb, segment: Segment): void {
  const isOver = (segment.flags & FLAG.RST) !== 0 && segment.sequence === tcb.rcvNxt;
  if (isOver) endWithError(tcb, "ECONNRESET");
}
