/**
 * What the decoder of Zstandard takes from the standard (RFC 8878): the numbers of frames and blocks, and
 * the codes of sequences. A sequence is a run of literals, and a match of earlier bytes that follows it.
 */

/** At the start of a frame (3.1.1). */
export const MAGIC = 0xfd2f_b528;
/** Bytes of a block before it is packed, at most (3.1.1.2.4). */
export const BLOCK_BYTES_MAX: number = 1 << 17;
export const BLOCK_HEADER_BYTES = 3;
/** Kinds of blocks (3.1.1.2.2). */
export const BLOCK = { RAW: 0, RLE: 1, COMPRESSED: 2 } as const;
/** How literals are written (3.1.1.3.1.1). */
export const LITERALS = { RAW: 0, RLE: 1, COMPRESSED: 2, TREELESS: 3 } as const;
/** How the codes of sequences are written (3.1.1.3.2.1.1). */
export const MODE = { PREDEFINED: 0, RLE: 1, COMPRESSED: 2, REPEAT: 3 } as const;
/** Bits of the longest Huffman code (4.2.1). */
export const HUFFMAN_BITS_MAX = 11;
/** Weights of a Huffman code are themselves coded with tables of up to so many bits (4.2.1.2). */
export const WEIGHT_TABLE_BITS_MAX = 6;
/** The shortest match. */
const MATCH_MIN = 3;
/** The last three distances at the start of a frame (3.1.1.5). */
export const FIRST_DISTANCES: readonly number[] = [1, 4, 8];

/** One of the three codes of a sequence. */
export interface CodeKind {
  /** Symbols of the code: one more than the greatest. */
  readonly symbols: number;
  /** Bits of its largest table. */
  readonly tableBitsMax: number;
  /** Its predefined distribution (3.1.1.3.2.2), and the bits of that one's table. */
  readonly predefined: readonly number[];
  readonly predefinedBits: number;
  /** By symbol: the least value, and how many bits say what is to be added to it. */
  readonly base: Int32Array;
  readonly extra: Uint8Array;
}

/** @param runs How many symbols have so many extra bits, in the order of the symbols. */
function makeKind(
  first: number,
  runs: readonly (readonly [count: number, extra: number])[],
  tableBitsMax: number,
  predefined: readonly number[],
  predefinedBits: number,
): CodeKind {
  const extra = Uint8Array.from(runs.flatMap(([count, bits]) => Array(count).fill(bits)));
  const base = new Int32Array(extra.length);
  let value = first;
  for (const [symbol, bits] of extra.entries()) {
    base[symbol] = value;
    value += 2 ** bits;
  }
  return { symbols: extra.length, tableBitsMax, predefined, predefinedBits, base, extra };
}

const many = (count: number, value: number): number[] => Array<number>(count).fill(value);
/** One each with so many extra bits. */
const rising = (from: number, to: number): [number, number][] =>
  Array.from({ length: to - from + 1 }, (_, index) => [1, from + index]);

export const LITERAL_LENGTHS: CodeKind = makeKind(
  0,
  [[16, 0], [4, 1], [2, 2], [2, 3], [1, 4], ...rising(6, 16)],
  9,
  [4, 3, ...many(11, 2), 1, 1, 1, ...many(9, 2), 3, 2, ...many(5, 1), ...many(4, -1)],
  6,
);
export const MATCH_LENGTHS: CodeKind = makeKind(
  MATCH_MIN,
  [[32, 0], [4, 1], [2, 2], [2, 3], [2, 4], [1, 5], ...rising(7, 16)],
  9,
  [1, 4, 3, ...many(6, 2), ...many(37, 1), ...many(7, -1)],
  6,
);
/**
 * Values above 3 are distances plus 3; those up to 3 are the last distances (3.1.1.5).
 * Distances up to 2^30 are far enough: a symbol more would overflow.
 */
export const OFFSETS: CodeKind = makeKind(
  1,
  rising(0, 30),
  8,
  [...many(6, 1), 2, 2, 2, ...many(15, 1), ...many(5, -1)],
  5,
);
