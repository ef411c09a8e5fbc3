import t from "tap";
import type { BlockStatus } from "../../libos/hal/mod.ts";
import { createSimulation, type SimDiskOptions, type SimHal, type Simulation } from "./mod.ts";

function makeDisk(options: Partial<SimDiskOptions> = {}, seed = 1) {
  const world = createSimulation({ seed, trace: true });
  const disk = world.createDisk({ name: "disk0", sectorCount: 1000, ...options });
  const hal = world.createHal({ name: "a", block: [disk] });
  return { world, disk, hal };
}

function run(world: Simulation, hal: SimHal, count: number): [number, BlockStatus][] {
  const ended: [number, BlockStatus][] = [];
  const device = hal.block[0]!;
  device.onReady(() => device.complete((token, status) => ended.push([token, status])));
  world.runSync({ until: () => ended.length === count });
  return ended;
}

t.test("requests complete out of order, each once, and reads see writes", async (t) => {
  const { world, hal } = makeDisk({ latencyUs: 10, jitterUs: 1000 });
  const device = hal.block[0]!;
  for (let token = 0; token < 50; token++) {
    hal.memory.bytes.fill(token + 1, token * 512, token * 512 + 512);
    t.ok(device.submit("write", token, 1, token * 512, token));
  }
  const order = run(world, hal, 50).map(([token]) => token);
  t.not(order.join(), order.toSorted((a, b) => a - b).join());
  t.equal(new Set(order).size, 50);
  hal.memory.zero(0, 512 * 50);
  device.submit("read", 0, 50, 0, 1);
  run(world, hal, 1);
  for (let index = 0; index < 50; index++) t.equal(hal.memory.bytes[index * 512 + 7], index + 1);
});

t.test("a power cut keeps what was flushed, and only parts of what was not", async (t) => {
  let lost = 0;
  let torn = 0;
  for (let seed = 0; seed < 40; seed++) {
    const { world, disk, hal } = makeDisk({ mixedSectors: true }, seed);
    const device = hal.block[0]!;
    hal.memory.bytes.fill(1, 0, 4096);
    device.submit("write", 0, 8, 0, 0);
    run(world, hal, 1);
    device.submit("flush", 0, 0, 0, 1);
    run(world, hal, 1);
    hal.memory.bytes.fill(2, 0, 8192);
    device.submit("write", 8, 8, 0, 2);
    run(world, hal, 1);
    device.submit("write", 16, 8, 0, 3);
    hal.powerCut();
    const kept = disk.contents(0, 24);
    t.ok(
      kept.subarray(0, 4096).every((byte) => byte === 1),
      "the flushed write",
    );
    const rest = kept.subarray(4096);
    t.ok(rest.every((byte) => byte === 0 || byte === 2));
    lost += disk.counters.lostWrites;
    torn += disk.counters.tornWrites;
    const next = world.createHal({ name: "b", block: [disk] });
    t.equal(next.block[0]!.transferSync!("read", 0, 1, 0), "ok");
    t.equal(next.memory.bytes[0], 1);
  }
  t.ok(lost > 20 && torn > 3, `${lost} lost, ${torn} torn`);
});

t.test("a flush covers the writes that had completed when it was submitted", async (t) => {
  const { world, disk, hal } = makeDisk({ jitterUs: 0, survivalRate: 0 });
  const device = hal.block[0]!;
  hal.memory.bytes.fill(1, 0, 512);
  device.submit("write", 0, 1, 0, 0);
  device.submit("flush", 0, 0, 0, 1);
  run(world, hal, 2);
  hal.powerCut();
  t.equal(disk.contents(0, 1)[0], 0, "the write had not completed before");
});

t.test("errors come at their rates, and leave no trace on the disk", async (t) => {
  const { hal, disk } = makeDisk({ writeErrorRate: 0.25, readErrorRate: 1, flushErrorRate: 1 });
  const device = hal.block[0]!;
  hal.memory.bytes.fill(5, 0, 512);
  let failed = 0;
  for (let sector = 0; sector < 400; sector++) {
    const status = device.transferSync!("write", sector, 1, 0);
    if (status === "io-error") failed++;
    if ((disk.contents(sector, 1)[0] === 5) !== (status === "ok")) t.fail(`sector ${sector}`);
  }
  t.ok(failed > 60 && failed < 140, `${failed}`);
  t.equal(device.transferSync!("read", 0, 1, 0), "io-error");
  t.equal(device.transferSync!("flush", 0, 0, 0), "io-error");
});

t.test("a disk goes from one system to the next, and to one at a time", async (t) => {
  const { world, disk, hal } = makeDisk();
  t.throws(() => world.createHal({ name: "b", block: [disk] }), /belongs to another/);
  hal.memory.bytes.fill(7, 0, 512);
  hal.block[0]!.submit("write", 3, 1, 0, 0);
  hal.close();
  t.equal(disk.contents(3, 1)[0], 7, "accepted data is still delivered");
  world.createHal({ name: "b", block: [disk] });
});

t.test("an image can be loaded, also a large and sparse one", async (t) => {
  const { disk } = makeDisk({ sectorCount: 2 ** 40 });
  disk.load(2 ** 39, new Uint8Array(1000).fill(3));
  t.equal(disk.contents(2 ** 39, 2)[999], 3);
  t.equal(disk.contents(2 ** 39 - 1, 1)[0], 0);
});
