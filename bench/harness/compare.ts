/** Measures libos and a peer in turns, so that the noise of the machine hits both. */
import type { BenchRow } from "./row.ts";

/** What a suite is given. */
export interface BenchContext {
  /** A short run, to see that everything works: its figures are rough. */
  readonly quick: boolean;
  /** How many times each side is measured. */
  readonly rounds: number;
  /** How long one measurement takes. */
  readonly secondsPerRound: number;
  /** @returns Whether the person asked for this row (`--only`); measuring others is wasted time. */
  wants(rowName: string): boolean;
  /** Tells what is being done, at once. */
  progress(line: string): void;
  /** Tells that something is not measured, and why: a peer is not installed. */
  skip(what: string, reason: string): void;
}

/** A suite measures some rows and returns those that the context wants. */
export type BenchSuite = (context: BenchContext) => Promise<BenchRow[]>;

/** Works for about `seconds` and returns one figure in the row's unit. */
export type Measure = (seconds: number) => number | Promise<number>;

/** What `compare` measures. */
export interface Comparison {
  readonly name: string;
  readonly unit: string;
  readonly better?: "higher" | "lower";
  readonly ours: Measure;
  readonly peer: string;
  readonly theirs: Measure;
}

/** The compilers of both sides are to be done when the first round begins. */
const WARM_UP_ROUNDS = 1;

/**
 * Measures both sides of a comparison: ours, theirs, ours, theirs …
 *
 * Each side is warmed up by one measurement that does not count.
 *
 * @returns The row, in an array so that a suite can spread it; nothing when the context does not want it.
 */
export async function compare(context: BenchContext, what: Comparison): Promise<BenchRow[]> {
  if (!context.wants(what.name)) return [];
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = -WARM_UP_ROUNDS; round < context.rounds; round++) {
    const label = round < 0 ? "warm-up" : `round ${round + 1} of ${context.rounds}`;
    const left = await what.ours(context.secondsPerRound);
    const right = await what.theirs(context.secondsPerRound);
    context.progress(
      `${what.name} against ${what.peer}, ${label}: ` +
        `${left.toPrecision(3)} and ${right.toPrecision(3)} ${what.unit}`,
    );
    if (round < 0) continue;
    ours.push(left);
    theirs.push(right);
  }
  const { name, unit, better, peer } = what;
  return [{ name, unit, ours, peer, theirs, ...(better === undefined ? {} : { better }) }];
}
