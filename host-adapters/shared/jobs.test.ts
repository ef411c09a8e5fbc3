import t from "tap";
import { createImmediateSchedule, createJobQueue } from "./jobs.ts";

t.test("a queue runs jobs in order, and those that jobs add", async (t) => {
  const queue = createJobQueue();
  const seen: string[] = [];
  queue.schedule(() => {
    seen.push("a");
    queue.schedule(() => seen.push("c"));
  });
  queue.schedule(() => seen.push("b"));
  t.equal(queue.size, 2);
  t.equal(queue.run(), 3);
  t.strictSame(seen, ["a", "b", "c"]);
  t.notOk(queue.runOne());
});

t.test("a queue stops at the given number of jobs", async (t) => {
  const queue = createJobQueue();
  const again = (): void => queue.schedule(again);
  again();
  t.equal(queue.run(100), 100);
  t.equal(queue.size, 1);
});

t.test("immediate jobs run on an empty stack, with promise reactions drained", async (t) => {
  const schedule = createImmediateSchedule(setImmediate);
  let isRunning = false;
  let reactions = 0;
  let jobs = 0;
  await new Promise<void>((resolve) => {
    const job = (): void => {
      if (isRunning) t.fail("inside another job");
      if (reactions !== 2 * jobs) t.fail(`${reactions} reactions before job ${jobs}`);
      isRunning = true;
      jobs++;
      void Promise.resolve().then(() => reactions++);
      process.nextTick(() => reactions++);
      if (jobs < 300) schedule(job);
      if (jobs === 100) schedule(job);
      if (jobs >= 301) resolve();
      isRunning = false;
    };
    schedule(job);
  });
  t.equal(jobs, 301);
});

t.test("a chain of jobs leaves the host's own events their turn", async (t) => {
  const schedule = createImmediateSchedule(setImmediate);
  let isDone = false;
  let jobs = 0;
  const job = (): void => {
    jobs++;
    if (!isDone) schedule(job);
  };
  schedule(job);
  await new Promise<void>((resolve) => setTimeout(resolve, 5));
  isDone = true;
  t.ok(jobs > 0);
});

t.test("a chain of jobs needs few passes of the event loop", async (t) => {
  let immediates: (() => void)[] = [];
  const schedule = createImmediateSchedule((callback) => immediates.push(callback));
  let jobs = 0;
  const job = (): void => {
    jobs++;
    if (jobs < 1000) schedule(job);
  };
  schedule(job);
  let passes = 0;
  while (immediates.length > 0) {
    const pass = immediates;
    immediates = [];
    passes++;
    for (const immediate of pass) immediate();
  }
  t.equal(jobs, 1000);
  t.ok(passes < 50, `${passes} passes`);
});

t.test("a job that throws does not take the others with it", async (t) => {
  let immediates: (() => void)[] = [];
  const schedule = createImmediateSchedule((callback) => immediates.push(callback));
  let ran = 0;
  schedule(() => {
    throw new Error("broken");
  });
  schedule(() => ran++);
  schedule(() => ran++);
  let thrown = 0;
  while (immediates.length > 0) {
    const pass = immediates;
    immediates = [];
    for (const immediate of pass) {
      try {
        immediate();
      } catch {
        thrown++;
      }
    }
  }
  t.equal(thrown, 1);
  t.equal(ran, 2);
});
