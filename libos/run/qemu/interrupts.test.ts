import t from "tap";
import { Interrupts } from "./interrupts.ts";

/** Notes what becomes of signals; time stands until it is told to go on. */
function setUp() {
  const log: string[] = [];
  let nowMs = 1000;
  const jobs: { readonly atMs: number; readonly job: () => void }[] = [];
  const interrupts = new Interrupts(
    { ask: (signal) => log.push(signal), stop: () => log.push("off") },
    { nowMs: () => nowMs, after: (ms, job) => jobs.push({ atMs: nowMs + ms, job }) },
  );
  const pass = (ms: number): void => {
    nowMs += ms;
    for (const { atMs, job } of jobs) if (atMs <= nowMs) job();
  };
  return { log, interrupts, pass };
}

t.test("an image that listens is asked at once, and switched off the second time", (t) => {
  const { log, interrupts, pass } = setUp();
  interrupts.ready();
  t.equal(interrupts.signal("SIGINT"), true);
  t.same(log, ["SIGINT"]);
  pass(60_000);
  t.same(log, ["SIGINT"], "an image that listens may take its time");
  t.equal(interrupts.signal("SIGINT"), false);
  t.same(log, ["SIGINT", "off"]);
  t.ok(interrupts.wasStopped);
  t.end();
});

t.test("a signal waits for an image that does not listen yet", (t) => {
  const { log, interrupts, pass } = setUp();
  t.equal(interrupts.signal("SIGTERM"), true);
  t.same(log, []);
  interrupts.ready();
  t.same(log, ["SIGTERM"]);
  pass(60_000);
  t.same(log, ["SIGTERM"]);
  t.notOk(interrupts.wasStopped);
  t.end();
});

t.test("an image that never begins is switched off", (t) => {
  const { log, interrupts, pass } = setUp();
  pass(60_000);
  interrupts.signal("SIGINT");
  pass(60_000);
  t.same(log, ["off"]);
  t.ok(interrupts.wasStopped);
  t.end();
});

t.test("the same signal twice at once is one", (t) => {
  const { log, interrupts, pass } = setUp();
  interrupts.ready();
  interrupts.signal("SIGINT");
  pass(10);
  t.equal(interrupts.signal("SIGINT"), false);
  t.same(log, ["SIGINT"]);
  t.end();
});

t.test("a machine that starts again listens anew, and ends where that was wanted", (t) => {
  const { log, interrupts } = setUp();
  interrupts.ready();
  interrupts.restarted();
  interrupts.signal("SIGINT");
  t.same(log, []);
  interrupts.ready();
  t.same(log, ["SIGINT"]);
  interrupts.restarted();
  t.same(log, ["SIGINT", "off"]);
  t.end();
});
