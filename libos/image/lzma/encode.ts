/**
 * Packs as LZMA. Read first: `parseStretch` finds the cheapest way through the next bytes, by what each
 * symbol costs now; `encodeSymbol` writes it, which changes what symbols cost. What always holds: the
 * state and the four repeated distances in `Encoder` are those of a decoder that has read all so far.
 */
import { MatchFinder } from "../match-finder.ts";
import * as lzma from "./models.ts";
import { LENGTH, LENGTH_MAX, LITERAL_STATES, MODEL } from "./models.ts";
import { FIRST_DISTANCE, LITERAL, Path, STRETCH } from "./path.ts";
import { Prices, slotOf } from "./prices.ts";
import { RangeEncoder } from "./range-encoder.ts";

/** Matches of this length are taken without looking further. */
const NICE_LENGTH = 160;
const DEPTH_MAX = 48;
const DISTANCE_MAX = 2 ** 30;

class Encoder {
  private readonly bytes: Uint8Array;
  private readonly contextBits: number;
  private readonly coder = new RangeEncoder();
  private readonly prices = new Prices(this.coder.models);
  private readonly finder: MatchFinder;
  private readonly path = new Path();
  private readonly stepReps = new Int32Array(4);
  private at = 0;
  private state = 0;
  private reps = new Int32Array(4);

  constructor(bytes: Uint8Array, contextBits: number) {
    this.bytes = bytes;
    this.contextBits = contextBits;
    this.finder = new MatchFinder(bytes, {
      lengthMax: LENGTH_MAX,
      distanceMax: DISTANCE_MAX,
      depthMax: DEPTH_MAX,
    });
  }

  encode(): Uint8Array {
    while (this.at < this.bytes.length) {
      this.prices.refresh();
      this.parseStretch();
    }
    return this.coder.finish();
  }

  /** Finds the cheapest way through the next bytes, and encodes it. */
  private parseStretch(): void {
    const { path, finder, bytes } = this;
    const start = this.at;
    path.start(this.state, this.reps);
    let node = 0;
    for (; node === 0 || (node < path.end && node < STRETCH); node++) {
      const position = start + node;
      if (node > 0) this.settle(node);
      const limit = Math.min(LENGTH_MAX, bytes.length - position);
      const count = finder.find();
      const best = count === 0 ? 0 : finder.lengths[count - 1]!;
      if (best >= NICE_LENGTH) {
        this.encodePath(node);
        this.encodeSymbol(finder.distances[count - 1]! - 1 + FIRST_DISTANCE, best);
        finder.skip(best - 1);
        return;
      }
      const rep = this.longestRep(node, position, limit);
      if (rep.length >= NICE_LENGTH) {
        this.encodePath(node);
        this.encodeSymbol(rep.index, rep.length);
        finder.skip(rep.length - 1);
        return;
      }
      this.offerLiteral(node, position, limit);
      this.offerReps(node, position, limit);
      this.offerMatches(node, position, limit, count);
    }
    this.encodePath(node);
  }

  /** Finds state and repeated distances of a node, of which the cheapest way is known now. */
  private settle(node: number): void {
    const { path, stepReps } = this;
    const from = path.from[node]!;
    stepReps.set(path.reps.subarray(4 * from, 4 * from + 4));
    const symbol = path.symbols[node]!;
    const length = path.lengths[node]!;
    let state = path.states[from]!;
    if (length > 0) state = stateAfter(state, symbol, length);
    moveReps(stepReps, symbol);
    if (path.tails[node] !== 0) state = lzma.stateAfterRep(lzma.stateAfterLiteral(state));
    path.states[node] = state;
    path.reps.set(stepReps, 4 * node);
  }

  private longestRep(
    node: number,
    position: number,
    limit: number,
  ): { readonly index: number; readonly length: number } {
    let [index, length] = [0, 0];
    for (let candidate = 0; candidate < 4; candidate++) {
      const same = this.sameBytes(position, this.path.reps[4 * node + candidate]!, limit);
      if (same > length) [index, length] = [candidate, same];
    }
    return { index, length };
  }

  /** @returns How many bytes at `position` equal those at a distance that is counted from 0. */
  private sameBytes(position: number, distance: number, limit: number): number {
    const from = position - distance - 1;
    if (from < 0) return 0;
    let length = 0;
    while (length < limit && this.bytes[from + length] === this.bytes[position + length]) length++;
    return length;
  }

  private literalPrice(state: number, position: number, rep0: number): number {
    const { bytes, prices } = this;
    const before = position === 0 ? 0 : bytes[position - 1]!;
    const models = lzma.literalModels(before, this.contextBits);
    const byte = bytes[position]!;
    let [price, node, bits] = [0, 1, 8];
    if (state >= LITERAL_STATES) {
      let matched = bytes[position - rep0 - 1]!;
      for (; bits > 0;) {
        bits--;
        matched <<= 1;
        const expected = matched & 0x100;
        const bit = (byte >> bits) & 1;
        price += prices.bit(models + 0x100 + expected + node, bit);
        node = (node << 1) | bit;
        if (bit !== expected >> 8) break;
      }
    }
    while (bits > 0) {
      bits--;
      const bit = (byte >> bits) & 1;
      price += prices.bit(models + node, bit);
      node = (node << 1) | bit;
    }
    return price;
  }

  private offerLiteral(node: number, position: number, limit: number): void {
    const { path, prices, bytes } = this;
    const state = path.states[node]!;
    const rep0 = path.reps[4 * node]!;
    const cost = path.costs[node]! + prices.bit(MODEL.IS_MATCH + state, 0);
    const price = cost + this.literalPrice(state, position, rep0);
    path.offer(node, price, LITERAL, 1, 0);
    if (bytes[position] !== bytes[position - rep0 - 1]) {
      this.offerTail(node, path.costs[node]!, LITERAL, 0, rep0, limit);
      return;
    }
    const isMatch = path.costs[node]! + prices.bit(MODEL.IS_MATCH + state, 1);
    const short =
      prices.bit(MODEL.IS_REP + state, 1) +
      prices.bit(MODEL.IS_REP_G0 + state, 0) +
      prices.bit(MODEL.IS_REP0_LONG + state, 0);
    path.offer(node, isMatch + short, 0, 1, 0);
  }

  /** What it costs to say which repeated distance, and that more than one byte comes from it. */
  private repPrice(state: number, index: number): number {
    const { prices } = this;
    const price = prices.bit(MODEL.IS_MATCH + state, 1) + prices.bit(MODEL.IS_REP + state, 1);
    if (index === 0) {
      return (
        price + prices.bit(MODEL.IS_REP_G0 + state, 0) + prices.bit(MODEL.IS_REP0_LONG + state, 1)
      );
    }
    const other = price + prices.bit(MODEL.IS_REP_G0 + state, 1);
    if (index === 1) return other + prices.bit(MODEL.IS_REP_G1 + state, 0);
    return (
      other +
      prices.bit(MODEL.IS_REP_G1 + state, 1) +
      prices.bit(MODEL.IS_REP_G2 + state, index - 2)
    );
  }

  private offerReps(node: number, position: number, limit: number): void {
    const { path, prices } = this;
    const state = path.states[node]!;
    for (let index = 0; index < 4; index++) {
      const distance = path.reps[4 * node + index]!;
      const longest = this.sameBytes(position, distance, limit);
      if (longest < 2) continue;
      const cost = path.costs[node]! + this.repPrice(state, index);
      for (let length = 2; length <= longest; length++) {
        path.offer(node, cost + prices.repLengths[length]!, index, length, 0);
      }
      const whole = cost + prices.repLengths[longest]!;
      this.offerTail(node, whole, index, longest, distance, limit);
    }
  }

  private offerMatches(node: number, position: number, limit: number, count: number): void {
    const { path, prices, finder } = this;
    const state = path.states[node]!;
    const cost =
      path.costs[node]! +
      prices.bit(MODEL.IS_MATCH + state, 1) +
      prices.bit(MODEL.IS_REP + state, 0);
    let length = 2;
    for (let answer = 0; answer < count; answer++) {
      const longest = finder.lengths[answer]!;
      const distance = finder.distances[answer]! - 1;
      const symbol = distance + FIRST_DISTANCE;
      let price = 0;
      for (; length <= longest; length++) {
        price = cost + prices.matchLengths[length]! + prices.distance(length, distance);
        path.offer(node, price, symbol, length, 0);
      }
      this.offerTail(node, price, symbol, longest, distance, limit);
    }
  }

  /**
   * After a symbol: a literal, and on from the same distance. With length 0 there is no symbol before.
   *
   * @param cost Of all until then.
   * @param distance The last distance then, counted from 0.
   */
  private offerTail(
    node: number,
    cost: number,
    symbol: number,
    length: number,
    distance: number,
    limit: number,
  ): void {
    const { path, prices } = this;
    const position = this.at + node + length;
    const left = limit - length - 1;
    if (left < 2) return;
    const tail = this.sameBytes(position + 1, distance, left);
    if (tail < 2) return;
    const before = path.states[node]!;
    const state = length === 0 ? before : stateAfter(before, symbol, length);
    const price =
      cost +
      prices.bit(MODEL.IS_MATCH + state, 0) +
      this.literalPrice(state, position, distance) +
      this.repPrice(lzma.stateAfterLiteral(state), 0) +
      prices.repLengths[tail]!;
    path.offer(node, price, symbol, length, tail);
  }

  private encodePath(node: number): void {
    const { path } = this;
    for (const step of path.trace(node)) {
      const symbol = path.symbols[step]!;
      const tail = path.tails[step]!;
      if (path.lengths[step]! > 0) this.encodeSymbol(symbol, path.lengths[step]!);
      if (tail === 0) continue;
      this.encodeSymbol(LITERAL, 1);
      this.encodeSymbol(0, tail);
    }
  }

  private encodeSymbol(symbol: number, length: number): void {
    const { coder, state } = this;
    if (symbol === LITERAL) {
      coder.bit(MODEL.IS_MATCH + state, 0);
      this.encodeLiteral();
    } else {
      coder.bit(MODEL.IS_MATCH + state, 1);
      coder.bit(MODEL.IS_REP + state, symbol < FIRST_DISTANCE ? 1 : 0);
      if (symbol < FIRST_DISTANCE) this.encodeRep(symbol, length);
      else this.encodeMatch(symbol - FIRST_DISTANCE, length);
    }
    this.state = stateAfter(state, symbol, length);
    moveReps(this.reps, symbol);
    this.at += length;
  }

  private encodeLiteral(): void {
    const { bytes, coder, at } = this;
    const before = at === 0 ? 0 : bytes[at - 1]!;
    const models = lzma.literalModels(before, this.contextBits);
    const byte = bytes[at]!;
    let matched = this.state < LITERAL_STATES ? 0 : bytes[at - this.reps[0]! - 1]!;
    let isSame = this.state >= LITERAL_STATES;
    let node = 1;
    for (let position = 7; position >= 0; position--) {
      const bit = (byte >> position) & 1;
      matched <<= 1;
      const expected = matched & 0x100;
      coder.bit(models + node + (isSame ? 0x100 + expected : 0), bit);
      isSame = isSame && bit === expected >> 8;
      node = (node << 1) | bit;
    }
  }

  private encodeRep(index: number, length: number): void {
    const { coder, state } = this;
    coder.bit(MODEL.IS_REP_G0 + state, index === 0 ? 0 : 1);
    if (index === 0) {
      coder.bit(MODEL.IS_REP0_LONG + state, length === 1 ? 0 : 1);
      if (length === 1) return;
    } else {
      coder.bit(MODEL.IS_REP_G1 + state, index === 1 ? 0 : 1);
      if (index > 1) coder.bit(MODEL.IS_REP_G2 + state, index - 2);
    }
    this.encodeLength(MODEL.REP_LENGTH, length);
  }

  private encodeMatch(distance: number, length: number): void {
    const { coder } = this;
    this.encodeLength(MODEL.MATCH_LENGTH, length);
    const slot = slotOf(distance);
    coder.tree(MODEL.POS_SLOT + Math.min(length - 2, 3) * 64, 6, slot);
    if (slot < 4) return;
    const bits = (slot >> 1) - 1;
    const base = (2 | (slot & 1)) << bits;
    if (slot < lzma.ALIGNED_SLOT) {
      coder.reverseTree(MODEL.POS_SPECIAL + base - slot, bits, distance - base);
    } else {
      coder.direct((distance - base) >>> 4, bits - 4);
      coder.reverseTree(MODEL.ALIGN, 4, distance & 15);
    }
  }

  private encodeLength(models: number, length: number): void {
    const { coder } = this;
    coder.bit(models, length < 10 ? 0 : 1);
    if (length < 10) {
      coder.tree(models + LENGTH.LOW - 1, 3, length - 2);
      return;
    }
    coder.bit(models + 1, length < 18 ? 0 : 1);
    if (length < 18) coder.tree(models + LENGTH.MIDDLE - 1, 3, length - 10);
    else coder.tree(models + LENGTH.HIGH - 1, 8, length - 18);
  }
}

function stateAfter(state: number, symbol: number, length: number): number {
  if (symbol === LITERAL) return lzma.stateAfterLiteral(state);
  if (symbol >= FIRST_DISTANCE) return lzma.stateAfterMatch(state);
  return length === 1 ? lzma.stateAfterShortRep(state) : lzma.stateAfterRep(state);
}

/** Moves the distance of a symbol to the front. */
function moveReps(reps: Int32Array, symbol: number): void {
  if (symbol === LITERAL) return;
  const isNew = symbol >= FIRST_DISTANCE;
  const distance = isNew ? symbol - FIRST_DISTANCE : reps[symbol]!;
  for (let index = isNew ? 3 : symbol; index > 0; index--) reps[index] = reps[index - 1]!;
  reps[0] = distance;
}

/** Bits of the byte before that are tried: which is best, only trying tells. */
const CONTEXT_BITS = [3, 4] as const;

/** @returns The same bytes for the same input, on every machine; `decodeLzma` undoes it. */
export function encodeLzma(bytes: Uint8Array): Uint8Array {
  const packed = CONTEXT_BITS.map((bits) => [bits, new Encoder(bytes, bits).encode()] as const);
  const [bits, best] = packed.reduce((a, b) => (b[1].length < a[1].length ? b : a));
  const bytesWithHeader = new Uint8Array(1 + best.length);
  bytesWithHeader[0] = bits;
  bytesWithHeader.set(best, 1);
  return bytesWithHeader;
}
