/** A segment for a connection in ESTABLISHED or later: RFC 9293 3.10.7.4, step by step. */
import { isFinAcked, processAck, tellSpace } from "./input-ack.ts";
import { checkAck, checkSequence, isResetValid } from "./input-check.ts";
import { processFin, processText } from "./input-data.ts";
import { endOrderly, endWithError, enterTimeWait, setState } from "./lifecycle.ts";
import { replyReset } from "./reset.ts";
import { armTimer, challengeAck } from "./schedule.ts";
import { isAfter } from "./sequence.ts";
import type { Segment } from "./segment.ts";
import { STATE, type Tcb } from "./state.ts";
import { updateTimestamp } from "./timestamps.ts";
import { FLAG } from "./wire.ts";

export function inputSynchronized(tcb: Tcb, segment: Segment, nowUs: number): void {
  // First: the sequence number.
  if (!checkSequence(tcb, segment, nowUs)) {
    if (tcb.stateNumber === STATE.TIME_WAIT && (segment.flags & FLAG.FIN) !== 0) {
      enterTimeWait(tcb, nowUs);
    }
    return;
  }
  tcb.lastReceivedAtUs = nowUs;
  // Second: RST.
  if ((segment.flags & FLAG.RST) !== 0) {
    if (isResetValid(tcb, segment, nowUs)) takeReset(tcb);
    return;
  }
  // Fourth: SYN (RFC 5961 4.2).
  if ((segment.flags & FLAG.SYN) !== 0) {
    challengeAck(tcb, nowUs);
    return;
  }
  // Fifth: ACK.
  if ((segment.flags & FLAG.ACK) === 0 || !checkAck(tcb, segment, nowUs)) return;
  updateTimestamp(tcb, segment, nowUs);
  inputAccepted(tcb, segment, nowUs);
}

/** What follows the checks; a connection that is just established comes here as well. */
export function inputAccepted(tcb: Tcb, segment: Segment, nowUs: number): void {
  if (processAck(tcb, segment, nowUs)) {
    if (isFinAcked(tcb) && !afterFinAcked(tcb, nowUs)) return;
    tellSpace(tcb);
  }
  // Sixth, URG: urgent data is ordinary data here (RFC 9293 3.8.5 allows it, RFC 6093 advises it).
  // Seventh: the text. After the peer's FIN there can be none.
  if (segment.payloadBytes > 0 && isReceiving(tcb)) {
    if (tcb.isOrphan && hasNewText(tcb, segment)) {
      refuseText(tcb, segment);
      return;
    }
    processText(tcb, segment);
  }
  // Eighth: FIN.
  if (tcb.hasFin || (segment.flags & FLAG.FIN) !== 0) processFin(tcb, segment, nowUs);
}

function isReceiving(tcb: Tcb): boolean {
  const { stateNumber } = tcb;
  return (
    stateNumber === STATE.ESTABLISHED ||
    stateNumber === STATE.FIN_WAIT_1 ||
    stateNumber === STATE.FIN_WAIT_2
  );
}

function takeReset(tcb: Tcb): void {
  const { stateNumber } = tcb;
  // The peer has closed already, and a RST says only that it has forgotten the connection.
  const isOrderly = stateNumber >= STATE.CLOSING && tcb.finDone;
  if (isOrderly) endOrderly(tcb);
  else endWithError(tcb, "ECONNRESET");
}

/** @returns False when the connection has ended. */
function afterFinAcked(tcb: Tcb, nowUs: number): boolean {
  switch (tcb.stateNumber) {
    case STATE.FIN_WAIT_1:
      setState(tcb, STATE.FIN_WAIT_2);
      tcb.lifeAtUs = Infinity;
      if (tcb.isOrphan) {
        tcb.lifeAtUs = nowUs + tcb.context.limits.finWait2Us;
        armTimer(tcb, tcb.lifeAtUs);
      }
      return true;
    case STATE.CLOSING:
      enterTimeWait(tcb, nowUs);
      return false;
    case STATE.LAST_ACK:
      endOrderly(tcb);
      return false;
    default:
      return true;
  }
}

function hasNewText(tcb: Tcb, segment: Segment): boolean {
  return isAfter((segment.sequence + segment.payloadBytes) | 0, tcb.rcvNxt);
}

/** Data after `close`: nobody will read it, and the peer should know (RFC 9293 3.6.1). */
function refuseText(tcb: Tcb, segment: Segment): void {
  replyReset(tcb.context, segment, tcb.localAddress, tcb.remoteAddress);
  endWithError(tcb, "ECONNABORTED");
}
