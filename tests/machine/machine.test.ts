/** The emulated machine finds the mistakes of a driver: each is planted here once. */
import t from "tap";
import { openVirtio, findVirtioDevices, type Virtqueue } from "../../components/virtio/mod.ts";
import type { VirtioDevice } from "../../components/virtio/mod.ts";
import { createSimulation, type Simulation } from "../../host-adapters/sim/mod.ts";
import { createEmulatedMachine, type EmulatedMachine } from "./machine.ts";
import { needsOf } from "./machine-system.ts";
import { BlockModel } from "./virtio/block-model.ts";
import { EntropyModel } from "./virtio/entropy-model.ts";
import { NetModel } from "./virtio/net-model.ts";
import { ALL_RING_FEATURES } from "./virtio/virtio-model.ts";

interface Setting {
  readonly world: Simulation;
  readonly emulated: EmulatedMachine;
  readonly model: EntropyModel;
  readonly device: VirtioDevice;
  readonly queue: Virtqueue;
  /** Where the queue lies in the slab, and 4 KiB of the driver's own. */
  readonly ring: number;
  readonly area: { readonly offset: number; readonly address: number };
}

/** A driver of an entropy device that has offered one good buffer, on a ring of 8. */
function setUp(ringFeatures: readonly number[]): Setting {
  const world = createSimulation({ seed: 1 });
  const emulated = createEmulatedMachine({ world });
  const model = new EntropyModel({ ringFeatures });
  emulated.attach(model, { bus: "pci" });
  const [transport] = findVirtioDevices(emulated.machine);
  const device = openVirtio(transport!, needsOf(emulated), () => []);
  const ring = emulated.memory.regionOffset - 2 ** 22;
  const queue = device.createQueue(0, 8, 1)!;
  device.start(() => {});
  const area = device.allocate(4096);
  const slot = queue.take();
  queue.describe(slot, 0, area.address, 64, true);
  queue.offer(slot, 1);
  return { world, emulated, model, device, queue, ring, area };
}

/** What a driver does wrong before the device looks, and what the machine says. */
const MISTAKES: readonly (readonly [string, RegExp, (setting: Setting) => void])[] = [
  [
    "a buffer outside of the driver's memory",
    /is not the driver's/,
    ({ queue, area }) => queue.describe(0, 0, area.address + 4096 - 32, 64, true),
  ],
  [
    "a buffer at no address at all",
    /is not the driver's/,
    ({ queue }) => queue.describe(0, 0, 64, 64, true),
  ],
  [
    "a buffer of no bytes",
    /a part of no bytes/,
    ({ queue, area }) => queue.describe(0, 0, area.address, 0, true),
  ],
  [
    "a buffer to read where the device writes",
    /a buffer to read/,
    ({ queue, area }) => queue.describe(0, 0, area.address, 64, false),
  ],
];

for (const [ringName, ringFeatures] of [
  ["split", []],
  ["packed", [34]],
] as const) {
  for (const [name, expected, spoil] of MISTAKES) {
    t.test(`${name} is found (${ringName})`, async (t) => {
      const setting = setUp(ringFeatures);
      spoil(setting);
      if (ringName === "packed") {
        // What was offered lies in the ring already: offer it again.
        const slot = setting.queue.take();
        spoil({ ...setting, queue: redirect(setting.queue, slot) });
        setting.queue.offer(slot, 1);
      }
      setting.queue.kick();
      setting.world.runSync();
      t.match(setting.emulated.violations.join("; "), expected);
    });
  }

  t.test(`a buffer that is written while the device owns it is found (${ringName})`, async (t) => {
    const { world, emulated, model, queue, area } = setUp(ringFeatures);
    queue.kick();
    world.runSync({ until: () => model.queue(0)!.inFlight.size > 0 });
    emulated.memory.bytes[area.offset + 3]! ^= 1;
    world.runSync();
    t.match(emulated.violations.join("; "), /was changed while the device owned it/);
  });

  t.test(`a good driver is found good (${ringName})`, async (t) => {
    const { world, emulated, queue } = setUp(ringFeatures);
    queue.kick();
    world.runSync();
    t.equal(queue.pop(), 0);
    t.same(emulated.violations, []);
  });
}

/** A queue whose `describe` is of another slot. */
function redirect(queue: Virtqueue, slot: number): Virtqueue {
  return {
    describe: (_slot: number, part: number, address: number, length: number, isWritten: boolean) =>
      queue.describe(slot, part, address, length, isWritten),
  } as unknown as Virtqueue;
}

t.test("an index that runs away, and a descriptor that is none, are found", async (t) => {
  const wild = setUp([]);
  const driver = wild.ring + 16 * 8;
  wild.queue.kick();
  new DataView(wild.emulated.memory.bytes.buffer).setUint16(driver + 2, 100, true);
  wild.world.runSync();
  t.match(wild.emulated.violations.join("; "), /buffers are available in a ring of 8/);
  const none = setUp([]);
  none.queue.kick();
  new DataView(none.emulated.memory.bytes.buffer).setUint16(none.ring + 16 * 8 + 4, 99, true);
  none.world.runSync();
  t.match(none.emulated.violations.join("; "), /descriptor 99 of 8 is available/);
});

t.test("a chain that loops is found", async (t) => {
  const { emulated, world, queue, ring } = setUp([]);
  const view = new DataView(emulated.memory.bytes.buffer);
  view.setUint16(ring + 12, 1 | 2, true);
  view.setUint16(ring + 14, 0, true);
  queue.kick();
  world.runSync();
  t.match(emulated.violations.join("; "), /a chain that does not end/);
});

t.test("registers of the wrong width, out of place or out of order are found", async (t) => {
  const world = createSimulation({ seed: 1 });
  const emulated = createEmulatedMachine({ world });
  emulated.attach(new NetModel({ ringFeatures: ALL_RING_FEATURES }), { bus: "pci" });
  const { mmio } = emulated.machine;
  const bar = 0x38_0000_0000 + 2 * 0x1_0000;
  t.throws(() => mmio.map(0x1234_5000, 16), RangeError);
  const base = mmio.map(bar, 0x4000);
  const expect = (pattern: RegExp, action: () => void): void => {
    emulated.violations.length = 0;
    action();
    t.match(emulated.violations.join("; "), pattern);
  };
  expect(/nobody answers/, () => mmio.read8(base + 0x14));
  emulated.machine.pci!.write16(2 << 3, 4, 6);
  expect(/was not mapped/, () => mmio.read8(bar));
  expect(/is not aligned/, () => mmio.read32(base + 2));
  expect(/bytes at 20 of the common structure/, () => mmio.read32(base + 0x14));
  expect(/300 is written to a register of 1 bytes/, () => mmio.write8(base + 0x14, 300));
  expect(/is out of order/, () => mmio.write8(base + 0x14, 4));
  expect(/clears bits of the status/, () => mmio.write8(base + 0x14, 0x81));
  expect(/not offered/, () => mmio.write32(base + 0x0c, 0xffff_ffff));
  expect(/a queue before FEATURES_OK/, () => mmio.write16(base + 0x1c, 1));
  expect(/configuration space/, () => emulated.machine.pci!.read32(2 << 3, 2));
});

t.test("memory for DMA is taken once, zeroed, and given back as it was taken", async (t) => {
  const emulated = createEmulatedMachine({
    world: createSimulation({ seed: 1 }),
    dmaBytes: 2 ** 18,
  });
  const { dma } = emulated.machine;
  const first = dma.allocate(5000, 4096);
  const second = dma.allocate(1, 65_536);
  t.equal(second % 65_536, 0);
  t.equal(first === second, false);
  t.throws(() => dma.address(first, 8193), RangeError);
  t.equal(dma.address(first + 100, 1) - dma.address(first, 1), 100);
  emulated.memory.bytes.fill(1, first, first + 100);
  dma.free(first, 5000);
  t.throws(() => dma.address(first, 1), RangeError);
  t.same(emulated.violations, []);
  dma.free(first, 5000);
  t.match(emulated.violations[0], /is given back, and was not taken/);
  t.equal(dma.allocate(2 ** 20, 16), -1);
  t.throws(() => dma.allocate(16, 24), RangeError);
});

t.test("the same seed gives the same machine", async (t) => {
  const play = (seed: number): string => {
    const world = createSimulation({ seed: 1 });
    const emulated = createEmulatedMachine({ world, seed });
    const model = new BlockModel({ sectorCount: 8 });
    emulated.attach(model, { bus: "pci" });
    const [transport] = findVirtioDevices(emulated.machine);
    const device = openVirtio(transport!, needsOf(emulated), () => []);
    const queue = device.createQueue(0, 64, 2)!;
    const area = device.allocate(4096);
    device.start(() => {});
    for (let count = 0; count < 32; count++) {
      const slot = queue.take();
      queue.describe(slot, 0, area.address, 16, false);
      queue.describe(slot, 1, area.address + 64 + slot, 1, true);
      queue.offer(slot, 2);
    }
    queue.kick();
    world.runSync();
    let order = "";
    for (let slot = queue.pop(); slot >= 0; slot = queue.pop()) order += ` ${slot}`;
    return order;
  };
  t.equal(play(1), play(1));
  t.not(play(1), play(2));
});
