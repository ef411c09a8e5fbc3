/**
 * From the receive queue to the handler. Data in order goes to `onData` straight from its frame;
 * only what the handler leaves is copied.
 */
import { AssertionError } from "../../libos/kernel/mod.ts";
import { endWithError, tellCloseWhenRead } from "./lifecycle.ts";
import { resetConnection } from "./reset.ts";
import { isHeapFull } from "./room.ts";
import { markDirty } from "./schedule.ts";
import { STATE, type Tcb } from "./state.ts";

/**
 * Hands over bytes that follow what came before, and lie in packet memory.
 *
 * @returns How many were accepted, consumed or queued: all, or fewer when memory is short.
 */
export function deliver(tcb: Tcb, offset: number, length: number): number {
  if (isHeapFull(tcb.context)) {
    tcb.context.counters.memoryRefusals++;
    return 0;
  }
  const queue = tcb.receiveQueue;
  let consumed = 0;
  if (queue.unreadBytes === 0 && !tcb.isDelivering) {
    tcb.isDelivering = true;
    consumed = checkConsumed(tcb.handler.onData(tcb, offset, length), length);
    tcb.isDelivering = false;
    if (tcb.stateNumber === STATE.CLOSED) return length;
    if (tcb.isOrphan && consumed < length) {
      // The handler has closed and left data behind: it is lost, and the peer should know.
      resetConnection(tcb);
      endWithError(tcb, undefined);
      return length;
    }
    queue.skip(consumed);
    tcb.bytesReceived += consumed;
    if (consumed === length) return length;
  }
  const rest = length - consumed;
  if (!queue.append(offset + consumed, rest)) {
    tcb.context.counters.memoryRefusals++;
    return consumed;
  }
  tcb.bytesReceived += rest;
  return length;
}

function checkConsumed(consumed: number, length: number): number {
  if (consumed >= 0 && consumed <= length) return consumed;
  throw new AssertionError(`onData consumed ${consumed} of ${length} bytes`);
}

/** Offers what is queued, then the end, then the close. */
export function offer(tcb: Tcb): void {
  const queue = tcb.receiveQueue;
  if (tcb.isDelivering || tcb.isOrphan) return;
  tcb.isDelivering = true;
  while (queue.unreadBytes > 0) {
    const length = queue.headBytes;
    const consumed = checkConsumed(tcb.handler.onData(tcb, queue.headOffset, length), length);
    if (tcb.closeTold) return;
    queue.consume(Math.min(consumed, queue.unreadBytes));
    if (consumed < length) break;
  }
  tcb.isDelivering = false;
  afterRead(tcb);
}

/** Something was taken out of the receive queue: the window may open, the end may have come. */
export function afterRead(tcb: Tcb): void {
  tcb.hasRead = true;
  if (tcb.stateNumber >= STATE.ESTABLISHED) markDirty(tcb);
  tellEnd(tcb);
}

/** Tells the handler that the peer has closed, once everything before that has been read. */
export function tellEnd(tcb: Tcb): void {
  if (tcb.isDelivering) return;
  if (tcb.finDone && !tcb.endTold && tcb.receiveQueue.unreadBytes === 0) {
    tcb.endTold = true;
    if (!tcb.isOrphan) tcb.handler.onEnd(tcb);
  }
  tellCloseWhenRead(tcb);
}
