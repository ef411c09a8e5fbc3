/** Handlers of interrupts, over a kernel that is played here. */
import t from "tap";
import { Jobs } from "./jobs.ts";
import type { NativeMachine } from "./native.ts";

interface Played {
  readonly jobs: Jobs;
  readonly served: number[];
  readonly ready: number[];
  /** As the kernel's turn: until there is something to wait for. */
  run(): void;
}

function play(): Played {
  let poll = (): number => Infinity;
  const served: number[] = [];
  const ready: number[] = [];
  const native = {
    onPoll: (given: () => number) => {
      poll = given;
    },
    clock: { nowUs: () => 0 },
    interrupts: {
      takeReady: () => ready.shift() ?? -1,
      served: (source: number) => served.push(source),
    },
  } as unknown as NativeMachine;
  const jobs = new Jobs(native);
  return {
    jobs,
    served,
    ready,
    run(): void {
      while (poll() === 0);
    },
  };
}

t.test("devices on one line are called each in a job, and then the line opens", async (t) => {
  const { jobs, served, ready, run } = play();
  const calls: string[] = [];
  for (const name of ["a", "b", "c"]) {
    jobs.onSource(3, () => {
      calls.push(`${name} ${served.length}`);
      jobs.post(() => calls.push(`job of ${name}`));
    });
  }
  jobs.onSource(4, () => calls.push("other"));
  ready.push(3, 4);
  run();
  t.same(
    calls.filter((call) => !call.startsWith("job")),
    ["a 0", "b 0", "c 0", "other"],
  );
  t.ok(calls.indexOf("job of a") < calls.indexOf("c 0"), "jobs are not held up by a long line");
  t.same(served, [3, 4]);
  ready.push(3);
  run();
  t.same(served, [3, 4, 3]);
});

t.test("a source without a handler is served", async (t) => {
  const { served, ready, run } = play();
  ready.push(7);
  run();
  t.same(served, [7]);
});

t.test("closing in a handler ends the line's others", async (t) => {
  const { jobs, served, ready, run } = play();
  let calls = 0;
  jobs.onSource(1, () => {
    calls++;
    jobs.close();
  });
  jobs.onSource(1, () => calls++);
  ready.push(1);
  run();
  t.equal(calls, 1);
  t.same(served, [1]);
});

t.test("handlers of one source have a bound", async (t) => {
  const { jobs } = play();
  for (let count = 0; count < 32; count++) jobs.onSource(1, () => {});
  t.throws(() => jobs.onSource(1, () => {}), RangeError);
});
