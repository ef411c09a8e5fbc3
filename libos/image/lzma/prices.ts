/** What symbols cost by the models as they are, in 64ths of a bit. */
import { ALIGNED_SLOT, LENGTH, LENGTH_MAX, MODEL } from "./models.ts";

const FRACTION_BITS = 6;
/** What one bit costs that has no model. */
export const DIRECT_BIT: number = 1 << FRACTION_BITS;

/** By probability of a bit, in 2048ths: -log2, in integers, so that every machine computes the same. */
export const BIT_PRICES: Int32Array = Int32Array.from({ length: 2049 }, (_, probability) => {
  if (probability === 0) return 12 << FRACTION_BITS;
  let [value, logarithm] = [probability, 0];
  for (let round = 0; round < FRACTION_BITS; round++) {
    value *= value;
    logarithm *= 2;
    while (value >= 2 ** 16) {
      value = Math.floor(value / 2);
      logarithm++;
    }
  }
  while (value >= 2) {
    value /= 2;
    logarithm++;
  }
  return Math.max(1, (11 << FRACTION_BITS) - logarithm);
});

/** Distances below this have a price each. */
const NEAR = 128;

/** @returns The slot of a distance that is counted from 0. */
export function slotOf(distance: number): number {
  if (distance < 4) return distance;
  const high = 31 - Math.clz32(distance);
  return (high << 1) | ((distance >>> (high - 1)) & 1);
}

/** Prices that are read often, from tables that `refresh` makes anew. */
export class Prices {
  /** By length, from 2 on. */
  readonly matchLengths: Int32Array = new Int32Array(LENGTH_MAX + 1);
  readonly repLengths: Int32Array = new Int32Array(LENGTH_MAX + 1);
  private readonly models: Uint16Array;
  private readonly slots = new Int32Array(4 * 64);
  private readonly near = new Int32Array(4 * NEAR);
  private readonly aligned = new Int32Array(16);

  constructor(models: Uint16Array) {
    this.models = models;
  }

  refresh(): void {
    this.refreshLengths(this.matchLengths, MODEL.MATCH_LENGTH);
    this.refreshLengths(this.repLengths, MODEL.REP_LENGTH);
    for (let value = 0; value < 16; value++) {
      this.aligned[value] = this.reverseTree(MODEL.ALIGN, 4, value);
    }
    for (let group = 0; group < 4; group++) {
      for (let slot = 0; slot < 64; slot++) {
        const direct = slot < ALIGNED_SLOT ? 0 : (slot >> 1) - 5;
        const price = this.tree(MODEL.POS_SLOT + group * 64, 6, slot);
        this.slots[group * 64 + slot] = price + direct * DIRECT_BIT;
      }
      for (let distance = 0; distance < NEAR; distance++) {
        this.near[group * NEAR + distance] = this.nearPrice(group, distance);
      }
    }
  }

  bit(model: number, bit: number): number {
    const probability = this.models[model]!;
    return BIT_PRICES[bit === 0 ? probability : 2048 - probability]!;
  }

  /** @param distance Counted from 0. */
  distance(length: number, distance: number): number {
    const group = length < 5 ? length - 2 : 3;
    if (distance < NEAR) return this.near[group * NEAR + distance]!;
    return this.slots[group * 64 + slotOf(distance)]! + this.aligned[distance & 15]!;
  }

  private nearPrice(group: number, distance: number): number {
    const slot = slotOf(distance);
    const price = this.slots[group * 64 + slot]!;
    if (slot < 4) return price;
    const bits = (slot >> 1) - 1;
    const base = (2 | (slot & 1)) << bits;
    return price + this.reverseTree(MODEL.POS_SPECIAL + base - slot, bits, distance - base);
  }

  private tree(models: number, bits: number, value: number): number {
    let [price, node] = [0, 1];
    for (let position = bits - 1; position >= 0; position--) {
      const bit = (value >>> position) & 1;
      price += this.bit(models + node, bit);
      node = (node << 1) | bit;
    }
    return price;
  }

  private reverseTree(models: number, bits: number, value: number): number {
    let [price, node] = [0, 1];
    for (let position = 0; position < bits; position++) {
      const bit = (value >>> position) & 1;
      price += this.bit(models + node, bit);
      node = (node << 1) | bit;
    }
    return price;
  }

  private refreshLengths(prices: Int32Array, models: number): void {
    const [isShort, isLong] = [this.bit(models, 0), this.bit(models, 1)];
    const [isMiddle, isHigh] = [this.bit(models + 1, 0), this.bit(models + 1, 1)];
    for (let length = 2; length <= LENGTH_MAX; length++) {
      if (length < 10) {
        prices[length] = isShort + this.tree(models + LENGTH.LOW - 1, 3, length - 2);
      } else if (length < 18) {
        const inner = this.tree(models + LENGTH.MIDDLE - 1, 3, length - 10);
        prices[length] = isLong + isMiddle + inner;
      } else {
        const inner = this.tree(models + LENGTH.HIGH - 1, 8, length - 18);
        prices[length] = isLong + isHigh + inner;
      }
    }
  }
}
