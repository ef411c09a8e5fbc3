/** Unpacks LZMA: the mirror of `bare-metal/loader/src/lzma.rs`. */
import { MARK_BYTES, type Unpacked } from "../unpacked.ts";
import * as lzma from "./models.ts";
import { LENGTH, MODEL } from "./models.ts";

/** The properties, a byte that is 0, and the first word. */
const HEADER_BYTES = 6;

/** The bits of an arithmetic code. */
class RangeDecoder {
  /** Bytes that were taken. */
  at = HEADER_BYTES;
  private readonly input: Uint8Array;
  private readonly contextBits: number;
  private readonly models = lzma.createModels();
  private range = 0xffff_ffff;
  private code: number;

  constructor(input: Uint8Array) {
    this.input = input;
    this.contextBits = input[0]!;
    if (this.contextBits > lzma.LITERAL_CONTEXT_BITS_MAX) throw new RangeError("no LZMA of images");
    this.code = new DataView(input.buffer, input.byteOffset, HEADER_BYTES).getUint32(2);
  }

  private normalize(): void {
    if (this.range >= lzma.TOP) return;
    if (this.at >= this.input.length) throw new RangeError("the input is truncated");
    this.range = (this.range << 8) >>> 0;
    this.code = ((this.code << 8) | this.input[this.at++]!) >>> 0;
  }

  bit(model: number): number {
    this.normalize();
    const probability = this.models[model]!;
    const bound = (this.range >>> lzma.PROBABILITY_BITS) * probability;
    if (this.code < bound) {
      this.range = bound;
      this.models[model] = probability + ((2048 - probability) >> lzma.MOVE_BITS);
      return 0;
    }
    this.range -= bound;
    this.code -= bound;
    this.models[model] = probability - (probability >> lzma.MOVE_BITS);
    return 1;
  }

  direct(count: number): number {
    let value = 0;
    for (let left = count; left > 0; left--) {
      this.normalize();
      this.range >>>= 1;
      const isSet = this.code >= this.range;
      if (isSet) this.code -= this.range;
      value = value * 2 + (isSet ? 1 : 0);
    }
    return value;
  }

  tree(models: number, bits: number): number {
    let node = 1;
    while (node >> bits === 0) node = (node << 1) | this.bit(models + node);
    return node - (1 << bits);
  }

  reverseTree(models: number, bits: number): number {
    let [node, value] = [1, 0];
    for (let position = 0; position < bits; position++) {
      const bit = this.bit(models + node);
      node = (node << 1) | bit;
      value |= bit << position;
    }
    return value;
  }

  length(models: number): number {
    if (this.bit(models) === 0) return 2 + this.tree(models + LENGTH.LOW - 1, 3);
    if (this.bit(models + 1) === 0) return 10 + this.tree(models + LENGTH.MIDDLE - 1, 3);
    return 18 + this.tree(models + LENGTH.HIGH - 1, 8);
  }

  /** Counted from 0. */
  distance(length: number): number {
    const slot = this.tree(MODEL.POS_SLOT + Math.min(length - 2, 3) * 64, 6);
    if (slot < 4) return slot;
    const bits = (slot >> 1) - 1;
    const base = (2 | (slot & 1)) * 2 ** bits;
    if (slot < lzma.ALIGNED_SLOT) {
      return base + this.reverseTree(MODEL.POS_SPECIAL + base - slot, bits);
    }
    return base + this.direct(bits - 4) * 16 + this.reverseTree(MODEL.ALIGN, 4);
  }

  /** @param matched What lies at the last distance; undefined after a literal. */
  literal(before: number, matched: number | undefined): number {
    const models = lzma.literalModels(before, this.contextBits);
    let node = 1;
    if (matched !== undefined) {
      let byte = matched;
      while (node < 0x100) {
        byte <<= 1;
        const expected = byte & 0x100;
        const bit = this.bit(models + 0x100 + expected + node);
        node = (node << 1) | bit;
        if (bit !== expected >> 8) break;
      }
    }
    while (node < 0x100) node = (node << 1) | this.bit(models + node);
    return node & 0xff;
  }
}

/**
 * @param length Bytes of the result.
 * @returns The bytes, and how far ahead of the input they get.
 * @throws RangeError when the input is no LZMA of that length.
 */
export function decodeLzma(input: Uint8Array, length: number): Unpacked {
  if (input.length < HEADER_BYTES) throw new RangeError("the input is truncated");
  const decoder = new RangeDecoder(input);
  const bytes = new Uint8Array(length);
  const marks: number[] = [];
  let [at, state, lead] = [0, 0, 0];
  let reps: [number, number, number, number] = [0, 0, 0, 0];
  while (at < length) {
    if (decoder.bit(MODEL.IS_MATCH + state) === 0) {
      const matched = state < lzma.LITERAL_STATES ? undefined : bytes[at - reps[0] - 1]!;
      bytes[at] = decoder.literal(at === 0 ? 0 : bytes[at - 1]!, matched);
      at++;
      state = lzma.stateAfterLiteral(state);
    } else {
      let count = 1;
      if (decoder.bit(MODEL.IS_REP + state) === 0) {
        count = decoder.length(MODEL.MATCH_LENGTH);
        reps = [decoder.distance(count), reps[0], reps[1], reps[2]];
        state = lzma.stateAfterMatch(state);
      } else {
        let which = 0;
        let isShort = false;
        if (decoder.bit(MODEL.IS_REP_G0 + state) === 0) {
          isShort = decoder.bit(MODEL.IS_REP0_LONG + state) === 0;
        } else if (decoder.bit(MODEL.IS_REP_G1 + state) === 0) {
          which = 1;
        } else {
          which = 2 + decoder.bit(MODEL.IS_REP_G2 + state);
        }
        reps = [reps[which]!, ...reps.toSpliced(which, 1)] as typeof reps;
        if (!isShort) count = decoder.length(MODEL.REP_LENGTH);
        state = isShort ? lzma.stateAfterShortRep(state) : lzma.stateAfterRep(state);
      }
      const from = at - reps[0] - 1;
      if (from < 0 || at + count > length) throw new RangeError("the input is no LZMA");
      for (let index = 0; index < count; index++) bytes[at + index] = bytes[from + index]!;
      at += count;
    }
    lead = Math.max(lead, at - decoder.at);
    while ((marks.length + 1) * MARK_BYTES <= at) marks.push(decoder.at);
  }
  return { bytes, lead, marks };
}
