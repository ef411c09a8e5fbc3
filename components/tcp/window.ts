import { MAX_WINDOW_SHIFT } from "./wire.ts";
import type { Context, Tcb } from "./state.ts";

/** @returns The shift with which a window of `bytes` fits into 16 bits (RFC 7323 2). */
export function windowShift(bytes: number): number {
  let shift = 0;
  while (shift < MAX_WINDOW_SHIFT && bytes >> shift > 0xffff) shift++;
  return shift;
}

/** True while half of the memory for receive queues is taken: growing a queue needs the other. */
export function isMemoryShort({ receiveBlocks }: Context): boolean {
  return 2 * receiveBlocks.usedBytes >= receiveBlocks.limitBytes;
}

/** How many unread bytes the connection may hold: less while memory runs short. */
function capacity(tcb: Tcb): number {
  const { limits } = tcb.context;
  const { receiveQueueBytes, pressureWindowBytes } = limits;
  if (!isMemoryShort(tcb.context)) return receiveQueueBytes;
  return Math.min(receiveQueueBytes, pressureWindowBytes);
}

/** The window that a SYN offers: it is never scaled (RFC 7323 2.2). */
export function synWindow(context: Context): number {
  const { receiveQueueBytes, pressureWindowBytes } = context.limits;
  const most = Math.min(0xffff, receiveQueueBytes);
  return isMemoryShort(context) ? Math.min(most, pressureWindowBytes) : most;
}

/**
 * Where the right edge of our window may stand now. It never moves left, and by less than a segment
 * or half the queue it does not move at all, lest windows grow silly (RFC 9293 3.8.6.2.2).
 */
export function nextEdge(tcb: Tcb): number {
  const queue = tcb.receiveQueue;
  const unread = (queue.next - queue.read) | 0;
  const most = capacity(tcb);
  const gain = (tcb.rcvNxt + most - unread - tcb.rcvEdge) | 0;
  if (gain < tcb.rcvMss && gain < most >> 1) return tcb.rcvEdge;
  return (tcb.rcvEdge + gain) | 0;
}

/**
 * The window field for `edge`: rounded up, because the edge must not move left, unless that would
 * promise more than the queue can ever hold (RFC 7323 2.4).
 */
export function windowField(tcb: Tcb, edge: number): number {
  const window = (edge - tcb.rcvNxt) | 0;
  if (window <= 0) return 0;
  const field = (window + (1 << tcb.rcvShift) - 1) >> tcb.rcvShift;
  if (field > 0xffff) return 0xffff;
  const span = (tcb.rcvNxt - tcb.receiveQueue.read + (field << tcb.rcvShift)) | 0;
  return span <= tcb.context.limits.receiveQueueBytes ? field : window >> tcb.rcvShift;
}

/**
 * True when the window has opened so far that the peer should know at once: by half the queue, or
 * by two segments where what it knows of is less than that half.
 */
export function isUpdateDue(tcb: Tcb): boolean {
  const gain = (nextEdge(tcb) - tcb.rcvEdge) | 0;
  const half = tcb.context.limits.receiveQueueBytes >> 1;
  return gain >= half || (gain >= 2 * tcb.rcvMss && ((tcb.rcvEdge - tcb.rcvNxt) | 0) < half);
}
