/** The part of the benchmark that runs inside of the network namespace; `run.ts` starts it. */
import { readFileSync } from "node:fs";
import type { BenchContext, SuiteMessage } from "../harness/mod.ts";
import { makeLinks } from "./network.ts";
import type { Plan } from "./plan.ts";
import { GROUPS } from "./rows/all.ts";

const ROUNDS = { quick: 2, full: 5 };
const SECONDS_PER_ROUND = { quick: 1, full: 3 };

const plan = JSON.parse(readFileSync(process.argv[2]!, "utf8")) as Plan;

function tell(message: SuiteMessage): void {
  process.send?.(message);
}

const context: BenchContext = {
  quick: plan.quick,
  rounds: plan.quick ? ROUNDS.quick : ROUNDS.full,
  secondsPerRound: plan.quick ? SECONDS_PER_ROUND.quick : SECONDS_PER_ROUND.full,
  wants: (name) => plan.only.length === 0 || plan.only.some((word) => name.includes(word)),
  progress: (line) => tell({ kind: "progress", line }),
  skip: (what, reason) => tell({ kind: "skip", what, reason }),
};

await makeLinks();
for (const { name, bench } of GROUPS) {
  try {
    tell({ kind: "rows", rows: await bench(plan, context) });
  } catch (error) {
    // One side that fails is told, and the other groups are measured all the same.
    tell({
      kind: "skip",
      what: name,
      reason: error instanceof Error ? error.message : String(error),
    });
    process.exitCode = 1;
  }
}
process.disconnect?.();
