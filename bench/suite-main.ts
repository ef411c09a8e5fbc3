/** The process of one suite; see harness/suite-process.ts. */
import { SUITES } from "./suites.ts";
import type { BenchContext } from "./harness/compare.ts";
import type { SuiteMessage, SuiteOrder } from "./harness/suite-process.ts";

const ROUNDS = { quick: 3, full: 7 };
const SECONDS_PER_ROUND = { quick: 0.2, full: 1 };

const order = JSON.parse(process.argv[2] ?? "") as SuiteOrder;
const suite = SUITES.find((candidate) => candidate.name === order.suite);
if (suite === undefined) throw new Error(`no suite ${order.suite}`);

function tell(message: SuiteMessage): void {
  process.send?.(message);
}

/** `--only` names a suite or a part of a row's name. */
function wants(rowName: string): boolean {
  const words = order.only.filter((word) => word !== order.suite);
  if (words.length < order.only.length || order.only.length === 0) return true;
  return words.some((word) => rowName.includes(word));
}

const context: BenchContext = {
  quick: order.quick,
  rounds: order.quick ? ROUNDS.quick : ROUNDS.full,
  secondsPerRound: order.quick ? SECONDS_PER_ROUND.quick : SECONDS_PER_ROUND.full,
  wants,
  progress: (line) => tell({ kind: "progress", line }),
  skip: (what, reason) => tell({ kind: "skip", what, reason }),
};

const run = await suite.load();
const rows = await run(context);
const message: SuiteMessage = { kind: "rows", rows: rows.filter((row) => wants(row.name)) };
// A suite may leave a server or a timer behind; the rows are all that is wanted of it.
if (process.send === undefined) console.log(JSON.stringify(message));
else process.send(message, () => process.exit(0));
