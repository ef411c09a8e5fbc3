/** The arithmetic code that LZMA writes. */
import { createModels, MOVE_BITS, PROBABILITY_BITS, TOP } from "./models.ts";

const CARRY = 2 ** 32;

/** Bits in, bytes out; each model's probability follows what was written by it. */
export class RangeEncoder {
  readonly models: Uint16Array = createModels();
  private bytes = new Uint8Array(1 << 16);
  private length = 0;
  /** Below 2^33: a carry runs into the bytes that are held back. */
  private low = 0;
  private range = 0xffff_ffff;
  private cache = 0;
  private heldBack = 1;

  private put(byte: number): void {
    if (this.length === this.bytes.length) {
      const longer = new Uint8Array(2 * this.length);
      longer.set(this.bytes);
      this.bytes = longer;
    }
    this.bytes[this.length++] = byte;
  }

  private shift(): void {
    if (this.low < 0xff00_0000 || this.low >= CARRY) {
      const carry = this.low >= CARRY ? 1 : 0;
      this.put((this.cache + carry) & 0xff);
      for (; this.heldBack > 1; this.heldBack--) this.put((0xff + carry) & 0xff);
      this.heldBack = 0;
      this.cache = (this.low >>> 24) & 0xff;
    }
    this.heldBack++;
    this.low = ((this.low & 0x00ff_ffff) << 8) >>> 0;
  }

  private normalize(): void {
    if (this.range >= TOP) return;
    this.range = (this.range << 8) >>> 0;
    this.shift();
  }

  bit(model: number, bit: number): void {
    const probability = this.models[model]!;
    const bound = (this.range >>> PROBABILITY_BITS) * probability;
    if (bit === 0) {
      this.range = bound;
      this.models[model] = probability + ((2048 - probability) >> MOVE_BITS);
    } else {
      this.low += bound;
      this.range -= bound;
      this.models[model] = probability - (probability >> MOVE_BITS);
    }
    this.normalize();
  }

  direct(value: number, count: number): void {
    for (let position = count - 1; position >= 0; position--) {
      this.range >>>= 1;
      if (((value >>> position) & 1) === 1) this.low += this.range;
      this.normalize();
    }
  }

  tree(models: number, bits: number, value: number): void {
    let node = 1;
    for (let position = bits - 1; position >= 0; position--) {
      const bit = (value >>> position) & 1;
      this.bit(models + node, bit);
      node = (node << 1) | bit;
    }
  }

  reverseTree(models: number, bits: number, value: number): void {
    let node = 1;
    for (let position = 0; position < bits; position++) {
      const bit = (value >>> position) & 1;
      this.bit(models + node, bit);
      node = (node << 1) | bit;
    }
  }

  /** @returns All bytes. Nothing may be written afterwards. */
  finish(): Uint8Array {
    for (let count = 0; count < 5; count++) this.shift();
    return this.bytes.subarray(0, this.length);
  }
}
