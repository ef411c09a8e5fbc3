import t from "tap";
import { createSimulation } from "../../host-adapters/sim/mod.ts";
import { createEmulatedMachine } from "../../tests/machine/machine.ts";
import { needsOf } from "../../tests/machine/machine-system.ts";
import { EntropyModel } from "../../tests/machine/virtio/entropy-model.ts";
import { BlockModel } from "../../tests/machine/virtio/block-model.ts";
import { MmioModel } from "../../tests/machine/virtio/mmio-model.ts";
import { DeviceError, findVirtioDevices, openVirtio, STATUS, VIRTIO_LIMITS } from "./mod.ts";

function setUp(options: { vectors?: number } = {}) {
  const world = createSimulation({ seed: 1 });
  return { world, emulated: createEmulatedMachine({ world, ...options }) };
}

t.test("devices are found on both buses, in a fixed order", async (t) => {
  const { emulated } = setUp();
  emulated.attach(new EntropyModel(), { bus: "mmio" });
  emulated.attach(new BlockModel({ sectorCount: 8 }), { bus: "pci" });
  emulated.attach(new EntropyModel(), { bus: "pci" });
  const found = findVirtioDevices(emulated.machine);
  t.same(
    found.map(({ name, deviceType }) => `${name}: ${deviceType}`),
    ["pci 00:03.0: 2", "pci 00:04.0: 4", "mmio 0xfeb00400: 4"],
  );
  t.same(emulated.violations, []);
});

t.test("slots that hold nothing, legacy devices or something else are passed over", async (t) => {
  const { emulated } = setUp();
  const model = new EntropyModel();
  for (const [index, identity] of [
    { magic: 0, version: 2 },
    { magic: 0x7472_6976, version: 1 },
  ].entries()) {
    const block = new MmioModel(model, 20 + index, emulated.interrupts, () => {});
    Object.assign(block.identity, identity);
    emulated.addMmioSlot(0x1000_0000 + index * 0x200, block, 20 + index);
  }
  t.same(findVirtioDevices(emulated.machine), []);
});

t.test(
  "a device on PCI without its structures is reported, and the next one is found",
  async (t) => {
    const { emulated } = setUp();
    emulated.attach(new EntropyModel(), { bus: "pci" });
    emulated.attach(new EntropyModel(), { bus: "pci" });
    // The first one's list of capabilities ends at once.
    emulated.machine.pci!.write8(2 << 3, 0x40 + 1, 0);
    const lines: string[] = [];
    const found = findVirtioDevices(emulated.machine, (line) => lines.push(line));
    t.same(
      found.map(({ name }) => name),
      ["pci 00:03.0"],
    );
    t.equal(lines.length, 1);
    t.match(lines[0], /^pci 00:02\.0: it lacks the virtio structure 1/);
  },
);

t.test("without vectors the line interrupts", async (t) => {
  const { emulated, world } = setUp({ vectors: 0 });
  const model = new EntropyModel();
  emulated.attach(model, { bus: "pci" });
  const [transport] = findVirtioDevices(emulated.machine);
  const device = openVirtio(transport!, needsOf(emulated), () => []);
  let events = 0;
  device.start((what) => (events |= what));
  model.changeConfig();
  world.runSync();
  t.equal(events, 2);
  t.same(emulated.violations, [], "the line was taken back");
});

t.test("configuration that changes while it is read is read again", async (t) => {
  const { emulated } = setUp();
  const model = new BlockModel({ sectorCount: 8 });
  emulated.attach(model, { bus: "mmio" });
  const [transport] = findVirtioDevices(emulated.machine);
  const device = openVirtio(transport!, needsOf(emulated), () => []);
  let rounds = 0;
  const value = device.readConfig((from) => {
    if (rounds++ < 3) model.generation++;
    return from.readConfig32(0);
  });
  t.equal(value, 8);
  t.equal(rounds, 4);
  t.throws(() => device.readConfig(() => model.generation++), DeviceError);
});

t.test("the status tells the driver's progress (3.1.1)", async (t) => {
  const { emulated } = setUp();
  const model = new EntropyModel();
  emulated.attach(model, { bus: "pci" });
  const [transport] = findVirtioDevices(emulated.machine);
  const device = openVirtio(transport!, needsOf(emulated), () => []);
  t.equal(model.status, STATUS.ACKNOWLEDGE | STATUS.DRIVER | STATUS.FEATURES_OK);
  device.start(() => {});
  t.equal(model.status & STATUS.DRIVER_OK, STATUS.DRIVER_OK);
  device.close();
  t.equal(model.status, 0);
  t.same(emulated.violations, []);
});

for (const bus of ["pci", "mmio"] as const) {
  t.test(`devices that share a wired line are both heard (${bus})`, async (t) => {
    const { emulated, world } = setUp({ vectors: 0 });
    const models = [new EntropyModel(), new EntropyModel()];
    for (const model of models) emulated.attach(model, { bus, line: 9 });
    const events = [0, 0];
    const devices = findVirtioDevices(emulated.machine).map((transport, index) => {
      const device = openVirtio(transport, needsOf(emulated), () => []);
      device.start((what) => (events[index]! += what));
      return device;
    });
    for (const model of models) {
      model.changeConfig();
      world.runSync();
    }
    t.same(events, [2, 2]);
    for (const model of models) model.changeConfig();
    world.runSync();
    t.same(events, [4, 4], "also at once");
    devices[0]!.close();
    models[1]!.changeConfig();
    world.runSync();
    t.same(events, [4, 6], "one is closed, the other works on");
    t.same(emulated.violations, []);
  });
}

t.test("a device that was given up lets the line go", async (t) => {
  const { emulated, world } = setUp({ vectors: 0 });
  const model = new EntropyModel();
  emulated.attach(model, { bus: "pci", line: 9 });
  const [transport] = findVirtioDevices(emulated.machine);
  const device = openVirtio(transport!, needsOf(emulated), () => [], {
    ...VIRTIO_LIMITS,
    resetReads: 10,
  });
  device.start(() => {});
  model.isDead = true;
  model.changeConfig();
  device.close();
  world.runSync();
  t.same(emulated.violations, [], "no storm");
});
