/** What happens in a simulated world, by virtual time and then by order of arrival. */

/** One event. It is made once by its owner and may be queued again after it ran. */
export interface SimEvent {
  /**
   * True when it calls a handler of a system: promise reactions get their turn behind it. At most
   * one handler runs in one event.
   */
  readonly isHandler: boolean;
  /** Asked before virtual time moves to the event at `timeUs`: true when it is pointless by now. */
  isStale?(timeUs: number): boolean;
  run(): void;
}

/** A binary heap over parallel arrays. */
export class EventQueue {
  readonly #events: SimEvent[] = [];
  readonly #timeUs: number[] = [];
  readonly #order: number[] = [];
  #nextOrder = 0;

  get size(): number {
    return this.#events.length;
  }

  /** The time of the next event, or Infinity. */
  get nextUs(): number {
    return this.#timeUs[0] ?? Infinity;
  }

  /** The next event, which stays in the queue. */
  get next(): SimEvent | undefined {
    return this.#events[0];
  }

  add(timeUs: number, event: SimEvent): void {
    const order = this.#nextOrder++;
    let index = this.#events.length;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#isBefore(timeUs, order, parent)) break;
      this.#move(parent, index);
      index = parent;
    }
    this.#place(index, event, timeUs, order);
  }

  /** Removes the next event; the queue must not be empty. */
  shift(): void {
    const event = this.#events.pop()!;
    const timeUs = this.#timeUs.pop()!;
    const order = this.#order.pop()!;
    const length = this.#events.length;
    if (length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= length) break;
      const right = child + 1;
      if (right < length && this.#isBefore(this.#timeUs[right]!, this.#order[right]!, child)) {
        child = right;
      }
      if (this.#isBefore(timeUs, order, child)) break;
      this.#move(child, index);
      index = child;
    }
    this.#place(index, event, timeUs, order);
  }

  #isBefore(timeUs: number, order: number, index: number): boolean {
    const otherUs = this.#timeUs[index]!;
    return timeUs < otherUs || (timeUs === otherUs && order < this.#order[index]!);
  }

  #move(from: number, to: number): void {
    this.#place(to, this.#events[from]!, this.#timeUs[from]!, this.#order[from]!);
  }

  #place(index: number, event: SimEvent, timeUs: number, order: number): void {
    this.#events[index] = event;
    this.#timeUs[index] = timeUs;
    this.#order[index] = order;
  }
}
