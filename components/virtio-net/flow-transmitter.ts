/**
 * Transmitting through several queue pairs: each flow by one of them, so that its frames stay in order.
 * A device that steers received frames by the queues on which their flow was sent (virtio 1.3,
 * 5.1.6.5.5) then spreads them in the same way.
 *
 * What always holds: `finished` counts in the order of `transmit`, over all queues.
 */
import type { TransmitFrame } from "../../libos/hal/mod.ts";
import { flowHash } from "./flow.ts";
import type { TransmitSide, Transmitter } from "./transmitter.ts";

export class FlowTransmitter implements TransmitSide {
  submitted = 0;
  finished = 0;
  readonly frameLimit: number;
  readonly #bytes: Uint8Array;
  readonly #pairs: readonly Transmitter[];
  /** How many of them are in use. */
  #active = 1;
  /** The pair of each frame under way, as a ring. */
  readonly #order: Uint8Array;
  /** Of each pair, the frames that `finished` counts. */
  readonly #counted: Float64Array;
  /** 1 where a sender waits for room. */
  readonly #isAwaited: Uint8Array;

  /** @param pairs At most 256. */
  constructor(bytes: Uint8Array, pairs: readonly Transmitter[]) {
    this.#bytes = bytes;
    this.#pairs = pairs;
    this.frameLimit = pairs.reduce((sum, each) => sum + each.frameLimit, 0);
    this.#order = new Uint8Array(this.frameLimit);
    this.#counted = new Float64Array(pairs.length);
    this.#isAwaited = new Uint8Array(pairs.length);
  }

  /** All pairs are in use from now on; before, only the first one is. */
  useAll(): void {
    this.#active = this.#pairs.length;
  }

  get isIdle(): boolean {
    return this.#pairs.every((each) => each.isIdle);
  }

  transmit(frame: TransmitFrame, length: number): boolean {
    const hash = flowHash(this.#bytes, frame.partOffset[0]!, frame.partLength[0]!);
    const pair = hash % this.#active;
    if (!this.#hasPlace() || !this.#pairs[pair]!.transmit(frame, length)) {
      this.#isAwaited[pair] = 1;
      return false;
    }
    this.#order[this.submitted % this.frameLimit] = pair;
    this.submitted++;
    return true;
  }

  kick(): void {
    for (const each of this.#pairs) each.kick();
  }

  unwatch(): void {
    for (const each of this.#pairs) each.unwatch();
  }

  watch(): boolean {
    return this.#pairs[this.#order[this.finished % this.frameLimit]!]!.watch();
  }

  waitForRoom(): boolean {
    if (!this.#hasPlace()) return false;
    let isRoom = false;
    for (let pair = 0; pair < this.#pairs.length; pair++) {
      if (this.#isAwaited[pair] === 0 || !this.#pairs[pair]!.waitForRoom()) continue;
      this.#isAwaited[pair] = 0;
      isRoom = true;
    }
    return isRoom;
  }

  reap(): boolean {
    if (this.finished === this.submitted) return false;
    let isNews = false;
    for (const each of this.#pairs) if (each.reap()) isNews = true;
    while (this.finished < this.submitted) {
      const pair = this.#order[this.finished % this.frameLimit]!;
      if (this.#counted[pair] === this.#pairs[pair]!.finished) break;
      this.#counted[pair]!++;
      this.finished++;
    }
    return isNews;
  }

  /**
   * A slow queue holds up the count, while the others have room again: frames may not be ahead of the
   * count by more than `frameLimit`.
   *
   * @returns False when they would be; then an interrupt follows when the oldest one is finished.
   */
  #hasPlace(): boolean {
    if (this.submitted - this.finished < this.frameLimit) return true;
    this.kick();
    do this.reap();
    while (this.submitted - this.finished === this.frameLimit && this.watch());
    return this.submitted - this.finished < this.frameLimit;
  }
}
