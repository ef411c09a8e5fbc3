/**
 * From state to state, and out of the world. Every change of state goes through `setState`, which
 * keeps the counts that depend on it.
 */
import { NULL_HANDLER } from "./null-handler.ts";
import { armTimer } from "./schedule.ts";
import { type Context, STATE, STATE_NAME, type Tcb } from "./state.ts";
import { traceState } from "./trace.ts";
import type { TcpError } from "./types.ts";

export function setState(tcb: Tcb, state: number): void {
  const { context } = tcb;
  const before = tcb.stateNumber;
  if (before === state) return;
  if (context.trace !== undefined) traceState(tcb, STATE_NAME[before]!, STATE_NAME[state]!);
  tcb.stateNumber = state;
  if (before === STATE.REQUESTED) context.requestCount--;
  if (state === STATE.REQUESTED) context.requestCount++;
  if (!tcb.isPassive) return;
  if (before === STATE.SYN_RECEIVED) {
    context.halfOpenCount--;
    if (tcb.listener !== undefined) tcb.listener.halfOpen--;
  }
  if (state === STATE.SYN_RECEIVED) {
    context.halfOpenCount++;
    if (tcb.listener !== undefined) tcb.listener.halfOpen++;
  }
}

/** Enters TIME-WAIT, or starts its time anew (RFC 9293 3.10.7.4, eighth). */
export function enterTimeWait(tcb: Tcb, nowUs: number): void {
  const { context } = tcb;
  if (tcb.stateNumber === STATE.TIME_WAIT) unlinkTimeWait(tcb);
  setState(tcb, STATE.TIME_WAIT);
  tcb.retransmitAtUs = Infinity;
  tcb.sendQueue.dispose();
  tcb.sacked = undefined;
  tcb.lifeAtUs = nowUs + 2 * context.limits.mslUs;
  armTimer(tcb, tcb.lifeAtUs);
  linkTimeWait(tcb);
  if (context.timeWaitCount > context.limits.maxTimeWait) {
    context.counters.timeWaitEvictions++;
    endOrderly(context.oldestWait!);
  }
  tcb.closeDue = true;
  tellCloseWhenRead(tcb);
}

/** Forgets a connection after an orderly close of both directions. */
export function endOrderly(tcb: Tcb): void {
  forget(tcb);
  tcb.closeDue = true;
  tellCloseWhenRead(tcb);
}

/** Forgets a connection, drops what it holds and tells the handler why. */
export function endWithError(tcb: Tcb, error: TcpError | undefined): void {
  const { counters } = tcb.context;
  if (tcb.stateNumber === STATE.SYN_SENT || tcb.stateNumber === STATE.SYN_RECEIVED) {
    counters.attemptFails++;
  } else if (tcb.stateNumber === STATE.ESTABLISHED || tcb.stateNumber === STATE.CLOSE_WAIT) {
    counters.establishedResets++;
  }
  forget(tcb);
  tcb.receiveQueue.dispose();
  tellClose(tcb, error);
}

/** Takes a connection out of the table: it owns nothing afterwards but what is unread. */
export function forget(tcb: Tcb): void {
  if (tcb.stateNumber === STATE.CLOSED) return;
  if (tcb.stateNumber === STATE.TIME_WAIT) unlinkTimeWait(tcb);
  setState(tcb, STATE.CLOSED);
  tcb.context.table.remove(tcb);
  tcb.timer?.cancel();
  tcb.timerAtUs = Infinity;
  tcb.retransmitAtUs = Infinity;
  tcb.ackAtUs = Infinity;
  tcb.lifeAtUs = Infinity;
  tcb.sendQueue.dispose();
  tcb.sacked = undefined;
  if (tcb.isOrphan) tcb.receiveQueue.dispose();
}

/** `onClose` waits until what was received has been consumed and `onEnd` has been called. */
export function tellCloseWhenRead(tcb: Tcb): void {
  if (!tcb.closeDue) return;
  if (!tcb.isOrphan && (tcb.receiveQueue.unreadBytes > 0 || !tcb.endTold)) return;
  tellClose(tcb, undefined);
}

function tellClose(tcb: Tcb, error: TcpError | undefined): void {
  if (tcb.closeTold) return;
  tcb.closeTold = true;
  const { handler } = tcb;
  tcb.handler = NULL_HANDLER;
  handler.onClose(tcb, error);
}

function linkTimeWait(tcb: Tcb): void {
  const { context } = tcb;
  context.timeWaitCount++;
  tcb.olderWait = context.newestWait;
  tcb.newerWait = undefined;
  if (context.newestWait === undefined) context.oldestWait = tcb;
  else context.newestWait.newerWait = tcb;
  context.newestWait = tcb;
}

function unlinkTimeWait(tcb: Tcb): void {
  const context: Context = tcb.context;
  context.timeWaitCount--;
  if (tcb.olderWait === undefined) context.oldestWait = tcb.newerWait;
  else tcb.olderWait.newerWait = tcb.newerWait;
  if (tcb.newerWait === undefined) context.newestWait = tcb.olderWait;
  else tcb.newerWait.olderWait = tcb.olderWait;
  tcb.olderWait = undefined;
  tcb.newerWait = undefined;
}
