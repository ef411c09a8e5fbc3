import t from "tap";
import { createTimerQueue } from "./timers.ts";

t.test("timers expire in the order of their deadlines, equal ones in the order of set", (t) => {
  const queue = createTimerQueue(() => {});
  const log: string[] = [];
  for (const [name, us] of [
    ["c", 30],
    ["a", 10],
    ["b1", 20],
    ["b2", 20],
  ] as const) {
    queue.create((owner: string) => log.push(owner), name).set(us);
  }
  queue.run(9);
  t.same(log, []);
  queue.run(20);
  t.same(log, ["a", "b1", "b2"]);
  t.equal(queue.nextDeadlineUs(), 30);
  t.end();
});

t.test("a timer that is moved later does not expire at its old deadline", (t) => {
  const queue = createTimerQueue(() => {});
  let count = 0;
  const timer = queue.create(() => count++, undefined);
  timer.set(10);
  timer.set(50);
  t.equal(queue.nextDeadlineUs(), 50);
  queue.run(49);
  t.equal(count, 0);
  queue.run(50);
  t.equal(count, 1);
  t.equal(timer.deadlineUs, Infinity);
  t.end();
});

t.test("a timer that is moved earlier expires once, at the earlier time", (t) => {
  const queue = createTimerQueue(() => {});
  let count = 0;
  const timer = queue.create(() => count++, undefined);
  timer.set(50);
  timer.set(10);
  queue.run(10);
  queue.run(100);
  t.equal(count, 1);
  t.equal(queue.size, 0);
  t.end();
});

t.test("a cancelled timer never expires and leaves no deadline behind", (t) => {
  const queue = createTimerQueue(() => {});
  const timer = queue.create(() => t.fail("it expired"), undefined);
  timer.set(10);
  timer.cancel();
  t.equal(queue.nextDeadlineUs(), Infinity);
  queue.run(100);
  timer.set(200);
  timer.cancel();
  t.equal(queue.nextDeadlineUs(), Infinity);
  t.end();
});

t.test("it tells when the earliest deadline moves forward", (t) => {
  let changes = 0;
  const queue = createTimerQueue(() => changes++);
  const timer = queue.create(() => {}, undefined);
  timer.set(100);
  timer.set(200);
  queue.create(() => {}, undefined).set(300);
  t.equal(changes, 1);
  timer.set(50);
  t.equal(changes, 2);
  t.end();
});

t.test("cancelled timers do not pile up, nor do those that move earlier", (t) => {
  const queue = createTimerQueue(() => {});
  const lasting = queue.create(() => {}, undefined);
  lasting.set(1e9);
  let highest = 0;
  for (let index = 0; index < 10_000; index++) {
    const timer = queue.create(() => t.fail("it expired"), undefined);
    timer.set(60_000_000 + index);
    timer.set(50_000_000 - index);
    timer.cancel();
    highest = Math.max(highest, queue.size);
  }
  t.ok(highest <= 70, `${highest} slots at most`);
  t.equal(queue.nextDeadlineUs(), 1e9);
  t.end();
});

t.test("random sets and cancels agree with a sorted list", (t) => {
  const queue = createTimerQueue(() => {});
  let seed = 7;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  const expired: number[] = [];
  const timers = Array.from({ length: 200 }, (_, index) =>
    queue.create((owner: number) => expired.push(owner), index),
  );
  const deadlines = new Map<number, number>();
  let nowUs = 0;
  for (let step = 0; step < 5000; step++) {
    const index = random(timers.length);
    if (random(4) === 0) {
      timers[index]!.cancel();
      deadlines.delete(index);
    } else {
      const us = nowUs + 1 + random(1000);
      timers[index]!.set(us);
      deadlines.set(index, us);
    }
    if (step % 10 !== 0) continue;
    nowUs += random(200);
    const due = [...deadlines].filter(([, us]) => us <= nowUs).map(([owner]) => owner);
    for (const owner of due) deadlines.delete(owner);
    expired.length = 0;
    queue.run(nowUs);
    const order = (list: number[]): number[] => list.toSorted((a, b) => a - b);
    if (JSON.stringify(order(expired)) !== JSON.stringify(order(due))) {
      t.same(order(expired), order(due), `step ${step}`);
      break;
    }
    const earliest = Math.min(Infinity, ...deadlines.values());
    t.ok(queue.size <= 2 * deadlines.size + 64, "few slots are idle");
    if (queue.nextDeadlineUs() !== earliest) t.equal(queue.nextDeadlineUs(), earliest);
  }
  t.pass("5,000 steps");
  t.end();
});
