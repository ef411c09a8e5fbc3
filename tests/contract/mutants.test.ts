import t from "tap";
import type { ContractHarness } from "./harness.ts";
import { MUTANTS, mutate } from "./mutants.ts";
import { simHarness } from "./sim-harness.ts";
import { halContract } from "./suite.ts";

/** What no mutant breaks: it shows that a mutant is not simply broken as a whole. */
const UNTOUCHED = "the region lies in the slab";

/** Runs the tests whose name has `part` in it. @returns How many there were, and how many failed. */
async function run(harness: ContractHarness, part: string): Promise<[number, number]> {
  const tests: (() => Promise<void>)[] = [];
  halContract(harness, (name, test) => {
    if (name.includes(part)) tests.push(test);
  });
  let failed = 0;
  for (const test of tests) await test().catch(() => failed++);
  return [tests.length, failed];
}

for (const mutant of MUTANTS) {
  t.test(`the suite finds ${mutant.name}`, async (t) => {
    const harness = mutate(simHarness, mutant);
    const [count, failed] = await run(harness, mutant.caughtBy);
    t.ok(failed > 0, `"${mutant.caughtBy}" fails (one of ${count})`);
    t.strictSame(await run(harness, UNTOUCHED), [1, 0], "and the system as such works");
    const [, failedUnspoiled] = await run(simHarness, mutant.caughtBy);
    t.equal(failedUnspoiled, 0, "and passes without the defect");
  });
}
