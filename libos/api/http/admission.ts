/**
 * How many exchanges of a server are prepared at one time where memory is little. A response that is
 * being made, or waits for room to be sent, holds a copy of its body; requests that come meanwhile
 * wait as bytes, in their order, with their connections paused.
 *
 * An exchange counts from its request's head until its response lies in the send queue, but not for
 * ever: when nothing has ended for a while, all that are under way (streams of events, peers that do
 * not read) are counted no more. So nobody can stop a server by not reading.
 */
import type { TimerEntry } from "../../kernel/timers.ts";
import type { HttpNeeds } from "./needs.ts";

export const ADMISSION_LIMITS = {
  /** Packet memory of less than this, in bytes, tells that memory is little. */
  littleMemoryBytes: 1_048_576,
  /** Exchanges that are then under way at one time. */
  maxExchanges: 2,
  /** After so long without one that ends, in microseconds, those under way do not count. */
  patienceUs: 100_000,
} as const;

/** What waits: a connection with the bytes of a request. */
export interface Waiter {
  /** Its turn has come; `slot` is what it gives back to `ended`, later. */
  admitted(slot: number): void;
}

export class Admission {
  readonly #needs: HttpNeeds;
  readonly #timer: TimerEntry;
  /** At most one for each connection: it is paused while it waits. */
  readonly #waiting = new Set<Waiter>();
  #underWay = 0;
  #isAdmitting = false;
  /** Slots of an earlier number do not count any more. */
  #slot = 1;

  /** @returns Undefined where memory is not little: nothing waits then. */
  static for(needs: HttpNeeds): Admission | undefined {
    const { memory } = needs;
    const isLittle = memory && memory.bytes.length < ADMISSION_LIMITS.littleMemoryBytes;
    return isLittle ? new Admission(needs) : undefined;
  }

  private constructor(needs: HttpNeeds) {
    this.#needs = needs;
    this.#timer = needs.timers.create(loosePatience, this);
  }

  /** @returns A slot, or 0: `waiter` is called when there is one. */
  enter(waiter: Waiter): number {
    if (this.#waiting.size === 0 && this.#hasRoom()) {
      this.#underWay++;
      return this.#slot;
    }
    this.#waiting.add(waiter);
    if (this.#waiting.size === 1) this.#beginWait();
    return 0;
  }

  /** A connection that may be waiting has ended. */
  forget(waiter: Waiter): void {
    this.#waiting.delete(waiter);
  }

  /** An exchange is through, or its connection has ended. */
  ended(slot: number): void {
    if (slot !== this.#slot) return;
    this.#underWay--;
    if (this.#waiting.size > 0) this.#admit();
  }

  #hasRoom(): boolean {
    if (this.#underWay >= ADMISSION_LIMITS.maxExchanges) return false;
    // What peers do not read would pile up.
    if (this.#needs.heapState?.[1] === 1) return false;
    return this.#underWay === 0 || this.#needs.isMemoryShort?.() !== true;
  }

  /** An exchange may end while it is admitted: then the loop that admits it goes on, none begins. */
  #admit(): void {
    if (this.#isAdmitting) return;
    this.#isAdmitting = true;
    try {
      for (const waiter of this.#waiting) {
        if (!this.#hasRoom()) break;
        this.#waiting.delete(waiter);
        this.#underWay++;
        waiter.admitted(this.#slot);
      }
    } finally {
      this.#isAdmitting = false;
    }
    if (this.#waiting.size > 0) this.#beginWait();
    else this.#timer.cancel();
  }

  #beginWait(): void {
    this.#timer.set(this.#needs.nowUs() + ADMISSION_LIMITS.patienceUs);
  }

  _patienceEnded(): void {
    this.#slot++;
    this.#underWay = 0;
    this.#admit();
  }
}

function loosePatience(admission: Admission): void {
  admission._patienceEnded();
}
