/**
 * `npm run bench`: measures libos beside its peers, in turns on the same machine in the same run, and
 * prints ratios with their spread. bench/README.md says what each row means.
 */
import { writeFileSync } from "node:fs";
import { USAGE, parseBenchArguments } from "./harness/arguments.ts";
import { describeMachine } from "./harness/machine.ts";
import { runSuite } from "./harness/suite-process.ts";
import { reportJson, tableLines, type Skip, type SuiteRow } from "./harness/table.ts";
import { SUITES } from "./suites.ts";

const parsed = parseBenchArguments(process.argv.slice(2));
if (typeof parsed === "string") {
  console.error(`${parsed}\n\n${USAGE}`);
  process.exit(2);
}
if (parsed.help) {
  console.log(USAGE);
  process.exit(0);
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

for (const { name: suite } of SUITES) {
  const failure = await runSuite({ suite, quick: parsed.quick, only: parsed.only }, (message) => {
    if (message.kind === "progress") progress(`${suite}: ${message.line}`);
    else if (message.kind === "rows") rows.push(...message.rows.map((row) => ({ suite, ...row })));
    else {
      skips.push({ suite, what: message.what, reason: message.reason });
      progress(`${suite}: not measured: ${message.what}: ${message.reason}`);
    }
  });
  if (failure === undefined) continue;
  skips.push({ suite, what: "(the rest of the suite)", reason: failure });
  process.exitCode = 1;
}

const report = { machine, startedAt: startedAt.toISOString(), quick: parsed.quick, rows, skips };
if (parsed.json === "-") {
  console.log(reportJson(report));
} else {
  for (const line of tableLines(report)) console.log(line);
  if (parsed.json !== undefined) {
    writeFileSync(parsed.json, `${reportJson(report)}\n`);
    console.log(`written: ${parsed.json}`);
  }
}
if (rows.length === 0 && parsed.only.length > 0) {
  console.error(`nothing has ${parsed.only.join(" or ")} in its name`);
  process.exitCode = 2;
}
