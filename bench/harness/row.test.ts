import t from "tap";
import { compare, type BenchContext } from "./compare.ts";
import { median, summarize } from "./row.ts";

function context(wanted: boolean): BenchContext {
  return {
    quick: true,
    rounds: 3,
    secondsPerRound: 0.1,
    wants: () => wanted,
    progress: () => {},
    skip: () => {},
  };
}

t.test("the median of an even number of figures lies between the middle two", async (t) => {
  t.equal(median([5]), 5);
  t.equal(median([3, 1, 2]), 2);
  t.equal(median([4, 1, 3, 2]), 2.5);
  t.throws(() => median([]), RangeError);
});

t.test("a ratio is that of the medians, and its spread that of the rounds", async (t) => {
  const row = { name: "x", unit: "ops/s", peer: "y", ours: [10, 20, 60], theirs: [10, 10, 20] };
  t.same(summarize(row).ratio, { median: 2, min: 1, max: 3 });
});

t.test("where less is better, a ratio above 1 still means that libos is better", async (t) => {
  const row = {
    name: "x",
    unit: "ms",
    peer: "y",
    ours: [1],
    theirs: [4],
    better: "lower",
  } as const;
  t.equal(summarize(row).ratio.median, 4);
});

t.test("both sides are measured in turns, and the first turn of each does not count", async (t) => {
  const turns: string[] = [];
  const side = (name: string) => (): number => turns.push(name);
  const rows = await compare(context(true), {
    name: "x",
    unit: "ops/s",
    ours: side("ours"),
    peer: "them",
    theirs: side("theirs"),
  });
  t.same(turns.join(" "), "ours theirs ours theirs ours theirs ours theirs");
  t.same(rows, [{ name: "x", unit: "ops/s", peer: "them", ours: [3, 5, 7], theirs: [4, 6, 8] }]);
});

t.test("what nobody asked for is not measured", async (t) => {
  const fail = (): number => t.fail("measured") as unknown as number;
  const what = { name: "x", unit: "ops/s", peer: "them", ours: fail, theirs: fail };
  t.same(await compare(context(false), what), []);
});
