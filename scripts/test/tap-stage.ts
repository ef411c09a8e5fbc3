/** A stage that is a test runner which speaks TAP: tap itself, or Deno's. */
import { runCommand } from "./run-command.ts";
import { TapCounter } from "./tap-counter.ts";
import type { Tally } from "./tally.ts";

/** Without a word from the runner for so long, a line says that it is still at work. */
const QUIET_MS = 15_000;

/**
 * Runs a test runner, prints a line for each test file as it ends, and counts its tests.
 *
 * @param name The stage, as the report names it.
 * @param command The runner and its arguments; it prints TAP.
 */
export async function runTap(
  name: string,
  command: readonly string[],
  tally: Tally,
): Promise<void> {
  console.log(`---- ${name}`);
  const started = performance.now();
  const seconds = (): string => ((performance.now() - started) / 1000).toFixed(0);
  const before = { failed: tally.failed, tests: tally.passed + tally.failed + tally.skipped };
  let lastLineAt = performance.now();
  const counter = new TapCounter(tally, (file) => {
    lastLineAt = performance.now();
    const skipped = file.skipped > 0 ? `, ${file.skipped} skipped` : "";
    const counts = `${file.passed + file.failed} tests${skipped}`;
    console.log(`${file.ok ? "ok  " : "FAIL"} ${file.name} (${counts}, ${file.ms} ms)`);
  });
  const heartbeat = setInterval(() => {
    if (performance.now() - lastLineAt < QUIET_MS) return;
    lastLineAt = performance.now();
    console.log(`     still running after ${seconds()} s`);
  }, 1000);
  const end = await runCommand(command, (line) => counter.line(line));
  clearInterval(heartbeat);
  counter.end();
  const tests = tally.passed + tally.failed + tally.skipped - before.tests;
  if (!end.ok && tally.failed === before.failed) {
    tally.fail({ where: `${name}: ${command.join(" ")}`, details: [`ended with ${end.how}`] });
  } else if (tests === 0) {
    tally.fail({ where: `${name}: ${command.join(" ")}`, details: ["ran no test"] });
  }
  console.log(`---- ${name}: ${tests} in ${seconds()} s`);
}
