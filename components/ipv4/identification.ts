import type { Entropy } from "../../libos/hal/mod.ts";
import { readU32 } from "../../libos/kernel/mod.ts";
import type { Address } from "../ip/mod.ts";

const COUNTERS = 1_024;

/**
 * Identification numbers (RFC 6864): packets between two hosts that may be fragmented differ for as
 * long as possible, and one host's numbers do not tell what we send to another (RFC 7739, 5.3).
 *
 * A counter is chosen by a keyed hash of the destination and begins at random.
 */
export class Identification {
  readonly #entropy: Entropy;
  readonly #next = new Uint16Array(COUNTERS);
  /** 0 before the first number is taken: a system that sends what is never fragmented takes none. */
  #key = 0;

  constructor(entropy: Entropy) {
    this.#entropy = entropy;
  }

  /** @returns The first of `count` numbers that follow one another. */
  take(destination: Address, count: number): number {
    if (this.#key === 0) this.#begin();
    let hash = Math.imul(destination ^ (this.#key >>> 3), this.#key);
    hash ^= hash >>> 15;
    const index = (Math.imul(hash, 0x2c1b_3c6d) >>> 16) % COUNTERS;
    const first = this.#next[index]!;
    this.#next[index] = first + count;
    return first;
  }

  #begin(): void {
    this.#entropy.fill(new Uint8Array(this.#next.buffer));
    const key = new Uint8Array(4);
    this.#entropy.fill(key);
    this.#key = readU32(key, 0) | 1;
  }
}
