import t from "tap";
import { createSimulation } from "../../host-adapters/sim/mod.ts";
import { type AttachOptions, createEmulatedMachine } from "../../tests/machine/machine.ts";
import { needsOf } from "../../tests/machine/machine-system.ts";
import { EntropyModel } from "../../tests/machine/virtio/entropy-model.ts";
import { BlockModel } from "../../tests/machine/virtio/block-model.ts";
import { NET_FEATURE, NetModel } from "../../tests/machine/virtio/net-model.ts";
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

t.test("slots that hold nothing or something else are passed over", async (t) => {
  const { emulated } = setUp();
  const model = new EntropyModel();
  for (const [index, identity] of [
    { magic: 0, version: 2 },
    { magic: 0x7472_6976, version: 3 },
  ].entries()) {
    const block = new MmioModel(model, 20 + index, emulated.interrupts, () => {});
    Object.assign(block.identity, identity);
    emulated.addMmioSlot(0x1000_0000 + index * 0x200, block, 20 + index);
  }
  const lines: string[] = [];
  t.same(
    findVirtioDevices(emulated.machine, (line) => lines.push(line)),
    [],
  );
  t.same(lines, []);
});

t.test("a legacy device in a slot is reported, with what to do (4.2.4)", async (t) => {
  const { emulated } = setUp();
  const block = new MmioModel(new EntropyModel(), 20, emulated.interrupts, () => {});
  Object.assign(block.identity, { version: 1 });
  emulated.addMmioSlot(0x1000_0000, block, 20);
  const lines: string[] = [];
  t.same(
    findVirtioDevices(emulated.machine, (line) => lines.push(line)),
    [],
  );
  t.equal(lines.length, 1);
  t.match(
    lines[0],
    /^mmio 0x10000000: it is a legacy virtio device \(of type 4\).*force-legacy=false/,
  );
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

/** Opens a device with 5 queues; each interrupts once. @returns What the handler was told. */
function interruptEach(attachment: Partial<AttachOptions>, vectors = 32, queueVectors = 8): string {
  const { emulated, world } = setUp({ vectors });
  const { CTRL_VQ, MQ } = NET_FEATURE;
  const model = new NetModel({ features: [CTRL_VQ, MQ], pairs: 2 });
  emulated.attach(model, { bus: "pci", ...attachment });
  const [transport] = findVirtioDevices(emulated.machine);
  const limits = { ...VIRTIO_LIMITS, queueVectors };
  const device = openVirtio(transport!, needsOf(emulated), () => [], limits);
  for (let queue = 0; queue < 4; queue++) device.createQueue(queue, 4, 1);
  device.createQueue(4, 4, 1, true);
  const told: string[] = [];
  device.start((events, queue) => told.push(`${events}:${queue}`));
  for (let queue = 0; queue < 5; queue++) {
    model.raise(1, queue);
    world.runSync();
  }
  model.changeConfig();
  world.runSync();
  t.same(emulated.violations, []);
  return told.join(" ");
}

t.test("each queue interrupts by a vector of its own, and a polled one by none", async (t) => {
  t.equal(interruptEach({ vectors: 16 }), "1:0 1:1 1:2 1:3 2:-1");
});

t.test("where vectors are scarce some queues share one", async (t) => {
  const shared = "1:-1 1:1 1:-1 1:-1 2:-1";
  t.equal(interruptEach({ vectors: 3 }), shared, "in the device's table");
  t.equal(interruptEach({ vectors: 16, acceptedVectors: 3 }), shared, "in the device");
  t.equal(interruptEach({ vectors: 16 }, 3), shared, "in the machine");
  t.equal(interruptEach({ vectors: 16 }, 32, 2), shared, "by the limit");
  t.equal(interruptEach({ vectors: 2 }), "1:-1 1:-1 1:-1 1:-1 2:-1", "all of them");
});

t.test("without a vector for queues the line interrupts", async (t) => {
  const byLine = "1:-1 1:-1 1:-1 1:-1 1:-1 2:-1";
  t.equal(interruptEach({ vectors: 1 }), byLine, "the device has but one");
  t.equal(interruptEach({ vectors: 16 }, 1), byLine, "the machine has but one");
  t.equal(interruptEach({ hasMsix: false }), byLine);
  t.equal(interruptEach({ bus: "mmio" }), byLine);
});

t.test("a device that accepts no vector for a queue is refused", async (t) => {
  t.throws(() => interruptEach({ vectors: 16, acceptedVectors: 1 }), /refuses an interrupt vector/);
});
