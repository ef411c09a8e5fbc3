/** The end of a turn: everything that became due goes out. */
import { tellSpace } from "./input-ack.ts";
import { output } from "./output.ts";
import { relieve } from "./room.ts";
import { markDirty } from "./schedule.ts";
import { type Context, STATE, type Tcb } from "./state.ts";

/** How often memory is looked after that devices have not read yet. */
const SWEEP_US = 1000;

/**
 * How many connections that found the device full try again at a time. Whoever is refused again has
 * built a frame in vain, so ten thousand must not try when there is room for ten.
 */
const RETRY_COUNT = 32;

/** Sends what all connections may send now. */
export function flush(context: Context): void {
  const { held, starved, blocked, sendBlocks, kernel } = context;
  // First what calls handlers: they may want to send.
  if (held.length > 0 || sendBlocks.limboCount > 0) sweep(context);
  if (starved.length > 0) {
    // Every connection whose queue has become empty is dirty, and holds what these wait for.
    for (let tcb = context.dirtyHead; tcb !== undefined; tcb = tcb.nextDirty) tcb.sendQueue.trim();
    feed(context);
  }
  const nowUs = kernel.nowUs();
  relieve(context, nowUs);
  let refused: number;
  do {
    refused = blocked.length;
    sendDirty(context, nowUs);
  } while (blocked.length === refused && retry(context));
  if (held.length > 0 || sendBlocks.limboCount > 0) context.sweepTimer.set(nowUs + SWEEP_US);
}

function sendDirty(context: Context, nowUs: number): void {
  for (let tcb = context.dirtyHead; tcb !== undefined; tcb = context.dirtyHead) {
    context.dirtyHead = tcb.nextDirty;
    if (context.dirtyHead === undefined) context.dirtyTail = undefined;
    tcb.nextDirty = undefined;
    tcb.isDirty = false;
    output(tcb, nowUs);
    if (tcb.sendQueue.isHeld) hold(context, tcb);
    else tcb.sendQueue.trim();
  }
}

/** Lets the connections that have waited longest for a device try again. @returns False: none has. */
function retry(context: Context): boolean {
  const { blocked } = context;
  if (blocked.length === 0) return false;
  for (const tcb of blocked.splice(0, RETRY_COUNT)) {
    tcb.isBlocked = false;
    markDirty(tcb);
  }
  return true;
}

function hold(context: Context, tcb: Tcb): void {
  if (tcb.isHeld) return;
  tcb.isHeld = true;
  context.held.push(tcb);
}

/** Takes back what devices have read by now. */
function sweep(context: Context): void {
  const { held, sendBlocks } = context;
  sendBlocks.sweepLimbo();
  let kept = 0;
  for (let index = 0; index < held.length; index++) {
    const tcb = held[index]!;
    tcb.sendQueue.reuse();
    if (tcb.sendQueue.isHeld) {
      held[kept++] = tcb;
    } else {
      tcb.isHeld = false;
      tcb.sendQueue.trim();
      if (tcb.stateNumber !== STATE.CLOSED) tellSpace(tcb);
    }
  }
  held.length = kept;
}

/** Lets connections try again that found no memory. */
function feed(context: Context): void {
  const { starved, sendBlocks } = context;
  while (starved.length > 0 && sendBlocks.hasRoom) {
    const tcb = starved.shift()!;
    tcb.isStarved = false;
    if (tcb.wantsSpace && !tcb.isOrphan && tcb.stateNumber !== STATE.CLOSED) {
      tcb.wantsSpace = false;
      tcb.handler.onSpace(tcb);
    }
    if (tcb.isStarved) return;
  }
}

/** A device has room again: `flush` goes on as far as it reaches. */
export function writable(context: Context): void {
  retry(context);
}
