import t from "tap";
import { createSimulation } from "../../host-adapters/sim/mod.ts";
import { createMemory } from "../../libos/kernel/mod.ts";
import { createEmulatedMachine } from "../../tests/machine/machine.ts";
import { needsOf } from "../../tests/machine/machine-system.ts";
import { BalloonModel } from "../../tests/machine/virtio/balloon-model.ts";
import { EntropyModel } from "../../tests/machine/virtio/entropy-model.ts";
import type { VirtioModel } from "../../tests/machine/virtio/virtio-model.ts";
import { findVirtioDevices, VIRTIO_LIMITS } from "../virtio/mod.ts";
import { createVirtioBalloon, PAGE_BYTES } from "./mod.ts";

const REGION_BYTES = 256 * PAGE_BYTES;
const LIMITS = { leastFreeBytes: 56 * PAGE_BYTES, pagesMax: 1000, batchPages: 16 };
const DEFLATE_ON_OOM = 2;

function setUp(model: VirtioModel) {
  const world = createSimulation({ seed: 1 });
  const emulated = createEmulatedMachine({ world, memoryBytes: REGION_BYTES });
  emulated.attach(model, { bus: "pci" });
  const [transport] = findVirtioDevices(emulated.machine);
  const memory = createMemory(emulated.memory);
  const owner = memory.owner("balloon", REGION_BYTES);
  const source = {
    get freeBytes(): number {
      return memory.totalBytes - memory.usedBytes;
    },
    allocate: () => owner.allocate(PAGE_BYTES),
    free: (offset: number) => owner.free(offset, PAGE_BYTES),
  };
  const limits = { ...VIRTIO_LIMITS, waitUs: 5000 };
  const create = () => createVirtioBalloon(transport!, needsOf(emulated), source, LIMITS, limits);
  return { world, emulated, memory, owner, create };
}

function start(model = new BalloonModel()) {
  const bench = setUp(model);
  const balloon = bench.create();
  bench.memory.onScarce(() => balloon.reclaim());
  bench.world.runSync();
  const resize = (pages: number): void => {
    model.resize(pages);
    bench.world.runSync();
  };
  return { ...bench, model, balloon, resize };
}

t.test("the balloon follows the size that the host wants, in batches", async (t) => {
  const { emulated, owner, model, balloon, resize } = start();
  for (const pages of [1, 100, 99, 16, 180, 0, 40]) {
    resize(pages);
    t.equal(balloon.pageCount, pages);
    t.equal(model.pages.size, pages);
    t.equal(model.actual, pages);
    t.equal(owner.usedBytes, pages * PAGE_BYTES);
  }
  t.same(emulated.violations, []);
});

t.test("a size that the host chose before the driver began counts", async (t) => {
  const model = new BalloonModel();
  const { world, create } = setUp(model);
  model.resize(33);
  const balloon = create();
  world.runSync();
  t.equal(balloon.pageCount, 33);
  t.equal(model.actual, 33);
});

t.test("what is in use is not taken, and enough stays free", async (t) => {
  const { world, emulated, memory, model, balloon, resize } = start();
  const user = memory.owner("user", REGION_BYTES);
  const mine = user.allocate(64 * PAGE_BYTES);
  emulated.memory.bytes.fill(7, mine, mine + 64 * PAGE_BYTES);
  resize(100_000);
  t.equal(balloon.pageCount, 256 - 64 - 56);
  t.equal(model.actual, 256 - 64 - 56);
  t.equal(memory.totalBytes - memory.usedBytes, LIMITS.leastFreeBytes);
  t.ok(emulated.memory.bytes.subarray(mine, mine + 64 * PAGE_BYTES).every((byte) => byte === 7));
  user.free(mine, 64 * PAGE_BYTES);
  world.runSync();
  t.equal(balloon.pageCount, 136, "it grows when the host asks again");
  resize(100_000);
  t.equal(balloon.pageCount, 200);
});

t.test("scarce memory comes back at once, and stays", async (t) => {
  const { world, emulated, memory, model, balloon, resize } = start();
  resize(200);
  const user = memory.owner("user", REGION_BYTES);
  const held: number[] = [];
  for (let count = 0; count < 120; count++) held.push(user.allocate(PAGE_BYTES));
  t.notOk(held.includes(-1));
  t.ok(balloon.pageCount <= 256 - 120);
  t.equal(model.pages.size, balloon.pageCount);
  world.runSync();
  t.ok(user.allocate(32 * PAGE_BYTES) >= 0, "neighbouring pages too");
  world.runSync();
  t.equal(model.actual, balloon.pageCount);
  const other = memory.owner("other", REGION_BYTES);
  t.equal(other.allocate(256 * PAGE_BYTES), -1, "more than there is");
  t.equal(balloon.pageCount, 0);
  t.same(emulated.violations, []);
});

t.test("memory gets scarce in the middle of a transfer", async (t) => {
  for (const size of [0, 200]) {
    const { world, memory, model, balloon, emulated, resize } = start();
    resize(100);
    model.resize(size);
    const user = memory.owner("user", REGION_BYTES);
    for (let us = 0; us < 40; us++) {
      world.runSync({ untilUs: world.nowUs + 1 });
      for (let count = 0; count < 5; count++) t.ok(user.allocate(PAGE_BYTES) >= 0);
    }
    world.runSync();
    t.equal(model.pages.size, balloon.pageCount);
    t.ok(memory.usedBytes <= memory.totalBytes);
    t.same(emulated.violations, []);
  }
});

t.test("without DEFLATE_ON_OOM the host alone lets pages go", async (t) => {
  const { memory, balloon, resize } = start(new BalloonModel({ features: [0] }));
  resize(200);
  const user = memory.owner("user", REGION_BYTES);
  t.equal(user.allocate(64 * PAGE_BYTES), -1);
  t.equal(balloon.reclaim(), false);
  t.equal(balloon.pageCount, 200);
  t.ok(new BalloonModel().readFeatures(0) & (1 << DEFLATE_ON_OOM));
});

t.test("pages of a host that does not answer stay out of use", async (t) => {
  const { memory, owner, model, balloon, resize } = start();
  resize(200);
  model.faults = () => "silent";
  const user = memory.owner("user", REGION_BYTES);
  t.equal(user.allocate(64 * PAGE_BYTES), -1);
  t.match(balloon.failure, /does not answer/);
  t.equal(owner.usedBytes, 200 * PAGE_BYTES);
  balloon.close();
  t.equal(owner.usedBytes, 200 * PAGE_BYTES);
});

t.test("close gives the driver's memory back", async (t) => {
  const { emulated, balloon, resize } = start();
  resize(10);
  balloon.close();
  balloon.close();
  resize(20);
  t.equal(balloon.reclaim(), false);
  t.equal(emulated.dma.usedBytes, 0);
  t.same(emulated.violations, []);
});

t.test("another device is refused", async (t) => {
  t.throws(setUp(new EntropyModel()).create, /no memory balloon/);
});
