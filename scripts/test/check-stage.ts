/** A stage that is one program and passes or fails as a whole. */
import { runCommand } from "./run-command.ts";
import type { Tally } from "./tally.ts";

/** Failures beyond this many lines repeat themselves. */
const DETAIL_LINES_MAX = 60;
/** So often a line says that the program is still at work. */
const QUIET_MS = 15_000;

/**
 * Runs a checking program and counts it as one test.
 *
 * @param name What it checks, as the report names it.
 * @param command The program and its arguments.
 */
export async function runCheck(
  name: string,
  command: readonly string[],
  tally: Tally,
): Promise<void> {
  const started = performance.now();
  const lines: string[] = [];
  const seconds = (digits: number): string =>
    ((performance.now() - started) / 1000).toFixed(digits);
  const heartbeat = setInterval(() => {
    console.log(`     ${name}: still running after ${seconds(0)} s`);
  }, QUIET_MS);
  const end = await runCommand(command, (line) => lines.push(line), { mergeStderr: true });
  clearInterval(heartbeat);
  console.log(`${end.ok ? "ok  " : "FAIL"} ${name} (${seconds(1)} s)`);
  if (end.ok) {
    tally.pass();
    return;
  }
  const details = lines.slice(0, DETAIL_LINES_MAX);
  if (lines.length > DETAIL_LINES_MAX) {
    details.push(`… ${lines.length - DETAIL_LINES_MAX} more lines: ${command.join(" ")}`);
  }
  tally.fail({ where: `${name} (${end.how})`, details });
}
