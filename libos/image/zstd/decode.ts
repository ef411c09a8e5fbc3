/**
 * Unpacks a frame of Zstandard (RFC 8878), as `bare-metal/loader/src/zstd.rs` does when an image starts:
 * one frame without a dictionary and without a checksum.
 */
import { MARK_BYTES, type Unpacked } from "../unpacked.ts";
import { BackwardBits } from "./backward-bits.ts";
import * as format from "./format.ts";
import { BLOCK, LITERALS, MODE, type CodeKind } from "./format.ts";
import { makeFseTable, makeRleTable, readFseTable, type FseTable } from "./fse.ts";
import { readHuffmanTable, type HuffmanTable } from "./huffman.ts";

const KINDS: readonly CodeKind[] = [format.LITERAL_LENGTHS, format.OFFSETS, format.MATCH_LENGTHS];

class Decoder {
  readonly bytes: Uint8Array;
  at = 0;
  lead = 0;
  readonly marks: number[] = [];
  private readonly input: Uint8Array;
  private from = 0;
  private huffman: HuffmanTable | undefined;
  /** In the order of `KINDS`. */
  private readonly tables: (FseTable | undefined)[] = [undefined, undefined, undefined];
  private readonly distances = [...format.FIRST_DISTANCES];

  constructor(input: Uint8Array, length: number) {
    this.input = input;
    this.bytes = new Uint8Array(length);
  }

  private number(count: number): number {
    if (this.from + count > this.input.length) throw new RangeError("the input is truncated");
    let value = 0;
    for (let index = count - 1; index >= 0; index--) {
      value = value * 256 + this.input[this.from + index]!;
    }
    this.from += count;
    return value;
  }

  private frameHeader(): void {
    if (this.number(4) !== format.MAGIC) throw new RangeError("the input is no Zstandard");
    const descriptor = this.number(1);
    if ((descriptor & 0x0f) !== 0) throw new RangeError("the frame has what images have not");
    const isSingle = (descriptor & 0x20) !== 0;
    if (!isSingle) this.number(1);
    this.number([isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6]!);
  }

  run(): void {
    this.frameHeader();
    for (let isLast = false; !isLast;) {
      const header = this.number(format.BLOCK_HEADER_BYTES);
      isLast = (header & 1) === 1;
      const size = header >> 3;
      const kind = (header >> 1) & 3;
      const end = this.from + (kind === BLOCK.RLE ? 1 : size);
      if (end > this.input.length) throw new RangeError("the input is truncated");
      if (kind === BLOCK.COMPRESSED) this.compressed(end);
      else if (kind === BLOCK.RAW) this.put(this.input.subarray(this.from, end), end);
      else if (kind === BLOCK.RLE) this.put(new Uint8Array(size).fill(this.input[this.from]!), end);
      else throw new RangeError("the input is no Zstandard");
      this.from = end;
      while ((this.marks.length + 1) * MARK_BYTES <= this.at) this.marks.push(end);
    }
    if (this.at < this.bytes.length) throw new RangeError("the output is shorter than expected");
  }

  /** @param unread Where the input must be whole while this is written. */
  private put(bytes: Uint8Array, unread: number): void {
    if (this.at + bytes.length > this.bytes.length) {
      throw new RangeError("the output is longer than expected");
    }
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
    this.lead = Math.max(this.lead, this.at - unread);
  }

  private literals(end: number): Uint8Array {
    const first = this.input[this.from] ?? 0;
    const kind = first & 3;
    const size = (first >> 2) & 3;
    if (kind === LITERALS.RAW || kind === LITERALS.RLE) {
      const bytes = [1, 2, 1, 3][size]!;
      const length = this.number(bytes) >> (bytes === 1 ? 3 : 4);
      if (length > format.BLOCK_BYTES_MAX) throw new RangeError("a block has too many literals");
      if (kind === LITERALS.RLE) return new Uint8Array(length).fill(this.number(1));
      this.from += length;
      return this.input.slice(this.from - length, this.from);
    }
    const width = [10, 10, 14, 18][size]!;
    const header = this.number([3, 3, 4, 5][size]!);
    const length = Math.floor(header / 16) % 2 ** width;
    const packed = Math.floor(header / 2 ** (4 + width));
    const packedEnd = this.from + packed;
    if (packedEnd > end) throw new RangeError("the input is truncated");
    if (kind === LITERALS.COMPRESSED) {
      const read = readHuffmanTable(this.input.subarray(0, packedEnd), this.from);
      this.huffman = read.table;
      this.from = read.end;
    }
    const literals = new Uint8Array(length);
    if (size === 0) {
      this.stream(this.from, packedEnd, literals);
    } else {
      const ends = [this.number(2), this.number(2), this.number(2)];
      const quarter = (length + 3) >> 2;
      let from = this.from;
      for (let index = 0; index < 4; index++) {
        const to = index === 3 ? packedEnd : from + ends[index]!;
        if (to > packedEnd) throw new RangeError("the input is truncated");
        this.stream(from, to, literals.subarray(index * quarter, (index + 1) * quarter));
        from = to;
      }
    }
    this.from = packedEnd;
    return literals;
  }

  private stream(start: number, end: number, to: Uint8Array): void {
    const table = this.huffman;
    if (table === undefined) throw new RangeError("literals come without a code");
    const stream = new BackwardBits(this.input, start, end);
    for (let index = 0; index < to.length; index++) {
      const entry = stream.peek(table.bits);
      to[index] = table.symbols[entry]!;
      stream.left -= table.lengths[entry]!;
    }
    if (stream.left !== 0) throw new RangeError("literals end at a wrong place");
  }

  private readTable(index: number, mode: number): FseTable {
    const kind = KINDS[index]!;
    if (mode === MODE.REPEAT) {
      const table = this.tables[index];
      if (table === undefined) throw new RangeError("there is no table to repeat");
      return table;
    }
    if (mode === MODE.PREDEFINED) return makeFseTable(kind.predefined, kind.predefinedBits);
    if (mode === MODE.RLE) {
      const symbol = this.number(1);
      if (symbol >= kind.symbols) throw new RangeError("there is no such symbol");
      return makeRleTable(symbol);
    }
    const read = readFseTable(this.input, this.from, kind.symbols, kind.tableBitsMax);
    this.from = read.end;
    return read.table;
  }

  private sequenceCount(): number {
    const first = this.number(1);
    if (first < 128) return first;
    if (first < 255) return ((first - 128) << 8) + this.number(1);
    return this.number(2) + 0x7f00;
  }

  private compressed(end: number): void {
    const literals = this.literals(end);
    const count = this.sequenceCount();
    let literalAt = 0;
    if (count > 0) {
      const modes = this.number(1);
      for (const index of KINDS.keys()) {
        this.tables[index] = this.readTable(index, (modes >> (6 - 2 * index)) & 3);
      }
      literalAt = this.sequences(count, end, literals);
    }
    this.put(literals.subarray(literalAt), end);
  }

  private sequences(count: number, end: number, literals: Uint8Array): number {
    // Until the last sequence was read, all of their bits must be there.
    const unread = this.from;
    const stream = new BackwardBits(this.input, unread, end);
    const [lengths, offsets, matches] = this.tables as [FseTable, FseTable, FseTable];
    let length = stream.take(lengths.bits);
    let offset = stream.take(offsets.bits);
    let match = stream.take(matches.bits);
    let literalAt = 0;
    for (let left = count; left > 0; left--) {
      const value = valueOf(format.OFFSETS, offsets.symbols[offset]!, stream);
      const matchLength = valueOf(format.MATCH_LENGTHS, matches.symbols[match]!, stream);
      const literalCount = valueOf(format.LITERAL_LENGTHS, lengths.symbols[length]!, stream);
      if (left > 1) {
        length = lengths.base[length]! + stream.take(lengths.taken[length]!);
        match = matches.base[match]! + stream.take(matches.taken[match]!);
        offset = offsets.base[offset]! + stream.take(offsets.taken[offset]!);
      }
      const literalEnd = literalAt + literalCount;
      if (stream.left < 0 || literalEnd > literals.length) {
        throw new RangeError("the input is no Zstandard");
      }
      this.put(literals.subarray(literalAt, literalEnd), unread);
      literalAt = literalEnd;
      this.copy(moveDistances(this.distances, value, literalCount), matchLength, unread);
    }
    if (stream.left !== 0) throw new RangeError("sequences end at a wrong place");
    return literalAt;
  }

  private copy(distance: number, length: number, unread: number): void {
    const from = this.at - distance;
    if (distance === 0 || from < 0 || this.at + length > this.bytes.length) {
      throw new RangeError("a match lies outside of the output");
    }
    for (let index = 0; index < length; index++) this.bytes[this.at++] = this.bytes[from + index]!;
    this.lead = Math.max(this.lead, this.at - unread);
  }
}

function valueOf(kind: CodeKind, symbol: number, stream: BackwardBits): number {
  return kind.base[symbol]! + stream.take(kind.extra[symbol]!);
}

/** The distance that a value stands for, which becomes the last one (3.1.1.5). */
function moveDistances(distances: number[], value: number, literalCount: number): number {
  const [first, second, third] = distances as [number, number, number];
  if (value > 3) {
    distances.splice(0, 3, value - 3, first, second);
    return value - 3;
  }
  const which = value + (literalCount === 0 ? 1 : 0);
  if (which === 1) return first;
  const distance = which === 2 ? second : which === 3 ? third : first - 1;
  distances.splice(0, 3, distance, first, which === 2 ? third : second);
  return distance;
}

/**
 * @param length Bytes of the result.
 * @returns The bytes, and how far ahead of the input they get.
 * @throws RangeError when the input is no such frame, or of another length.
 */
export function decodeZstd(input: Uint8Array, length: number): Unpacked {
  const decoder = new Decoder(input, length);
  decoder.run();
  return { bytes: decoder.bytes, lead: decoder.lead, marks: decoder.marks };
}
