/** A stage that is one program and passes or fails as a whole. */
import { runCommand } from "./run-command.ts";
import type { Tally } from "./tally.ts";

/** Failures beyond this many lines repeat themselves. */
const DETAIL_LINES_MAX = 60;

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
  const end = await runCommand(command, (line) => lines.push(line), { mergeStderr: true });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${end.ok ? "ok  " : "FAIL"} ${name} (${seconds} s)`);
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
