/** The emulated machine finds the mistakes of a driver: each is planted here once. */
import t from "tap";
import { openVirtio, findVirtioDevices, type Virtqueue } from "../../components/virtio/mod.ts";
import type { VirtioDevice } from "../../components/virtio/mod.ts";
import { createSimulation, type Simulation } from "../../host-adapters/sim/mod.ts";
import { dmaContract } from "../contract/dma.ts";
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
  /** Where the available ring, or the event structures, lie in the slab. */
  readonly ring: number;
  /** The descriptors, which no driver can reach. */
  readonly descriptors: DataView;
  /** 4 KiB of the driver's own. */
  readonly area: number;
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
  queue.describe(slot, 0, area, 64, true, true);
  queue.offer(slot, 1);
  const { buffer, byteOffset } = emulated.dma.tableBytes(0);
  const descriptors = new DataView(buffer, byteOffset);
  return { world, emulated, model, device, queue, ring, descriptors, area };
}

/** What a driver does wrong before the device looks, and what the machine says. */
const MISTAKES: readonly (readonly [string, RegExp, (setting: Setting) => void])[] = [
  [
    "an address outside of the driver's memory",
    /is not the driver's/,
    ({ descriptors }) => descriptors.setUint32(0, descriptors.getUint32(0, true) + 4080, true),
  ],
  [
    "an address that is none",
    /is not the driver's/,
    ({ descriptors }) => descriptors.setUint32(4, 0, true),
  ],
  [
    "a buffer of no bytes",
    /a part of no bytes/,
    ({ queue, area }) => queue.describe(0, 0, area, 0, true, true),
  ],
  [
    "a buffer to read where the device writes",
    /a buffer to read/,
    ({ queue, area }) => queue.describe(0, 0, area, 64, false, true),
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
    emulated.memory.bytes[area + 3]! ^= 1;
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
    describe: (_slot: number, part: number, offset: number, length: number, isWritten: boolean) =>
      queue.describe(slot, part, offset, length, isWritten, true),
  } as unknown as Virtqueue;
}

t.test("an index that runs away, and a descriptor that is none, are found", async (t) => {
  const wild = setUp([]);
  wild.queue.kick();
  new DataView(wild.emulated.memory.bytes.buffer).setUint16(wild.ring + 2, 100, true);
  wild.world.runSync();
  t.match(wild.emulated.violations.join("; "), /buffers are available in a ring of 8/);
  const none = setUp([]);
  none.queue.kick();
  new DataView(none.emulated.memory.bytes.buffer).setUint16(none.ring + 4, 99, true);
  none.world.runSync();
  t.match(none.emulated.violations.join("; "), /descriptor 99 of 8 is available/);
});

t.test("a chain that loops is found", async (t) => {
  const { emulated, world, queue, descriptors } = setUp([]);
  descriptors.setUint16(12, 1 | 2, true);
  descriptors.setUint16(14, 0, true);
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

const { machine, memory } = createEmulatedMachine({ world: createSimulation({ seed: 1 }) });
dmaContract({ name: "emulated machine", dma: machine.dma, memory }, (name, run) =>
  t.test(name, () => run()),
);

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
      queue.describe(slot, 0, area, 16, false, false);
      queue.describe(slot, 1, area + 64 + slot, 1, true, true);
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
