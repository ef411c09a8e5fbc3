import t from "tap";
import { HEAP_SCOPE } from "./heap-state.ts";
import { createKernel, KERNEL_LIMITS } from "./kernel.ts";
import { createFakeHal } from "./testing/fake-hal.ts";

function createSource() {
  let handler = (): void => {};
  return {
    onReady: (ready: () => void) => {
      handler = ready;
    },
    ready: () => handler(),
  };
}

t.test("a turn drains, expires timers, runs what was deferred, and flushes, in this order", (t) => {
  const fake = createFakeHal();
  const kernel = createKernel(fake.hal);
  const log: string[] = [];
  const source = createSource();
  kernel.attach(source, () => {
    log.push("drain");
    return false;
  });
  kernel.timers.create(() => log.push("timer"), undefined).set(0);
  kernel.defer(() => log.push("deferred"));
  kernel.onFlush(() => log.push("flush"));
  source.ready();
  t.same(log, ["drain", "timer", "deferred", "flush"]);
  t.end();
});

t.test("what is deferred in a turn waits for the next one", (t) => {
  const fake = createFakeHal();
  const kernel = createKernel(fake.hal);
  const log: number[] = [];
  kernel.defer(() => {
    log.push(kernel.counters.turns);
    kernel.defer(() => log.push(kernel.counters.turns));
  });
  fake.advance(0);
  t.same(log, [0, 1]);
  t.equal(fake.armedUs, Infinity, "then it idles");
  t.end();
});

t.test("what a device's or a timer's callback defers waits for the next turn too", (t) => {
  const fake = createFakeHal();
  const kernel = createKernel(fake.hal);
  const log: number[] = [];
  kernel.timers.create(() => kernel.defer(() => log.push(kernel.counters.turns)), undefined).set(0);
  fake.advance(0);
  fake.advance(0);
  t.same(log, [1]);
  t.end();
});

t.test("time stands still in a turn", (t) => {
  const fake = createFakeHal();
  const kernel = createKernel(fake.hal);
  const source = createSource();
  kernel.attach(source, () => {
    fake.nowUs += 10;
    t.equal(kernel.nowUs(), 0);
    return false;
  });
  source.ready();
  t.equal(kernel.nowUs(), 10);
  t.equal(kernel.counters.busyUs, 10);
  t.end();
});

t.test("the time of a turn is charged to its phases", (t) => {
  const fake = createFakeHal();
  const kernel = createKernel(fake.hal);
  const source = createSource();
  kernel.attach(source, () => {
    fake.nowUs += 10;
    return false;
  });
  kernel.defer(() => (fake.nowUs += 5));
  kernel.onFlush(() => (fake.nowUs += 3));
  source.ready();
  const phases = [...[...kernel.tasks.children][0]!.children];
  t.same(
    phases.map(({ name, account }) => [name, account.busyUs]),
    [
      ["devices", 10],
      ["timers", 0],
      ["calls", 5],
      ["transmit", 3],
    ],
  );
  t.equal(kernel.counters.busyUs, 18);
  t.end();
});

t.test("a busy system measures some turns, and charges them for all", (t) => {
  const fake = createFakeHal();
  const kernel = createKernel(fake.hal);
  const source = createSource();
  kernel.attach(source, () => {
    fake.nowUs += 2;
    return false;
  });
  for (let turn = 0; turn < 161; turn++) source.ready();
  t.equal(kernel.counters.turns, 161);
  t.equal(kernel.counters.busyUs, 322);
  t.end();
});

t.test("a device that never runs dry does not keep a turn for ever", (t) => {
  const fake = createFakeHal();
  const kernel = createKernel(fake.hal);
  const source = createSource();
  let drains = 0;
  kernel.attach(source, () => {
    drains++;
    return true;
  });
  source.ready();
  t.equal(drains, KERNEL_LIMITS.maxDrainRounds);
  t.equal(kernel.counters.overruns, 1);
  t.equal(fake.armedUs, 0, "the rest comes at once, in a turn of its own");
  t.end();
});

t.test("the alarm is armed for the earliest timer, and disarmed with the last", (t) => {
  const fake = createFakeHal();
  const kernel = createKernel(fake.hal);
  const late = kernel.timers.create(() => {}, undefined);
  const early = kernel.timers.create(() => {}, undefined);
  late.set(500);
  t.equal(fake.armedUs, 500);
  early.set(100);
  t.equal(fake.armedUs, 100);
  fake.advance(100);
  t.equal(fake.armedUs, 500);
  late.cancel();
  kernel.wake();
  fake.advance(0);
  t.equal(fake.armedUs, Infinity, "no wake-up is left for a cancelled timer");
  t.end();
});

t.test("a callback that throws does not lose the ones behind it", (t) => {
  const fake = createFakeHal();
  const kernel = createKernel(fake.hal);
  let ran = false;
  kernel.defer(() => {
    throw new Error("first");
  });
  kernel.defer(() => {
    ran = true;
  });
  t.throws(() => fake.advance(0), /first/);
  fake.advance(0);
  t.equal(ran, true);
  t.end();
});

t.test("after stop no turn runs", async (t) => {
  const fake = createFakeHal();
  const kernel = createKernel(fake.hal);
  const source = createSource();
  kernel.attach(source, () => t.fail("drained"));
  kernel.defer(() => t.fail("deferred"));
  kernel.stop();
  source.ready();
  fake.advance(1000);
  t.equal(await kernel.tasks.ended, "cancelled");
});

t.test("a turn runs in the system's heap scope, also when a callback throws", (t) => {
  const fake = createFakeHal();
  const heapState = new Uint8Array(2);
  const kernel = createKernel({ ...fake.hal, heapState });
  const seen: number[] = [];
  const source = createSource();
  const see = () => void seen.push(heapState[0]!);
  kernel.attach(source, () => {
    see();
    return false;
  });
  kernel.timers.create(see, undefined).set(0);
  kernel.onFlush(see);
  kernel.defer(() => {
    see();
    throw new Error("own");
  });
  t.throws(() => source.ready(), { message: "own" });
  t.equal(heapState[0], HEAP_SCOPE.APPLICATION);
  source.ready();
  t.same(seen, [2, 2, 2, 2, 2]);
  t.equal(heapState[0], HEAP_SCOPE.APPLICATION);
  t.end();
});

t.test("a device that stays ready gets one batch in a turn while the heap is full", (t) => {
  const fake = createFakeHal();
  const heapState = new Uint8Array(2);
  const kernel = createKernel({ ...fake.hal, heapState });
  const source = createSource();
  let batches = 0;
  kernel.attach(source, () => ++batches % 4 !== 0);
  heapState[1] = 1;
  source.ready();
  t.equal(batches, 1);
  t.equal(fake.armedUs, 0, "the next turn comes at once");
  heapState[1] = 0;
  source.ready();
  t.equal(batches, 4);
  t.end();
});
