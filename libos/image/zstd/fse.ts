/** Finite state entropy (RFC 8878, 4.1): tables of a code, from how often each symbol occurs. */

/** A symbol that occurs less than once. */
const RARE = -1;

/** In a state: which symbol it stands for, and to which states the next bits lead. */
export interface FseTable {
  readonly bits: number;
  readonly symbols: Uint8Array;
  /** How many bits are read, and what they are added to. */
  readonly taken: Uint8Array;
  readonly base: Uint16Array;
}

/**
 * Which symbol each state stands for (4.1.1).
 *
 * @param counts By symbol; they add up to 2^`bits`, with `RARE` as one.
 */
function spreadSymbols(counts: ArrayLike<number>, bits: number): Uint8Array {
  const size = 1 << bits;
  const symbols = new Uint8Array(size);
  let high = size;
  for (let symbol = 0; symbol < counts.length; symbol++) {
    if (counts[symbol] === RARE) symbols[--high] = symbol;
  }
  const step = (size >> 1) + (size >> 3) + 3;
  let place = 0;
  for (let symbol = 0; symbol < counts.length; symbol++) {
    for (let left = counts[symbol]!; left > 0; left--) {
      symbols[place] = symbol;
      do place = (place + step) & (size - 1);
      while (place >= high);
    }
  }
  return symbols;
}

export function makeFseTable(counts: ArrayLike<number>, bits: number): FseTable {
  const size = 1 << bits;
  const symbols = spreadSymbols(counts, bits);
  const next = Int32Array.from(counts, (count) => (count === RARE ? 1 : count));
  const taken = new Uint8Array(size);
  const base = new Uint16Array(size);
  for (let state = 0; state < size; state++) {
    const number = next[symbols[state]!]!++;
    taken[state] = bits - (31 - Math.clz32(number));
    base[state] = (number << taken[state]!) - size;
  }
  return { bits, symbols, taken, base };
}

/** Every state is this symbol. */
export function makeRleTable(symbol: number): FseTable {
  const one = new Uint8Array(1);
  return { bits: 0, symbols: Uint8Array.of(symbol), taken: one, base: new Uint16Array(1) };
}

/**
 * Reads how often each symbol occurs (4.1.1).
 *
 * @returns The table, and where the description ends.
 * @throws RangeError when it is none.
 */
export function readFseTable(
  bytes: Uint8Array,
  start: number,
  symbolsMax: number,
  bitsMax: number,
): { readonly table: FseTable; readonly end: number } {
  let bitAt = 8 * start;
  const peek = (count: number): number => {
    const at = bitAt >> 3;
    const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
    return (word >> (bitAt & 7)) & ((1 << count) - 1);
  };
  const bits = peek(4) + 5;
  bitAt += 4;
  if (bits > bitsMax) throw new RangeError("a table is too large");
  const counts: number[] = [];
  let left = (1 << bits) + 1;
  while (left > 1) {
    if (counts.length >= symbolsMax) throw new RangeError("a table has too many symbols");
    // The lower part of the range of values takes one bit less.
    const width = 32 - Math.clz32(left);
    const spared = (1 << width) - 1 - left;
    const low = peek(width - 1);
    let value = low;
    if (low < spared) bitAt += width - 1;
    else {
      value = peek(width);
      if (value >= 1 << (width - 1)) value -= spared;
      bitAt += width;
    }
    const count = value - 1;
    left -= Math.abs(count);
    counts.push(count);
    if (count !== 0) continue;
    for (let repeat = 3; repeat === 3;) {
      repeat = peek(2);
      bitAt += 2;
      for (let index = 0; index < repeat; index++) counts.push(0);
    }
  }
  const end = (bitAt + 7) >> 3;
  const isWhole = left === 1 && counts.length <= symbolsMax && end <= bytes.length;
  if (!isWhole) throw new RangeError("a table is none");
  return { table: makeFseTable(counts, bits), end };
}
