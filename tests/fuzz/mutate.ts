/**
 * Makes hostile inputs from valid ones. Input `index` of a target depends on the seed, the target's
 * name and the index alone, so that each can be made again by itself.
 */
import type { FuzzTarget } from "../../components/testing/fuzz.ts";

/** No parser of libos is handed more at once than a frame, a datagram or a sector run. */
const INPUT_BYTES_MAX = 65_536;
const MUTATIONS_MAX = 8;
/** Where lengths, counts and offsets tend to break. */
const EDGES = [0, 1, 2, 3, 4, 7, 8, 15, 16, 20, 31, 32, 63, 64, 127, 128, 254, 255];
const WIDE_EDGES = [0, 1, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xfffe, 0xffff];

/** A small generator of numbers: a counter, mixed. */
export class FuzzRandom {
  #state: number;

  /** @param words What the sequence depends on. */
  constructor(...words: readonly (number | string)[]) {
    let state = 0;
    for (const character of words.join("/")) {
      state = mix(state ^ character.charCodeAt(0));
    }
    this.#state = state;
  }

  /** @returns An integer, 0 <= n < `bound`. */
  below(bound: number): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    return (mix(this.#state) >>> 0) % bound;
  }

  /** @returns One of the values. */
  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }
}

/** The finalizer of MurmurHash3: each bit of the input changes half of the output's. */
function mix(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}

/** @returns Input number `index` for a target: a few of its seeds, damaged, or plain noise. */
export function makeInput(target: FuzzTarget, seed: number, index: number): Uint8Array {
  const random = new FuzzRandom(seed, target.name, index);
  // One in sixteen inputs owes nothing to a valid one.
  if (target.seeds.length === 0 || random.below(16) === 0) return noise(random, random.below(512));
  let bytes: Uint8Array = random.pick(target.seeds).slice(0, INPUT_BYTES_MAX);
  for (let left = random.below(MUTATIONS_MAX + 1); left > 0; left--) {
    bytes = mutate(bytes, random, target.seeds).subarray(0, INPUT_BYTES_MAX);
  }
  // A parser that reads beyond its view must meet the end of the buffer.
  return bytes.slice();
}

function noise(random: FuzzRandom, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.below(256));
}

function mutate(bytes: Uint8Array, random: FuzzRandom, seeds: readonly Uint8Array[]): Uint8Array {
  const length = bytes.length;
  const at = random.below(length + 1);
  const span = random.below(random.below(4) === 0 ? length - at + 1 : Math.min(8, length - at) + 1);
  switch (random.below(9)) {
    case 0:
      if (at < length) bytes[at]! ^= 1 << random.below(8);
      return bytes;
    case 1:
      if (at < length) bytes[at] = random.pick(EDGES);
      return bytes;
    case 2:
      if (at < length) bytes[at] = random.below(256);
      return bytes;
    case 3:
      if (at + 2 <= length) bytes.set(bigEndian16(random.pick(WIDE_EDGES)), at);
      return bytes;
    case 4:
      return bytes.slice(0, at);
    case 5:
      return join(bytes.subarray(0, at), bytes.subarray(at + span));
    case 6:
      return join(bytes.subarray(0, at), noise(random, random.below(8) + 1), bytes.subarray(at));
    case 7:
      return join(bytes.subarray(0, at + span), bytes.subarray(at));
    default: {
      const other = random.pick(seeds);
      return join(bytes.subarray(0, at), other.subarray(random.below(other.length + 1)));
    }
  }
}

function bigEndian16(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value & 0xff);
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
