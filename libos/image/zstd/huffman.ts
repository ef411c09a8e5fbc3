/** The Huffman code of literals (RFC 8878, 4.2). */
import { BackwardBits } from "./backward-bits.ts";
import { HUFFMAN_BITS_MAX, WEIGHT_TABLE_BITS_MAX } from "./format.ts";
import { readFseTable } from "./fse.ts";

/** The next `bits` bits of a stream are looked up: which symbol begins with them, and how long it is. */
export interface HuffmanTable {
  readonly bits: number;
  readonly symbols: Uint8Array;
  readonly lengths: Uint8Array;
}

/** The last symbol of 256 has no weight of its own. */
const WEIGHTS_MAX = 255;

/** Weights of two interleaved states (4.2.1.2). */
function readPackedWeights(bytes: Uint8Array, start: number, end: number): number[] {
  const header = readFseTable(bytes.subarray(0, end), start, 256, WEIGHT_TABLE_BITS_MAX);
  const { table } = header;
  const stream = new BackwardBits(bytes, header.end, end);
  const states = [stream.take(table.bits), stream.take(table.bits)];
  const weights: number[] = [];
  for (let turn = 0; ; turn ^= 1) {
    const state = states[turn]!;
    if (weights.length + 2 > WEIGHTS_MAX) throw new RangeError("a code has too many weights");
    weights.push(table.symbols[state]!);
    const taken = table.taken[state]!;
    if (stream.left < taken) {
      weights.push(table.symbols[states[turn ^ 1]!]!);
      return weights;
    }
    states[turn] = table.base[state]! + stream.take(taken);
  }
}

/**
 * Reads a code (4.2.1).
 *
 * @returns The table, and where the description ends.
 * @throws RangeError when it is none.
 */
export function readHuffmanTable(
  bytes: Uint8Array,
  start: number,
): { readonly table: HuffmanTable; readonly end: number } {
  const header = bytes[start] ?? 0;
  const isDirect = header >= 128;
  const count = header - 127;
  const end = start + 1 + (isDirect ? (count + 1) >> 1 : header);
  if (end > bytes.length) throw new RangeError("the input is truncated");
  const weights = isDirect
    ? Array.from({ length: count }, (_, index) => {
        const pair = bytes[start + 1 + (index >> 1)]!;
        return (index & 1) === 0 ? pair >> 4 : pair & 15;
      })
    : readPackedWeights(bytes, start + 1, end);
  return { table: makeHuffmanTable(weights), end };
}

/** @param weights Of all symbols but the last, whose weight is what is missing. */
function makeHuffmanTable(weights: readonly number[]): HuffmanTable {
  if (weights.some((weight) => weight > HUFFMAN_BITS_MAX)) throw new RangeError("a code is none");
  const sum = weights.reduce((total, weight) => total + (weight === 0 ? 0 : 1 << (weight - 1)), 0);
  const bits = 32 - Math.clz32(sum);
  const missing = (1 << bits) - sum;
  const isPower = (missing & (missing - 1)) === 0;
  if (sum === 0 || bits > HUFFMAN_BITS_MAX || !isPower) throw new RangeError("a code is none");
  const all = [...weights, 32 - Math.clz32(missing)];
  const symbols = new Uint8Array(1 << bits);
  const lengths = new Uint8Array(1 << bits);
  let place = 0;
  for (let weight = 1; weight <= bits; weight++) {
    for (const [symbol, other] of all.entries()) {
      if (other !== weight) continue;
      const end = place + (1 << (weight - 1));
      symbols.fill(symbol, place, end);
      lengths.fill(bits + 1 - weight, place, end);
      place = end;
    }
  }
  return { bits, symbols, lengths };
}
