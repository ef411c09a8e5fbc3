/**
 * Random numbers from a seed, in streams that are split by name: another consumer with a name of its
 * own does not shift anybody's numbers. Equal under every engine; not fit for cryptography.
 */

/** One stream. */
export interface Random {
  /** @returns An integer in 0 .. 2^32 - 1. */
  u32(): number;
  /** @returns An integer in 0 .. `bound` - 1; `bound` is 1 .. 2^32. */
  below(bound: number): number;
  /** @returns A number in [0, 1) with 32 bits of precision. */
  unit(): number;
  /** True with this probability. It takes a number from the stream even for 0 and 1. */
  chance(probability: number): boolean;
  fill(target: Uint8Array): void;
}

/** SplitMix32: turns a counter into well-mixed numbers; it seeds the generator below. */
function mix(state: number): number {
  let z = Math.imul((state ^ (state >>> 16)) >>> 0, 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) >>> 0;
}

/** xoshiro128** 1.1 by Blackman and Vigna: 128 bits of state, period 2^128 - 1. */
class Xoshiro implements Random {
  readonly #state: Uint32Array;

  constructor(seed: Uint32Array) {
    this.#state = seed;
  }

  u32(): number {
    const s = this.#state;
    const x = Math.imul(s[1]!, 5);
    const result = Math.imul((x << 7) | (x >>> 25), 9) >>> 0;
    const shifted = s[1]! << 9;
    s[2]! ^= s[0]!;
    s[3]! ^= s[1]!;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= shifted;
    s[3] = (s[3]! << 11) | (s[3]! >>> 21);
    return result;
  }

  below(bound: number): number {
    return Math.floor((this.u32() / 2 ** 32) * bound);
  }

  unit(): number {
    return this.u32() / 2 ** 32;
  }

  chance(probability: number): boolean {
    return this.u32() / 2 ** 32 < probability;
  }

  fill(target: Uint8Array): void {
    for (let index = 0; index < target.length; index += 4) {
      let word = this.u32();
      for (let byte = index; byte < index + 4 && byte < target.length; byte++) {
        target[byte] = word;
        word >>>= 8;
      }
    }
  }
}

/**
 * Opens the stream `name` of `seed`.
 *
 * @param seed An integer in 0 .. 2^53 - 1.
 */
export function createRandom(seed: number, name: string): Random {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index++) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193) >>> 0;
  }
  const state = new Uint32Array(4);
  let counter = mix(seed % 2 ** 32) ^ mix(Math.floor(seed / 2 ** 32) + 0x9e3779b9) ^ mix(hash);
  for (let index = 0; index < 4; index++) {
    counter = (counter + 0x9e3779b9) | 0;
    state[index] = mix(counter ^ (index === 0 ? hash : 0));
  }
  // The one state that xoshiro never leaves.
  if (state.every((word) => word === 0)) state[0] = 1;
  return new Xoshiro(state);
}
