import t from "tap";
import { createSimulation } from "../../host-adapters/sim/mod.ts";
import { createEmulatedMachine } from "../../tests/machine/machine.ts";
import { needsOf } from "../../tests/machine/machine-system.ts";
import type { Chain, DeviceQueue } from "../../tests/machine/virtio/device-queue.ts";
import { VirtioModel } from "../../tests/machine/virtio/virtio-model.ts";
import { findVirtioDevices, openVirtio } from "./mod.ts";

/** A device that keeps what it is given until the test says otherwise. */
class HoldingModel extends VirtioModel {
  readonly held: Chain[] = [];
  looks = 0;

  constructor(ringFeatures: readonly number[], queueSize: number) {
    super(42, 1, 4, [], { ringFeatures, queueSize });
  }

  process(queue: DeviceQueue): void {
    this.looks++;
    for (let chain = queue.take(); chain !== undefined; chain = queue.take()) this.held.push(chain);
  }

  use(chain: Chain, bytes = new Uint8Array(0)): void {
    const queue = this.queue(0)!;
    this.finish(queue, chain, bytes);
    this.signal(queue);
  }
}

const RINGS: Readonly<Record<string, readonly number[]>> = {
  "split, tables, event index": [28, 29],
  "packed, tables, event index": [28, 29, 34],
  "split, chains": [],
  "packed, chains": [34],
  "split, tables": [28],
  "packed, chains, event index": [29, 34],
};

function setUp(ringFeatures: readonly number[], size = 8, parts = 3, deviceSize = 256) {
  const world = createSimulation({ seed: 1 });
  const emulated = createEmulatedMachine({ world });
  const model = new HoldingModel(ringFeatures, deviceSize);
  emulated.attach(model, { bus: "pci" });
  const [transport] = findVirtioDevices(emulated.machine);
  const device = openVirtio(transport!, needsOf(emulated), () => []);
  const queue = device.createQueue(0, size, parts)!;
  let interrupts = 0;
  device.start(() => interrupts++);
  const area = device.allocate(4096);
  return {
    world,
    emulated,
    model,
    device,
    queue,
    area,
    bytes: emulated.memory.bytes,
    interrupts: () => interrupts,
  };
}

for (const [name, ringFeatures] of Object.entries(RINGS)) {
  t.test(`buffers go round the ring many times (${name})`, async (t) => {
    const { world, emulated, model, device, queue, area, bytes } = setUp(ringFeatures);
    let sent = 0;
    let back = 0;
    const random = emulated.random;
    const expected = new Map<number, number>();
    for (let round = 0; round < 400; round++) {
      for (let count = random.below(4); count > 0 && queue.freeCount > 0; count--) {
        const slot = queue.take();
        const at = slot * 64;
        bytes.fill(sent & 255, area + at, area + at + 20);
        queue.describe(slot, 0, area + at, 12, false, false);
        queue.describe(slot, 1, area + at + 12, 8, false, false);
        queue.describe(slot, 2, area + at + 32, 4, true, true);
        queue.offer(slot, 3);
        expected.set(slot, sent++ & 255);
      }
      queue.kick();
      world.runSync({ untilUs: world.nowUs + 10 });
      // In any order.
      for (let count = random.below(model.held.length + 1); count > 0; count--) {
        const [chain] = model.held.splice(random.below(model.held.length), 1);
        const [first] = model.queue(0)!.readAll(chain!);
        model.use(chain!, Uint8Array.of(first!, first! ^ 255));
      }
      for (let slot = queue.pop(); slot >= 0; slot = queue.pop()) {
        const at = area + slot * 64 + 32;
        const value = expected.get(slot)!;
        if (queue.usedLength !== 2) t.fail(`${queue.usedLength} bytes`);
        if (bytes[at] !== value || bytes[at + 1] !== (value ^ 255)) t.fail(`buffer ${slot}`);
        expected.delete(slot);
        queue.release(slot);
        back++;
      }
    }
    t.ok(back > 300, `${back} of ${sent} came back`);
    t.equal(device.failure, undefined);
    t.same(emulated.violations, []);
  });

  t.test(`every free slot is offered at its place (${name})`, async (t) => {
    for (const isTaken of [false, true]) {
      const { world, model, device, queue, area, bytes, emulated } = setUp(ringFeatures, 128, 1);
      const taken = isTaken ? queue.take() : -1;
      queue.offerBuffers(area, 32);
      t.equal(queue.freeCount, 0);
      queue.kick();
      world.runSync();
      t.equal(model.held.length, queue.slotCount - (isTaken ? 1 : 0));
      t.ok(model.held.every((chain) => chain.writableBytes === 32 && chain.readableBytes === 0));
      for (const [index, chain] of model.held.toReversed().entries()) {
        model.use(chain, Uint8Array.of(1, index));
      }
      const seen = new Set<number>();
      for (let slot = queue.pop(); slot >= 0; slot = queue.pop()) {
        if (bytes[area + slot * 32] !== 1 || queue.usedLength !== 2) t.fail(`slot ${slot}`);
        seen.add(bytes[area + slot * 32 + 1]!);
        queue.offer(slot, 1);
      }
      t.equal(seen.size, model.held.length);
      t.notOk(taken >= 0 && bytes[area + taken * 32] === 1, "but for one that is taken");
      model.held.length = 0;
      queue.kick();
      world.runSync();
      t.equal(model.held.length, seen.size, "and again");
      t.throws(() => setUp(ringFeatures, 8, 1).queue.offerBuffers(-64, 32), RangeError);
      t.equal(device.failure, undefined);
      t.same(emulated.violations, []);
    }
  });

  t.test(`what is not kicked is not seen, and a kick shows all of it (${name})`, async (t) => {
    const { world, model, queue, area, emulated } = setUp(ringFeatures, 16, 2);
    const count = Math.min(queue.slotCount, 5);
    for (let index = 0; index < count; index++) {
      const slot = queue.take();
      queue.describe(slot, 0, area, 4, false, false);
      queue.describe(slot, 1, area + 64 + slot * 4, 4, true, true);
      queue.offer(slot, 2);
    }
    world.runSync();
    t.equal(model.held.length, 0);
    queue.kick();
    world.runSync();
    t.equal(model.held.length, count);
    t.same(
      model.held.map(({ parts }) => parts.length),
      new Array(count).fill(2),
    );
    t.same(emulated.violations, []);
  });

  t.test(`an interrupt comes when it was asked for (${name})`, async (t) => {
    const { world, model, queue, area, interrupts } = setUp(ringFeatures, 8, 1);
    const slots = [queue.take(), queue.take(), queue.take()];
    for (const slot of slots) {
      queue.describe(slot, 0, area + slot * 4, 4, true, true);
      queue.offer(slot, 1);
    }
    queue.unwatch();
    queue.kick();
    world.runSync();
    model.use(model.held.shift()!);
    world.runSync();
    t.equal(interrupts(), 0, "nobody asked");
    t.equal(queue.watch(), true, "one was used already");
    t.equal(queue.pop(), slots[0]);
    t.equal(queue.watch(), false);
    world.runSync();
    t.equal(interrupts(), 0);
    model.use(model.held.shift()!);
    world.runSync();
    t.equal(interrupts(), 1);
    t.equal(queue.pop(), slots[1]);
    queue.unwatch();
    model.use(model.held.shift()!);
    world.runSync();
    t.equal(interrupts(), 1);
    t.ok(queue.hasUsed());
    t.equal(queue.pop(), slots[2]);
    t.equal(queue.pop(), -1);
    t.notOk(queue.hasUsed());
  });

  t.test(`slots end at the ring's size (${name})`, async (t) => {
    const { queue } = setUp(ringFeatures, 8, 3);
    const isIndirect = ringFeatures.includes(28);
    t.equal(queue.slotCount, isIndirect ? 8 : 2);
    for (let count = 0; count < queue.slotCount; count++) t.ok(queue.take() >= 0);
    t.equal(queue.take(), -1);
    t.equal(queue.freeCount, 0);
    queue.release(1);
    t.equal(queue.take(), 1);
  });
}

t.test("a queue is no larger than the device allows", async (t) => {
  t.equal(setUp([], 64, 1, 16).queue.slotCount, 16);
  t.equal(setUp([34], 64, 1, 48).queue.slotCount, 32, "a power of two");
  t.throws(() => setUp([], 64, 4, 2), /has 2 descriptors only/);
});

t.test("a device is told of new buffers once, while it is at work", async (t) => {
  const { world, model, queue, area } = setUp([28, 29], 64, 1);
  const offer = (): void => {
    const slot = queue.take();
    queue.describe(slot, 0, area + slot * 4, 4, true, true);
    queue.offer(slot, 1);
    queue.kick();
  };
  world.runSync();
  const { looks } = model;
  for (let count = 0; count < 20; count++) offer();
  world.runSync();
  t.ok(model.looks - looks <= 4, `${model.looks - looks} looks for 20 kicks`);
  t.equal(model.held.length, 20);
});

t.test("when a device has failed, what it had is taken away", async (t) => {
  for (const ringFeatures of Object.values(RINGS)) {
    const { queue, area, device, emulated, world } = setUp(ringFeatures, 8, 1);
    for (let count = 0; count < 3; count++) {
      const slot = queue.take();
      queue.describe(slot, 0, area + slot * 4, 4, true, true);
      queue.offer(slot, 1);
    }
    queue.kick();
    device.fail("planted");
    device.fail("again");
    t.equal(device.failure, "planted");
    t.same([queue.takeOffered(), queue.takeOffered(), queue.takeOffered()], [0, 1, 2]);
    t.equal(queue.takeOffered(), -1);
    t.equal(queue.pop(), -1);
    queue.kick();
    world.runSync();
    device.close();
    t.equal(emulated.dma.usedBytes, 0);
    t.same(emulated.violations, []);
  }
});
