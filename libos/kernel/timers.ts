/**
 * The kernel's timers: a binary heap of intrusive entries.
 *
 * A connection moves its timers with every segment, so `set` is made for that: moving a deadline
 * later, or cancelling, only writes a field. The heap is mended when the stale slot comes to the
 * top, and swept when more than half of its slots are idle, so that it does not hold on to owners
 * that are gone.
 *
 * Invariants: an entry's `queuedUs` (its place in the heap) is never later than its `deadlineUs`;
 * `#idleSlots` counts the slots that will never expire.
 */

/** One timer; made once by its owner and set again and again. */
export interface TimerEntry {
  /** Calls back at the first turn at or after `deadlineUs` (microseconds since boot). */
  set(deadlineUs: number): void;
  /** Forgets the deadline. */
  cancel(): void;
  /** The deadline, or Infinity when it is not set. */
  readonly deadlineUs: number;
}

/** What components need of the timers. */
export interface Timers {
  /**
   * Makes a timer that is not set yet.
   *
   * @param expire Called in a turn, with `owner`, once for each deadline that passed. Equal
   *   deadlines expire in the order in which they were set.
   */
  create<Owner>(expire: (owner: Owner) => void, owner: Owner): TimerEntry;
}

/** The face that the turn drives. */
export interface TimerQueue extends Timers {
  /** Runs what is due at `nowUs`; what a callback sets for `nowUs` or before runs too. */
  run(nowUs: number): void;
  /** The earliest deadline, or Infinity. */
  nextDeadlineUs(): number;
  /** Entries in the heap, cancelled ones included. */
  readonly size: number;
}

class Entry implements TimerEntry {
  deadlineUs = Infinity;
  /** The key by which the heap holds this entry; Infinity while it is not in the heap. */
  queuedUs = Infinity;
  order = 0;
  readonly #queue: Queue;
  readonly expire: (owner: unknown) => void;
  readonly owner: unknown;

  constructor(queue: Queue, expire: (owner: unknown) => void, owner: unknown) {
    this.#queue = queue;
    this.expire = expire;
    this.owner = owner;
  }

  set(deadlineUs: number): void {
    if (deadlineUs === Infinity) {
      this.cancel();
      return;
    }
    const hasSlot = this.queuedUs !== Infinity;
    const isSlotIdle = hasSlot && this.deadlineUs === Infinity;
    this.deadlineUs = deadlineUs;
    if (deadlineUs >= this.queuedUs) {
      if (isSlotIdle) this.#queue.slotInUse();
      return;
    }
    this.#queue.insert(this);
    // The slot that it had stands too late.
    if (hasSlot && !isSlotIdle) this.#queue.slotIdle();
  }

  cancel(): void {
    if (this.deadlineUs === Infinity) return;
    this.deadlineUs = Infinity;
    this.#queue.slotIdle();
  }
}

/** Heaps smaller than this are never swept. */
const MIN_SWEPT_SLOTS = 64;

class Queue implements TimerQueue {
  // An entry that is moved earlier is inserted a second time; `slotUs` tells the live slot from
  // the stale one.
  readonly #entries: Entry[] = [];
  readonly #slotUs: number[] = [];
  readonly #slotOrder: number[] = [];
  #nextOrder = 0;
  #idleSlots = 0;
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get size(): number {
    return this.#entries.length;
  }

  create<Owner>(expire: (owner: Owner) => void, owner: Owner): TimerEntry {
    return new Entry(this, expire as (owner: unknown) => void, owner);
  }

  insert(entry: Entry): void {
    entry.queuedUs = entry.deadlineUs;
    entry.order = this.#nextOrder++;
    this.#push(entry, entry.queuedUs, entry.order);
    if (this.#entries[0] === entry) this.#changed();
  }

  /** A slot of the heap will never expire. */
  slotIdle(): void {
    this.#idleSlots++;
    const slots = this.#entries.length;
    if (slots >= MIN_SWEPT_SLOTS && 2 * this.#idleSlots > slots) this.#sweep();
  }

  /** An idle slot is used again. */
  slotInUse(): void {
    this.#idleSlots--;
  }

  run(nowUs: number): void {
    while (this.nextDeadlineUs() <= nowUs) {
      const entry = this.#pop();
      entry.queuedUs = Infinity;
      entry.deadlineUs = Infinity;
      entry.expire(entry.owner);
    }
  }

  nextDeadlineUs(): number {
    for (;;) {
      const top = this.#entries[0];
      if (top === undefined) return Infinity;
      const slotUs = this.#slotUs[0]!;
      const isLive = slotUs === top.queuedUs && this.#slotOrder[0] === top.order;
      if (isLive && top.deadlineUs === slotUs) return slotUs;
      this.#pop();
      if (!isLive || top.deadlineUs === Infinity) this.#idleSlots--;
      if (!isLive) continue;
      top.queuedUs = Infinity;
      if (top.deadlineUs === Infinity) continue;
      top.queuedUs = top.deadlineUs;
      top.order = this.#nextOrder++;
      this.#push(top, top.queuedUs, top.order);
    }
  }

  /** False for a slot whose entry has been inserted again, at an earlier time. */
  #isLive(slot: number): boolean {
    const entry = this.#entries[slot]!;
    return this.#slotUs[slot] === entry.queuedUs && this.#slotOrder[slot] === entry.order;
  }

  /**
   * Builds the heap anew from the slots that will expire; their order stays. It is built over the slots
   * that were read already: it asks for no memory, since what cancels may be short of it.
   */
  #sweep(): void {
    const count = this.#entries.length;
    let kept = 0;
    for (let slot = 0; slot < count; slot++) {
      if (!this.#isLive(slot)) continue;
      const entry = this.#entries[slot]!;
      if (entry.deadlineUs === Infinity) entry.queuedUs = Infinity;
      else this.#push(entry, entry.queuedUs, entry.order, kept++);
    }
    this.#entries.length = this.#slotUs.length = this.#slotOrder.length = kept;
    this.#idleSlots = 0;
  }

  // Both walks keep the three arrays in locals and call nothing: a system with many connections moves
  // a deadline with nearly every request, and an interpreter pays for each call.

  #push(entry: Entry, us: number, order: number, end: number = this.#entries.length): void {
    const entries = this.#entries;
    const slotUs = this.#slotUs;
    const slotOrder = this.#slotOrder;
    let index = end;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const parentUs = slotUs[parent]!;
      if (us > parentUs || (us === parentUs && order >= slotOrder[parent]!)) break;
      entries[index] = entries[parent]!;
      slotUs[index] = parentUs;
      slotOrder[index] = slotOrder[parent]!;
      index = parent;
    }
    entries[index] = entry;
    slotUs[index] = us;
    slotOrder[index] = order;
  }

  #pop(): Entry {
    const entries = this.#entries;
    const slotUs = this.#slotUs;
    const slotOrder = this.#slotOrder;
    const top = entries[0]!;
    const entry = entries.pop()!;
    const us = slotUs.pop()!;
    const order = slotOrder.pop()!;
    const length = entries.length;
    if (length === 0) return top;
    let index = 0;
    for (let child = 1; child < length; child = 2 * index + 1) {
      let childUs = slotUs[child]!;
      const right = child + 1;
      if (right < length) {
        const rightUs = slotUs[right]!;
        if (rightUs < childUs || (rightUs === childUs && slotOrder[right]! < slotOrder[child]!)) {
          child = right;
          childUs = rightUs;
        }
      }
      if (us < childUs || (us === childUs && order < slotOrder[child]!)) break;
      entries[index] = entries[child]!;
      slotUs[index] = childUs;
      slotOrder[index] = slotOrder[child]!;
      index = child;
    }
    entries[index] = entry;
    slotUs[index] = us;
    slotOrder[index] = order;
    return top;
  }
}

/**
 * Makes an empty queue of timers.
 *
 * @param changed Called when a timer becomes the earliest, so that the platform's alarm is armed.
 */
export function createTimerQueue(changed: () => void): TimerQueue {
  return new Queue(changed);
}
