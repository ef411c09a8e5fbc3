import t from "tap";
import { createSimulation } from "../../host-adapters/sim/mod.ts";
import { createEmulatedMachine } from "../../tests/machine/machine.ts";
import { needsOf } from "../../tests/machine/machine-system.ts";
import { BlockModel } from "../../tests/machine/virtio/block-model.ts";
import { EntropyModel } from "../../tests/machine/virtio/entropy-model.ts";
import { findVirtioDevices, VIRTIO_LIMITS } from "../virtio/mod.ts";
import { createVirtioRng } from "./mod.ts";

function setUp(model: EntropyModel = new EntropyModel(), waitUs = 2000) {
  const emulated = createEmulatedMachine({ world: createSimulation({ seed: 1 }) });
  emulated.attach(model, { bus: "pci" });
  const [transport] = findVirtioDevices(emulated.machine);
  const limits = { ...VIRTIO_LIMITS, waitUs };
  return {
    emulated,
    create: () => createVirtioRng(transport!, needsOf(emulated), { portionBytes: 64 }, limits),
  };
}

t.test("all of any length is filled, and nothing comes twice", async (t) => {
  const { emulated, create } = setUp();
  const rng = create();
  t.ok(rng.available);
  const seen = new Set<string>();
  for (let length = 0; length < 200; length++) {
    const target = new Uint8Array(length + 16);
    rng.fill(target.subarray(8, 8 + length));
    t.same([...target.subarray(0, 8), ...target.subarray(8 + length)], new Array(16).fill(0));
    if (length >= 8) seen.add(target.subarray(8, 16).join());
  }
  t.equal(seen.size, 192);
  t.same(emulated.violations, []);
});

t.test("a device that gives a byte at a time gives enough", async (t) => {
  const { create } = setUp(new EntropyModel({ portion: 1 }));
  const target = new Uint8Array(100);
  create().fill(target);
  t.ok(new Set(target).size > 20);
});

t.test("what was handed out is gone from memory", async (t) => {
  const { emulated, create } = setUp();
  const rng = create();
  const target = new Uint8Array(24);
  rng.fill(target);
  t.equal(Buffer.from(emulated.memory.bytes).indexOf(Buffer.from(target)), -1);
});

t.test("a device that does not answer is no source", async (t) => {
  const model = new EntropyModel({ faults: () => "silent" });
  const { emulated, create } = setUp(model, 500);
  t.throws(create, /does not answer/);
  t.equal(emulated.dma.usedBytes, 0);
});

t.test("another device is refused", async (t) => {
  const emulated = createEmulatedMachine({ world: createSimulation({ seed: 1 }) });
  emulated.attach(new BlockModel({ sectorCount: 8 }), { bus: "pci" });
  const [transport] = findVirtioDevices(emulated.machine);
  t.throws(() => createVirtioRng(transport!, needsOf(emulated)), /no entropy device/);
});
