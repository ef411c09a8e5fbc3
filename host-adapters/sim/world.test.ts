import t from "tap";
import { createSimulation, SimulationError } from "./mod.ts";

t.test("virtual time jumps from event to event", async (t) => {
  const world = createSimulation({ seed: 1 });
  const seen: [string, number][] = [];
  world.at(3_000_000_000, () => seen.push(["late", world.nowUs]));
  world.at(5, () => seen.push(["early", world.nowUs]));
  world.at(5, () => seen.push(["second", world.nowUs]));
  const result = world.runSync();
  t.strictSame(seen, [
    ["early", 5],
    ["second", 5],
    ["late", 3_000_000_000],
  ]);
  t.strictSame(result, { reason: "idle", nowUs: 3_000_000_000, events: 3 });
});

t.test("a run stops at a time, and at a condition", async (t) => {
  const world = createSimulation({ seed: 1 });
  let count = 0;
  for (let us = 10; us <= 100; us += 10) world.at(us, () => count++);
  t.equal(world.runSync({ untilUs: 35 }).reason, "time");
  t.equal(count, 3);
  t.equal(world.nowUs, 35);
  t.equal(world.runSync({ until: () => count === 5 }).reason, "until");
  t.equal(world.nowUs, 50);
});

t.test("a livelock is reported with the seed and the command that replays it", async (t) => {
  const world = createSimulation({ seed: 4711, replayCommand: "libos test --seed 4711" });
  const again = (): void => world.at(world.nowUs, again);
  again();
  t.throws(() => world.runSync({ maxEvents: 1000 }), {
    name: "SimulationError",
    message: /1000 events.*seed 4711.*libos test --seed 4711/,
  });
});

t.test("an error in a handler carries the seed and the virtual time", async (t) => {
  const world = createSimulation({ seed: 9 });
  const cause = new Error("broken");
  world.at(12, () => {
    throw cause;
  });
  try {
    world.runSync();
    t.fail("it threw nothing");
  } catch (error) {
    t.ok(error instanceof SimulationError);
    t.match((error as Error).message, /broken.*seed 9.*12 µs/);
    t.equal((error as Error).cause, cause);
  }
  world.at(13, () => {
    throw cause;
  });
  await t.rejects(world.run(), SimulationError);
});

t.test("promise reactions and ticks end before the next handler", async (t) => {
  const world = createSimulation({ seed: 1, guard: true });
  const seen: string[] = [];
  for (const name of ["a", "b", "c"]) {
    world.at(1, () => {
      seen.push(name);
      process.nextTick(() => seen.push(`${name} tick`));
      void Promise.resolve()
        .then(() => {})
        .then(() => seen.push(`${name} reaction`));
    });
  }
  await world.run();
  t.equal(seen.join(", "), "a, a tick, a reaction, b, b tick, b reaction, c, c tick, c reaction");
});

t.test("under guard the host's time and chance throw, and only while it runs", async (t) => {
  const world = createSimulation({ seed: 1, guard: true });
  const refused: string[] = [];
  const attempts = {
    "Date.now": () => Date.now(),
    "new Date": () => new Date(),
    "Math.random": () => Math.random(),
    "performance.now": () => performance.now(),
    setTimeout: () => setTimeout(() => {}, 0),
    setInterval: () => setInterval(() => {}, 1),
    getRandomValues: () => crypto.getRandomValues(new Uint8Array(1)),
  };
  const tryAll = (): void => {
    for (const [name, attempt] of Object.entries(attempts)) {
      try {
        attempt();
      } catch {
        refused.push(name);
      }
    }
  };
  world.at(1, () => {
    tryAll();
    t.equal(new Date(5).getTime(), 5, "arithmetic is allowed");
  });
  world.runSync();
  t.strictSame(refused, Object.keys(attempts));
  refused.length = 0;
  world.at(2, () => void Promise.resolve().then(tryAll));
  await world.run();
  t.strictSame(refused, Object.keys(attempts), "in reactions too");
  t.ok(Date.now() > 0 && new Date().getTime() > 0);
  t.ok(Math.random() < 1);
  t.ok(performance.now() > 0);
});

function draw(seed: number, name: string): number[] {
  const random = createSimulation({ seed }).random(name);
  return Array.from({ length: 8 }, () => random.u32());
}

t.test("random streams are split by name", async (t) => {
  t.strictSame(draw(1, "a"), draw(1, "a"));
  t.notSame(draw(1, "a"), draw(1, "b"));
  t.notSame(draw(1, "a"), draw(2, "a"));
  t.notSame(draw(1, "a"), draw(1 + 2 ** 32, "a"));
});
