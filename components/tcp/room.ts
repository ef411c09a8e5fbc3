/**
 * What TCP does when JavaScript's heap is short. Where it is nearly full, memory belongs to the
 * connections that there are. Where it is full, they get no more to do, and those that are quiet make
 * room for the others.
 */
import { endWithError } from "./lifecycle.ts";
import { resetConnection } from "./reset.ts";
import { type Context, STATE, type Tcb } from "./state.ts";

/** So often one connection is given up: what it held is free only when its owner has let go of it. */
const RELIEF_US = 20_000;

/** Whether a peer may make one more connection. Asked before anything is allocated for it. */
export function hasRoom({ table, limits, isMemoryShort }: Context): boolean {
  return table.count < limits.maxConnections && isMemoryShort?.() !== true;
}

/**
 * Whether a connection that a peer has begun may become one, which takes the most. If not, its segment is
 * dropped: the peer sends it again, or we send SYN-ACK again and it answers.
 */
export function mayEstablish({ isPassive, context }: Tcb): boolean {
  return !isPassive || context.isMemoryShort?.() !== true;
}

/** Whether memory is full. What comes now is dropped unacknowledged, and comes again. */
export function isHeapFull({ kernel }: Context): boolean {
  return kernel.heapState[1] !== 0;
}

/** Called at the end of each turn: while memory is full, one connection after another is given up. */
export function relieve(context: Context, nowUs: number): void {
  if (!isHeapFull(context)) {
    context.reliefAtUs = 0;
    return;
  }
  if (nowUs >= context.reliefAtUs) {
    // Not the first one at once: a collection may find room.
    const tcb = context.reliefAtUs === 0 ? undefined : quietest(context);
    context.reliefAtUs = nowUs + RELIEF_US;
    if (tcb !== undefined) {
      context.counters.memoryEvictions++;
      resetConnection(tcb);
      endWithError(tcb, "ENOBUFS");
      context.onEviction?.(context.counters.memoryEvictions);
    }
  }
  context.reliefTimer.set(context.reliefAtUs);
}

/** Of the connections that peers have opened, the one that has made no progress for longest. */
function quietest({ table }: Context): Tcb | undefined {
  let found: Tcb | undefined;
  for (const tcb of table) {
    if (!tcb.isPassive || tcb.isOrphan || tcb.stateNumber < STATE.ESTABLISHED) continue;
    if (found === undefined || progressUs(tcb) < progressUs(found)) found = tcb;
  }
  return found;
}

/** A peer that acknowledges nothing of what waits for it makes none, whatever it sends. */
function progressUs(tcb: Tcb): number {
  return tcb.sendQueue.usedBytes > 0 ? tcb.progressAtUs : tcb.lastReceivedAtUs;
}
