/** What is said when connections are closed for want of memory. */
import t from "tap";
import { createLog, formatEntry } from "../../components/log/mod.ts";
import type { Core } from "./core.ts";
import { reportEvictions } from "./eviction-report.ts";

t.test("the first connection is told at once, and then their number, seldom", async (t) => {
  let nowUs = 1_000_000;
  const log = createLog({ nowUs: () => nowUs });
  const lines: string[] = [];
  log.attach((entry) => lines.push(formatEntry(entry)), "warning");
  const report = reportEvictions({ log, kernel: { nowUs: () => nowUs } as Core["kernel"] });
  for (let total = 1; total <= 600; total++) {
    report(total);
    nowUs += 20_000;
  }
  t.equal(lines.length, 3);
  t.match(lines[0], /warning tcp: memory is full: connections are closed .* closedSoFar=1$/);
  t.match(lines[1], /closedSoFar=251$/);
  t.match(lines[2], /closedSoFar=501$/);
});
