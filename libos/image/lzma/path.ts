/** The cheapest ways to each position of a stretch, as the parser finds them. */
import { LENGTH_MAX } from "./models.ts";

/** Positions of one stretch. */
export const STRETCH = 4096;
const COUNT = STRETCH + 2 * LENGTH_MAX + 2;
const FAR: number = 2 ** 30;

/** What leads to a node: a literal, a repeated distance (0 to 3), or a distance counted from 0 plus 4. */
export const LITERAL = -1;
export const FIRST_DISTANCE = 4;

/** One array for each field of a node, for they are many and short-lived. */
export class Path {
  readonly costs: Int32Array = new Int32Array(COUNT);
  readonly states: Uint8Array = new Uint8Array(COUNT);
  /** Four for each node. */
  readonly reps: Int32Array = new Int32Array(4 * COUNT);
  /** The node before. */
  readonly from: Int32Array = new Int32Array(COUNT);
  /** The first symbol on the way from there. */
  readonly symbols: Int32Array = new Int32Array(COUNT);
  readonly lengths: Int32Array = new Int32Array(COUNT);
  /** Behind it a literal, and so many bytes from the same distance; 0: neither. */
  readonly tails: Int32Array = new Int32Array(COUNT);
  /** The last node that something leads to. */
  end = 0;

  start(state: number, reps: ArrayLike<number>): void {
    this.end = 0;
    this.costs[0] = 0;
    this.states[0] = state;
    this.reps.set(reps, 0);
  }

  /** Keeps a way if it is the cheapest. */
  offer(from: number, cost: number, symbol: number, length: number, tail: number): void {
    const to = from + length + (tail === 0 ? 0 : tail + 1);
    while (this.end < to) this.costs[++this.end] = FAR;
    if (cost >= this.costs[to]!) return;
    this.costs[to] = cost;
    this.from[to] = from;
    this.symbols[to] = symbol;
    this.lengths[to] = length;
    this.tails[to] = tail;
  }

  /** @returns The nodes on the way to `node`, first to last, without the start. */
  trace(node: number): number[] {
    const nodes: number[] = [];
    for (let at = node; at > 0; at = this.from[at]!) nodes.push(at);
    return nodes.toReversed();
  }
}
