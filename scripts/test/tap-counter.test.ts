import t from "tap";
import { TapCounter, type FinishedFile } from "./tap-counter.ts";
import { Tally } from "./tally.ts";

function count(stream: string): { tally: Tally; files: FinishedFile[] } {
  const tally = new Tally();
  const files: FinishedFile[] = [];
  const counter = new TapCounter(tally, (file) => files.push(file));
  for (const line of stream.split("\n")) counter.line(line);
  counter.end();
  return { tally, files };
}

/** What tap 21 prints: assertions in tests in files. */
const STREAM = `TAP version 14
1..3
# Subtest: a.test.ts
    # Subtest: passes
        ok 1 - equal
        ok 2 - fine \\# 1
        1..2
    ok 1 - passes # time=4.4ms

    # Subtest: group
        # Subtest: fails
            not ok 1 - one is two
              ---
              source: |
                ok 1 - this line is no result
              diff: |
                -2
                +1
              ...
            1..1
        not ok 1 - fails # time=1ms
        # Subtest: is fine
            ok 1 - yes
        ok 2 - is fine
        1..2
    not ok 2 - group # time=2ms
    ok 3 - needs a tool # SKIP no curl
    1..3
not ok 1 - a.test.ts # time=69.7ms
# Subtest: b.test.ts
    1..0 # no browser
ok 2 - b.test.ts # SKIP no browser
# Subtest: c.test.ts
    1..0 # no tests found
not ok 3 - c.test.ts # time=9ms
`;

t.test("tests are counted, and neither files, groups nor assertions", async (t) => {
  const { tally, files } = count(STREAM);
  t.equal(tally.summary(), "2 passed, 2 failed, 2 skipped");
  t.same(files, [
    { name: "a.test.ts", ok: false, passed: 2, failed: 1, skipped: 1, ms: 70 },
    { name: "b.test.ts", ok: true, passed: 0, failed: 0, skipped: 1, ms: 0 },
    { name: "c.test.ts", ok: false, passed: 0, failed: 1, skipped: 0, ms: 9 },
  ]);
});

t.test("the report names what failed with its details, and why a test was skipped", async (t) => {
  const report = count(STREAM).tally.report();
  t.ok(report.includes("skipped: a.test.ts > needs a tool (no curl)"));
  t.ok(report.includes("skipped: b.test.ts (no browser)"));
  t.ok(report.includes("FAILED: a.test.ts > group > fails"));
  t.ok(report.includes("  not ok: one is two"));
  t.ok(report.includes("    +1"));
  t.ok(report.includes("FAILED: c.test.ts"), "a file that cannot be loaded is a failure");
});

t.test("a stream that breaks off is a failure", async (t) => {
  const { tally } = count("# Subtest: a.test.ts\n    # Subtest: x\n        ok 1 - y");
  t.equal(tally.summary(), "0 passed, 1 failed, 0 skipped");
});

t.test("bare results, as Deno prints them, are tests", async (t) => {
  const { tally } = count("ok 1 - a\nnot ok 2 - b\n  ---\n  why\n  ...\nok 3 - c # SKIP\n1..3");
  t.equal(tally.summary(), "1 passed, 1 failed, 1 skipped");
  t.ok(tally.report().includes("  why"));
});
