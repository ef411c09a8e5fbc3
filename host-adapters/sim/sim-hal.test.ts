import t from "tap";
import { createSimulation } from "./mod.ts";

t.test("a system's clock starts at 0, and its wall clock at a fixed date", async (t) => {
  const world = createSimulation({ seed: 1 });
  world.at(1000, () => {});
  world.runSync();
  const hal = world.createHal({ name: "a" });
  t.equal(hal.clock.nowUs(), 0);
  t.equal(hal.clock.wallUs(), Date.UTC(2026, 0, 1) * 1000 + 1000);
  world.runSync({ untilUs: 5000 });
  t.equal(hal.clock.nowUs(), 4000);
  hal.moveWallClock(-10_000_000);
  t.equal(hal.clock.wallUs(), Date.UTC(2026, 0, 1) * 1000 + 5000 - 10_000_000);
  t.equal(hal.clock.nowUs(), 4000);
});

t.test("a skewed clock runs at its own rate, and its alarm is exact on it", async (t) => {
  for (const skewPpm of [-200, 0, 150, 333.3]) {
    const world = createSimulation({ seed: 1 });
    const hal = world.createHal({ name: "a", skewPpm });
    let expiredUs = -1;
    hal.timer.onExpire(() => (expiredUs = hal.clock.nowUs()));
    hal.timer.arm(10_000_000);
    world.runSync();
    t.ok(expiredUs >= 10_000_000 && expiredUs <= 10_000_001, `${skewPpm} ppm: ${expiredUs}`);
    t.ok(Math.abs(world.nowUs - 10_000_000 / (1 + skewPpm / 1e6)) <= 1);
  }
});

t.test("an alarm that moves later and earlier fires once, at the last deadline", async (t) => {
  const world = createSimulation({ seed: 1 });
  const hal = world.createHal({ name: "a" });
  const fired: number[] = [];
  hal.timer.onExpire(() => fired.push(hal.clock.nowUs()));
  hal.timer.arm(100);
  hal.timer.arm(500);
  hal.timer.arm(300);
  hal.timer.arm(200);
  hal.timer.arm(400);
  world.runSync();
  t.strictSame(fired, [400]);
  hal.timer.arm(1000);
  hal.timer.disarm();
  t.equal(world.runSync().nowUs, 400, "a forgotten deadline does not move time");
});

t.test("the console keeps output up to its limit and hands over what is typed", async (t) => {
  const world = createSimulation({ seed: 1 });
  const hal = world.createHal({ name: "a", consoleBytes: 10 });
  for (const text of ["hello ", "to ", "you"]) hal.console.write(1, Buffer.from(text));
  t.equal(Buffer.from(hal.output(1)).toString(), "to you");
  t.equal(hal.output(2).length, 0);
  const lines: string[] = [];
  hal.console.onReady(() => hal.console.read((bytes) => lines.push(Buffer.from(bytes).toString())));
  hal.type(Buffer.from("ls\n"));
  hal.endInput();
  t.strictSame(lines, []);
  world.runSync();
  t.strictSame(lines, ["ls\n", ""]);
});

t.test("a system that is off hears nothing any more, and a reset starts the next", async (t) => {
  const world = createSimulation({ seed: 1 });
  let resets = 0;
  const hal = world.createHal({ name: "a", onReset: () => resets++ });
  hal.timer.onExpire(() => t.fail("an alarm of a system that is off"));
  hal.power.onRequest(() => t.fail("a request to a system that is off"));
  hal.timer.arm(5);
  hal.requestEnd();
  hal.power.reset();
  hal.power.reset();
  t.ok(hal.isOff);
  t.equal(hal.exitCode, 0);
  world.runSync();
  t.equal(resets, 1);
});

t.test("a platform without entropy refuses", async (t) => {
  const world = createSimulation({ seed: 1 });
  t.throws(() => world.createHal({ name: "a", entropy: false }).entropy.fill(new Uint8Array(1)));
  const drawn = (name: string): string => {
    const bytes = new Uint8Array(16);
    world.createHal({ name }).entropy.fill(bytes);
    return Buffer.from(bytes).toString("hex");
  };
  t.equal(drawn("x"), drawn("x"));
  t.not(drawn("x"), drawn("y"));
});

t.test("many systems live in one world", async (t) => {
  const world = createSimulation({ seed: 1 });
  const network = world.createNetwork();
  const hals = Array.from({ length: 50 }, (_, index) =>
    world.createHal({ name: `h${index}`, memoryBytes: 65_536, net: [network] }),
  );
  const addresses = new Set(hals.map((hal) => hal.net[0]!.info.hardwareAddress.join(":")));
  t.equal(addresses.size, 50);
});
