/** What happens when time passes: RFC 9293 3.8, RFC 6298 5, and the ends of connections. */
import { SEND } from "../ip/mod.ts";
import { emit } from "./emit.ts";
import { endOrderly, endWithError } from "./lifecycle.ts";
import { sendProbe } from "./output.ts";
import { enterTimeoutRecovery } from "./recovery.ts";
import { resetConnection } from "./reset.ts";
import { armRetransmit, armTimer, markDirty, requestAck } from "./schedule.ts";
import { STATE, type Tcb } from "./state.ts";
import { traceSender } from "./trace.ts";
import type { TcpError } from "./types.ts";

/** The connection's timer has fired: does what is due, and sets it for what is not. */
export function onTimer(tcb: Tcb): void {
  const nowUs = tcb.context.kernel.nowUs();
  tcb.timerAtUs = Infinity;
  if (tcb.ackAtUs <= nowUs) {
    tcb.ackAtUs = Infinity;
    requestAck(tcb);
  }
  if (tcb.retransmitAtUs <= nowUs) {
    tcb.retransmitAtUs = Infinity;
    onRetransmitTimer(tcb, nowUs);
  }
  if (tcb.lifeAtUs <= nowUs) {
    tcb.lifeAtUs = Infinity;
    onLifeTimer(tcb, nowUs);
  }
  if (tcb.stateNumber === STATE.CLOSED) return;
  const nextUs = Math.min(tcb.ackAtUs, tcb.retransmitAtUs, tcb.lifeAtUs);
  if (nextUs !== Infinity) armTimer(tcb, nextUs);
}

function onRetransmitTimer(tcb: Tcb, nowUs: number): void {
  const { limits } = tcb.context;
  if (tcb.stateNumber < STATE.ESTABLISHED) {
    onHandshakeTimer(tcb, nowUs);
    return;
  }
  const inFlight = tcb.sndNxt !== tcb.sndUna;
  if (!inFlight && tcb.sendQueue.usedBytes === 0 && !tcb.finQueued) return;
  const most = tcb.isOrphan ? limits.orphanRetransmits : limits.maxRetransmits;
  const isStuck = tcb.userTimeoutUs > 0 && nowUs - tcb.progressAtUs >= tcb.userTimeoutUs;
  if (tcb.timeouts - tcb.answeredProbes >= most || isStuck) {
    giveUp(tcb, tcb.softError ?? "ETIMEDOUT");
    return;
  }
  tcb.timeouts++;
  tcb.context.counters.timeouts++;
  tcb.rtt.backOff();
  if (!inFlight || tcb.sndWnd === 0) {
    // Nothing was lost: the window is closed, and each probe is answered or counted.
    sendProbe(tcb, nowUs);
  } else {
    enterTimeoutRecovery(tcb);
    if (tcb.context.trace !== undefined) traceSender(tcb, "timeout", { count: tcb.timeouts });
  }
  armRetransmit(tcb, nowUs);
}

/** SYN or SYN-ACK was not answered. */
function onHandshakeTimer(tcb: Tcb, nowUs: number): void {
  const { limits, counters } = tcb.context;
  const most = tcb.isPassive ? limits.synAckRetries : limits.synRetries;
  const isStuck = tcb.userTimeoutUs > 0 && nowUs - tcb.progressAtUs >= tcb.userTimeoutUs;
  if (tcb.timeouts >= most || isStuck) {
    endWithError(tcb, tcb.softError ?? "ETIMEDOUT");
    return;
  }
  tcb.timeouts++;
  counters.timeouts++;
  counters.retransmittedSegments++;
  tcb.retransmits++;
  tcb.isTiming = false;
  tcb.rtt.backOff();
  tcb.synDue = true;
  markDirty(tcb);
  armRetransmit(tcb, nowUs);
}

function onLifeTimer(tcb: Tcb, nowUs: number): void {
  if (tcb.stateNumber === STATE.TIME_WAIT) {
    endOrderly(tcb);
  } else if (tcb.stateNumber === STATE.REQUESTED) {
    endWithError(tcb, "ETIMEDOUT");
  } else if (tcb.isOrphan && tcb.stateNumber === STATE.FIN_WAIT_2) {
    // The peer never closed its direction, and nobody is left to read from it.
    endOrderly(tcb);
  } else if (tcb.keepAliveIdleUs > 0) {
    onKeepAlive(tcb, nowUs);
  }
}

/** RFC 9293 3.8.4: a probe lies one byte before the window, so that the peer answers it. */
function onKeepAlive(tcb: Tcb, nowUs: number): void {
  const quietUs = nowUs - tcb.lastReceivedAtUs;
  if (quietUs < tcb.keepAliveIdleUs) tcb.probesSent = 0;
  const waitUs = tcb.probesSent === 0 ? tcb.keepAliveIdleUs - quietUs : 0;
  const isBusy = tcb.sndNxt !== tcb.sndUna;
  if (waitUs > 0 || isBusy) {
    setLife(tcb, nowUs + (waitUs > 0 ? waitUs : tcb.keepAliveIntervalUs));
    return;
  }
  if (tcb.probesSent >= tcb.keepAliveProbes) {
    giveUp(tcb, tcb.softError ?? "ETIMEDOUT");
    return;
  }
  tcb.probesSent++;
  if (tcb.context.trace !== undefined) traceSender(tcb, "keepalive", { count: tcb.probesSent });
  const result = emit(tcb, (tcb.sndUna - 1) | 0, 0, 0, nowUs);
  if (result === SEND.OK) tcb.lastSentAtUs = nowUs;
  setLife(tcb, nowUs + tcb.keepAliveIntervalUs);
}

/** Sets the keepalive timer, when there is one and the connection is in a state for it. */
export function setLife(tcb: Tcb, atUs: number): void {
  tcb.lifeAtUs = atUs;
  armTimer(tcb, atUs);
}

/** The peer does not answer any more. */
function giveUp(tcb: Tcb, error: TcpError): void {
  resetConnection(tcb);
  endWithError(tcb, error);
}
