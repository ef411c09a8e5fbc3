import t from "tap";
import { createKernel } from "./kernel.ts";
import { CancelledError } from "./tasks.ts";
import { createFakeHal } from "./testing/fake-hal.ts";

function setUp() {
  const fake = createFakeHal();
  return { fake, root: createKernel(fake.hal).tasks };
}

t.test("a task ends after its children", async (t) => {
  const { root } = setUp();
  let release = (): void => {};
  const task = root.spawn("parent", (parent) => {
    parent.spawn("child", () => new Promise((resolve) => (release = resolve)));
  });
  await Promise.resolve();
  t.equal(task.state, "running");
  release();
  t.equal(await task.ended, "done");
  t.notOk([...root.children].includes(task));
});

t.test("cancelling a task cancels what is below it and rejects its waits", async (t) => {
  const { root } = setUp();
  let reason: unknown;
  const task = root.spawn("parent", async (parent) => {
    parent.spawn("child", (child) =>
      child.sleep(1e6).catch((error: unknown) => {
        reason = error;
      }),
    );
    await parent.sleep(1e6);
  });
  task.cancel();
  t.equal(await task.ended, "cancelled");
  t.ok(reason instanceof CancelledError);
});

t.test("sleep lasts as long as it says, in the kernel's time", async (t) => {
  const { fake, root } = setUp();
  let isOver = false;
  const task = root.spawn("sleeper", async (self) => {
    await self.sleep(5000);
    isOver = true;
  });
  fake.advance(4999);
  await Promise.resolve();
  t.equal(isOver, false);
  fake.advance(1);
  t.equal(await task.ended, "done");
  t.equal(isOver, true);
});

t.test("a failing child fails its parent, and its siblings are cancelled", async (t) => {
  const { root } = setUp();
  let wasCancelled = false;
  const task = root.spawn("parent", (parent) => {
    parent.spawn("sibling", (sibling) => {
      sibling.onCancel(() => (wasCancelled = true));
      return new Promise<void>((resolve) => sibling.onCancel(resolve));
    });
    parent.spawn("bad", () => Promise.reject(new Error("broken")));
  });
  t.equal(await task.ended, "failed");
  t.match(task.error, { message: "broken" });
  t.equal(wasCancelled, true);
  t.equal(root.state, "running", "init ignores it");
});

t.test(
  "supervision starts a failed task again, with growing delays, and then gives up",
  async (t) => {
    const { fake, root } = setUp();
    const startedUs: number[] = [];
    const task = root.spawn(
      "flaky",
      () => {
        startedUs.push(fake.nowUs);
        throw new Error("again");
      },
      { restart: { when: "on-failure", maxRestarts: 3, delayUs: 1000 } },
    );
    fake.advance(60_000_000);
    t.equal(await task.ended, "failed");
    t.same(startedUs, [0, 1000, 3000, 7000]);
    t.equal(task.account.restarts, 3);
  },
);

t.test("what a task runs is charged to it", (t) => {
  const { fake, root } = setUp();
  const task = root.spawn("busy", (self) => new Promise((resolve) => self.onCancel(resolve)));
  task.run(() => {
    fake.nowUs += 250;
  });
  t.equal(task.account.busyUs, 250);
  t.equal(task.account.turns, 2, "its start and the run");
  t.end();
});

t.test("the number of tasks is bounded", (t) => {
  const fake = createFakeHal();
  // init and the kernel's own five are there from the start.
  const { tasks } = createKernel(fake.hal, { maxTasks: 7, maxDrainRounds: 8 });
  const forever = (): Promise<void> => new Promise(() => {});
  tasks.spawn("first", forever);
  t.throws(() => tasks.spawn("second", forever), /limit of 7 tasks/);
  t.end();
});
