import { type Context, STATE, type Tcb } from "./state.ts";

/** Sees to it that `output` looks at the connection at the end of the turn. Idempotent. */
export function markDirty(tcb: Tcb): void {
  if (tcb.isDirty) return;
  const { context } = tcb;
  tcb.isDirty = true;
  tcb.nextDirty = undefined;
  if (context.dirtyTail === undefined) context.dirtyHead = tcb;
  else context.dirtyTail.nextDirty = tcb;
  context.dirtyTail = tcb;
  context.kernel.wake();
}

/** Asks for an ACK at the end of the turn. */
export function requestAck(tcb: Tcb): void {
  tcb.ackNow = true;
  markDirty(tcb);
}

/**
 * Makes the connection's one timer fire no later than `atUs`. A deadline that moves later costs
 * nothing: the timer fires for the old one, finds nothing due and is set anew.
 */
export function armTimer(tcb: Tcb, atUs: number): void {
  if (atUs >= tcb.timerAtUs) return;
  tcb.timerAtUs = atUs;
  tcb.timer ??= tcb.context.kernel.timers.create(tcb.context.timerExpired, tcb);
  tcb.timer.set(atUs);
}

/** Starts the retransmission timer anew (RFC 6298 5.1 and 5.3). */
export function armRetransmit(tcb: Tcb, nowUs: number): void {
  let atUs = nowUs + tcb.rtt.rtoUs;
  if (tcb.userTimeoutUs > 0 && tcb.stateNumber >= STATE.ESTABLISHED) {
    atUs = Math.min(atUs, Math.max(tcb.progressAtUs + tcb.userTimeoutUs, nowUs + 1));
  }
  tcb.retransmitAtUs = atUs;
  armTimer(tcb, atUs);
}

/**
 * Rate limits for answers that strangers can provoke: counts per second of the system's clock.
 *
 * @returns False when this second's answers are used up.
 */
export function allowReset(context: Context, nowUs: number): boolean {
  startSecond(context, nowUs);
  if (context.resetsInSecond >= context.limits.maxResetsPerSecond) {
    context.counters.rateLimited++;
    return false;
  }
  context.resetsInSecond++;
  return true;
}

function startSecond(context: Context, nowUs: number): void {
  const second = Math.floor(nowUs / 1_000_000);
  if (second === context.rateSecond) return;
  context.rateSecond = second;
  context.resetsInSecond = 0;
  context.challengesInSecond = 0;
}

/** Sends a challenge ACK, unless there were many of late (RFC 5961 7). */
export function challengeAck(tcb: Tcb, nowUs: number): void {
  const { context } = tcb;
  const { limits, counters } = context;
  startSecond(context, nowUs);
  if (
    nowUs - tcb.challengedAtUs < limits.challengeAckIntervalUs ||
    context.challengesInSecond >= limits.maxChallengeAcksPerSecond
  ) {
    counters.rateLimited++;
    return;
  }
  tcb.challengedAtUs = nowUs;
  context.challengesInSecond++;
  counters.challengeAcks++;
  requestAck(tcb);
}
