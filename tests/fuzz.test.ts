/** A short run of every fuzz target; `npm run fuzz` is the long one. */
import t from "tap";
import type { FuzzTarget } from "../components/testing/fuzz.ts";
import { makeInput } from "./fuzz/mutate.ts";
import { failureLines, fuzzTarget } from "./fuzz/run.ts";
import { findTargets } from "./fuzz/targets.ts";

const RANGE = { seed: 1, firstIndex: 0, inputCount: 2000 };

for (const target of await findTargets()) {
  t.test(`${target.name} takes any bytes`, async (t) => {
    const failure = fuzzTarget(target, RANGE);
    if (failure === undefined) t.pass(`${RANGE.inputCount} inputs`);
    else t.fail(failureLines(failure).join("\n"));
  });
}

t.test("a parser that trusts a length in its input is found out", async (t) => {
  const trusting: FuzzTarget = {
    name: "planted",
    seeds: [Uint8Array.of(2, 10, 20)],
    run(bytes) {
      const length = bytes[0] ?? 0;
      for (let at = 1; at <= length; at++) {
        if (bytes[at] === undefined) throw new RangeError(`no byte ${at}`);
      }
    },
  };
  const failure = fuzzTarget(trusting, RANGE);
  t.match(failure?.why, /no byte/);
  t.same(makeInput(trusting, RANGE.seed, failure?.index ?? 0), failure?.input, "made again alike");
  t.match(failureLines(failure!).join("\n"), /--only "planted" --seed 1 --first \d+ --inputs 1/);
});
