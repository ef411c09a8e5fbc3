import type { Kernel, TimerEntry } from "../../libos/kernel/mod.ts";
import type { Address } from "../ip/mod.ts";
import { MIN_MTU_BYTES } from "./wire.ts";

interface PathMtu {
  readonly mtuBytes: number;
  readonly expiresUs: number;
}

/** What is known about the MTU of paths (RFC 1191, 6): a bounded cache that forgets with age. */
export class PathMtuCache {
  readonly #kernel: Kernel;
  readonly #maxPaths: number;
  readonly #ageUs: number;
  readonly #changed: () => void;
  /** In the order of expiry. */
  readonly #paths = new Map<Address, PathMtu>();
  readonly #timer: TimerEntry;

  /** @param changed Called when what `limit` answers has changed. */
  constructor(kernel: Kernel, maxPaths: number, ageUs: number, changed: () => void) {
    this.#kernel = kernel;
    this.#maxPaths = maxPaths;
    this.#ageUs = ageUs;
    this.#changed = changed;
    this.#timer = kernel.timers.create(() => this.#expire(), undefined);
  }

  get size(): number {
    return this.#paths.size;
  }

  /** @returns The lower of `mtuBytes` and what is known about the path. */
  limit(destination: Address, mtuBytes: number): number {
    if (this.#paths.size === 0) return mtuBytes;
    const known = this.#paths.get(destination);
    return known === undefined ? mtuBytes : Math.min(known.mtuBytes, mtuBytes);
  }

  /** Lowers a path's MTU. What would raise it, or goes below 576, is not believed (RFC 8201 4). */
  reduce(destination: Address, reportedBytes: number): void {
    const mtuBytes = Math.max(reportedBytes, MIN_MTU_BYTES);
    const known = this.#paths.get(destination);
    if (known !== undefined && known.mtuBytes <= mtuBytes) return;
    this.#paths.delete(destination);
    if (this.#paths.size >= this.#maxPaths) {
      for (const eldest of this.#paths.keys()) {
        this.#paths.delete(eldest);
        break;
      }
    }
    const expiresUs = this.#kernel.nowUs() + this.#ageUs;
    this.#paths.set(destination, { mtuBytes, expiresUs });
    if (this.#timer.deadlineUs === Infinity) this.#timer.set(expiresUs);
    this.#changed();
  }

  stop(): void {
    this.#timer.cancel();
    this.#paths.clear();
  }

  #expire(): void {
    const nowUs = this.#kernel.nowUs();
    for (const [destination, { expiresUs }] of this.#paths) {
      if (expiresUs > nowUs) {
        this.#timer.set(expiresUs);
        break;
      }
      this.#paths.delete(destination);
    }
    this.#changed();
  }
}
