/** What a benchmark says, and the figures that are drawn from it. */

/** One comparison: the same work by libos and by a peer, measured in turns. */
export interface BenchRow {
  /** What is measured, unique together with `peer`: `bulk-mtu1500`, `read 4 KiB`. */
  readonly name: string;
  /** The unit of every figure: `Gbit/s`, `round trips/s`, `ops/s`, `ms`. */
  readonly unit: string;
  /** One figure of libos per round. */
  readonly ours: readonly number[];
  /** Against whom: `smoltcp`, `memfs`. */
  readonly peer: string;
  /** One figure of the peer per round, each measured right after that of libos. */
  readonly theirs: readonly number[];
  /** Which way is better; `higher` unless told. */
  readonly better?: "higher" | "lower";
}

/** A middle figure with the spread about it. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** A row with what is computed from its figures. */
export interface RowSummary {
  readonly ours: Spread;
  readonly theirs: Spread;
  /**
   * How good libos is beside the peer: above 1 is better, whichever way the unit counts. The median is
   * the ratio of the two medians; minimum and maximum are those of the rounds, each of which ran both
   * sides one after the other and so under much the same noise.
   */
  readonly ratio: Spread;
}

/** @returns The median of at least one figure; between the two middle ones when they are two. */
export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) throw new RangeError("the median of no figures");
  return sorted.length % 2 === 1 ? upper : (sorted[middle - 1]! + upper) / 2;
}

/** @returns Median, minimum and maximum of at least one figure. */
export function spread(figures: readonly number[]): Spread {
  return { median: median(figures), min: Math.min(...figures), max: Math.max(...figures) };
}

/** @returns The figures that the table and the JSON show for a row. */
export function summarize(row: BenchRow): RowSummary {
  const lowerIsBetter = row.better === "lower";
  const ratioOf = (ours: number, theirs: number): number =>
    lowerIsBetter ? theirs / ours : ours / theirs;
  const ours = spread(row.ours);
  const theirs = spread(row.theirs);
  const rounds = Math.min(row.ours.length, row.theirs.length);
  const ratios = Array.from({ length: rounds }, (_, round) =>
    ratioOf(row.ours[round]!, row.theirs[round]!),
  );
  return {
    ours,
    theirs,
    ratio: { ...spread(ratios), median: ratioOf(ours.median, theirs.median) },
  };
}
