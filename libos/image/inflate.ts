/** Unpacks deflate (RFC 1951), as `bare-metal/loader/src/deflate.rs` does when an image starts. */
import { MARK_BYTES, type Unpacked } from "./unpacked.ts";

const CODE_BITS_MAX = 15;
const LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const END_OF_BLOCK = 256;

/** A Huffman code (3.2.2): how many codes have each length, and symbols in the order of their codes. */
interface Code {
  readonly counts: readonly number[];
  readonly symbols: readonly number[];
}

function makeCode(lengths: readonly number[]): Code {
  const counts = Array.from({ length: CODE_BITS_MAX + 1 }, () => 0);
  for (const length of lengths) counts[length]!++;
  counts[0] = 0;
  const symbols = [...lengths.keys()]
    .filter((symbol) => lengths[symbol]! > 0)
    .toSorted((a, b) => lengths[a]! - lengths[b]! || a - b);
  return { counts, symbols };
}

const FIXED_LITERALS: Code = makeCode(
  Array.from({ length: 288 }, (_, symbol) =>
    symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8,
  ),
);
const FIXED_DISTANCES: Code = makeCode(Array.from({ length: 30 }, () => 5));

class Inflater {
  readonly bytes: Uint8Array;
  at = 0;
  lead = 0;
  readonly marks: number[] = [];
  private readonly input: Uint8Array;
  private bitAt = 0;

  constructor(input: Uint8Array, length: number) {
    this.input = input;
    this.bytes = new Uint8Array(length);
  }

  private bit(): number {
    const byte = this.input[this.bitAt >> 3];
    if (byte === undefined) throw new RangeError("the input is truncated");
    return (byte >> (this.bitAt++ & 7)) & 1;
  }

  private bits(count: number): number {
    let value = 0;
    for (let position = 0; position < count; position++) value |= this.bit() << position;
    return value;
  }

  private symbol(code: Code): number {
    let [value, first, place] = [0, 0, 0];
    for (let length = 1; length <= CODE_BITS_MAX; length++) {
      value |= this.bit();
      const count = code.counts[length]!;
      if (value < first + count) return code.symbols[place + value - first]!;
      place += count;
      first = (first + count) << 1;
      value <<= 1;
    }
    throw new RangeError("the input is no deflate stream");
  }

  private stored(): void {
    this.bitAt = (this.bitAt + 7) & ~7;
    const length = this.bits(16);
    this.bits(16);
    for (let left = length; left > 0; left--) this.put(this.bits(8));
  }

  private put(byte: number): void {
    if (this.at >= this.bytes.length) throw new RangeError("the output is longer than expected");
    this.bytes[this.at++] = byte;
    this.lead = Math.max(this.lead, this.at - (this.bitAt >> 3));
    if (this.at % MARK_BYTES === 0) this.marks.push(this.bitAt >> 3);
  }

  /** The length by its symbol, less 257 (3.2.5). */
  private lengthOf(symbol: number): number {
    if (symbol < 8) return symbol + 3;
    if (symbol === 28) return 258;
    const extra = (symbol >> 2) - 1;
    return ((4 + (symbol & 3)) << extra) + 3 + this.bits(extra);
  }

  private distanceOf(symbol: number): number {
    if (symbol < 4) return symbol + 1;
    const extra = (symbol >> 1) - 1;
    return ((2 + (symbol & 1)) << extra) + 1 + this.bits(extra);
  }

  private codes(): readonly [literals: Code, distances: Code] {
    const literalCount = this.bits(5) + 257;
    const distanceCount = this.bits(5) + 1;
    const lengthCount = this.bits(4) + 4;
    const lengthLengths = Array.from({ length: 19 }, () => 0);
    for (const place of LENGTH_ORDER.slice(0, lengthCount)) lengthLengths[place] = this.bits(3);
    const lengthCode = makeCode(lengthLengths);
    const lengths: number[] = [];
    while (lengths.length < literalCount + distanceCount) {
      const symbol = this.symbol(lengthCode);
      if (symbol < 16) lengths.push(symbol);
      else if (symbol === 16) this.repeat(lengths, lengths.at(-1) ?? 0, 3 + this.bits(2));
      else if (symbol === 17) this.repeat(lengths, 0, 3 + this.bits(3));
      else this.repeat(lengths, 0, 11 + this.bits(7));
    }
    return [makeCode(lengths.slice(0, literalCount)), makeCode(lengths.slice(literalCount))];
  }

  private repeat(lengths: number[], value: number, count: number): void {
    for (let left = count; left > 0; left--) lengths.push(value);
  }

  private block(literals: Code, distances: Code): void {
    for (;;) {
      const symbol = this.symbol(literals);
      if (symbol === END_OF_BLOCK) return;
      if (symbol < END_OF_BLOCK) {
        this.put(symbol);
        continue;
      }
      const length = this.lengthOf(symbol - 257);
      const from = this.at - this.distanceOf(this.symbol(distances));
      if (from < 0) throw new RangeError("the input is no deflate stream");
      for (let index = 0; index < length; index++) this.put(this.bytes[from + index]!);
    }
  }

  run(): void {
    for (let isLast = false; !isLast;) {
      isLast = this.bit() === 1;
      const kind = this.bits(2);
      if (kind === 0) this.stored();
      else if (kind === 1) this.block(FIXED_LITERALS, FIXED_DISTANCES);
      else if (kind === 2) this.block(...this.codes());
      else throw new RangeError("the input is no deflate stream");
    }
    if (this.at < this.bytes.length) throw new RangeError("the output is shorter than expected");
  }
}

/**
 * @param length Bytes of the result.
 * @returns The bytes, and how far ahead of the input they get.
 * @throws RangeError when the input is no deflate stream of that length.
 */
export function inflate(input: Uint8Array, length: number): Unpacked {
  const inflater = new Inflater(input, length);
  inflater.run();
  return { bytes: inflater.bytes, lead: inflater.lead, marks: inflater.marks };
}
