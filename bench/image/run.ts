/**
 * `npm run bench:image`: measures our images beside Debian's cloud kernel with Node, in turns in the
 * same QEMU, and prints ratios with their spread. README.md says what each row means.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseBenchArguments } from "../harness/arguments.ts";
import { describeMachine } from "../harness/machine.ts";
import type { SuiteMessage } from "../harness/mod.ts";
import { reportJson, tableLines, type Skip, type SuiteRow } from "../harness/table.ts";
import { runInNamespace } from "./namespace.ts";
import type { Plan } from "./plan.ts";
import { prepare, problemOf } from "./prepare.ts";

const USAGE = `usage: npm run bench:image -- [--quick] [--only NAME]… [--json [FILE]]

Measures images of libos beside Debian's cloud kernel with Node, in QEMU, and prints the ratios.

  --quick        short rounds, to see that everything works
  --only NAME    only rows with NAME in their name: start, "http, 16"; may be given again
  --json [FILE]  the result as JSON, to FILE or to standard output
  --help         this text

example: npm run bench:image -- --quick --only http`;

const SUITE = "image";
const INSIDE = fileURLToPath(new URL("./inside.ts", import.meta.url));

const parsed = parseBenchArguments(process.argv.slice(2));
if (typeof parsed === "string") {
  console.error(`${parsed}\n\n${USAGE}`);
  process.exit(2);
}
if (parsed.help) {
  console.log(USAGE);
  process.exit(0);
}
const problem = problemOf();
if (problem !== undefined) {
  console.error(`bench:image: ${problem}`);
  process.exit(1);
}

const machine = describeMachine();
const startedAt = new Date();
const rows: SuiteRow[] = [];
const skips: Skip[] = [];

/** Progress goes to standard error, for standard output may be JSON. */
function progress(line: string): void {
  const seconds = Math.round((Date.now() - startedAt.getTime()) / 1000);
  console.error(`[${String(seconds).padStart(4)} s] ${line}`);
}

function skip(what: string, reason: string): void {
  skips.push({ suite: SUITE, what, reason });
  progress(`not measured: ${what}: ${reason}`);
}

/** Runs the rows in a network namespace, from which nothing could be fetched. */
async function measure(plan: Plan): Promise<void> {
  const planPath = join(plan.folder, `plan-${process.pid}.json`);
  writeFileSync(planPath, JSON.stringify(plan));
  const code = await runInNamespace<SuiteMessage>(INSIDE, [planPath], (message) => {
    if (message.kind === "progress") progress(message.line);
    else if (message.kind === "skip") skip(message.what, message.reason);
    else rows.push(...message.rows.map((row) => ({ suite: SUITE, ...row })));
  });
  if (code === 0) return;
  process.exitCode = 1;
  if (skips.length === 0) skip("the rows", `their process ended with ${String(code)}`);
}

await measure(await prepare({ quick: parsed.quick, only: parsed.only }, progress, skip));

const report = { machine, startedAt: startedAt.toISOString(), quick: parsed.quick, rows, skips };
if (parsed.json === "-") {
  console.log(reportJson(report));
} else {
  for (const line of tableLines(report)) console.log(line);
  if (parsed.json !== undefined) writeFileSync(parsed.json, `${reportJson(report)}\n`);
}
if (rows.length === 0 && parsed.only.length > 0) {
  console.error(`nothing has ${parsed.only.join(" or ")} in its name`);
  process.exitCode = 2;
}
