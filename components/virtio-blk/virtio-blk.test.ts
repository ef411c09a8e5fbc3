import t from "tap";
import { createSimulation } from "../../host-adapters/sim/mod.ts";
import { createEmulatedMachine } from "../../tests/machine/machine.ts";
import { needsOf } from "../../tests/machine/machine-system.ts";
import { BLOCK_FEATURE, BlockModel } from "../../tests/machine/virtio/block-model.ts";
import type { BlockModelOptions } from "../../tests/machine/virtio/block-model.ts";
import { DeviceError, findVirtioDevices } from "../virtio/mod.ts";
import { fuzz } from "./fuzz.ts";
import { createVirtioBlk, VIRTIO_BLK_LIMITS } from "./mod.ts";

const { BLK_SIZE, DISCARD, FLUSH, RO, SEG_MAX, SIZE_MAX } = BLOCK_FEATURE;
const FLUSH_TYPE = 4;
const DISCARD_TYPE = 11;

function setUp(options: Partial<BlockModelOptions> = {}) {
  const world = createSimulation({ seed: 1 });
  const emulated = createEmulatedMachine({ world });
  const model = new BlockModel({ sectorCount: 2048, ...options });
  emulated.attach(model, { bus: "pci" });
  const [transport] = findVirtioDevices(emulated.machine);
  const disk = createVirtioBlk(transport!, needsOf(emulated), "disk0");
  const { bytes, regionOffset } = emulated.memory;
  return { world, emulated, model, disk, bytes, base: regionOffset };
}

t.test("what the configuration says is what the system is told", async (t) => {
  t.match(setUp().disk.info, {
    sectorBytes: 512,
    sectorCount: 2048,
    readOnly: false,
    discards: true,
    maxRequestSectors: 2048,
    queueRequests: VIRTIO_BLK_LIMITS.queueRequests,
  });
  const large = setUp({ blockBytes: 4096 }).disk.info;
  t.same([large.sectorBytes, large.sectorCount, large.maxRequestSectors], [4096, 256, 256]);
  t.same(setUp({ blockBytes: 1024 }).disk.info.sectorBytes, 4096, "blocks are kept whole");
  t.match(setUp({ features: [RO] }).disk.info, { readOnly: true, discards: false });
});

t.test("a large sector is read and written where it is", async (t) => {
  const { model, disk, bytes, base, emulated } = setUp({ blockBytes: 4096 });
  bytes.fill(7, base, base + 4096);
  t.equal(disk.transferSync("write", 3, 1, base), "ok");
  t.equal(model.bytes.indexOf(7), 3 * 4096);
  t.equal(model.bytes.lastIndexOf(7), 4 * 4096 - 1);
  t.same(emulated.violations, []);
});

t.test("data goes in several parts to a device that wants them short", async (t) => {
  for (const ringFeatures of [[28, 29], [], [34]]) {
    const features = [SIZE_MAX, SEG_MAX, BLK_SIZE, FLUSH];
    const { model, disk, bytes, base, emulated } = setUp({ features, ringFeatures });
    t.equal(disk.info.maxRequestSectors, (4 * 65_536) / 512);
    const count = 300;
    for (let at = 0; at < count * 512; at++) bytes[base + at] = at % 251;
    t.equal(disk.transferSync("write", 9, count, base), "ok");
    t.same(model.bytes.slice(9 * 512, (9 + count) * 512), bytes.slice(base, base + count * 512));
    bytes.fill(0, base, base + count * 512);
    t.equal(disk.transferSync("read", 9, count, base), "ok");
    t.equal(bytes[base + 152_000], 152_000 % 251);
    t.same(emulated.violations, []);
  }
});

t.test("a sector that the device cannot read ends in io-error, and the disk goes on", async (t) => {
  const { disk, base } = setUp({ badSectors: [5] });
  t.equal(disk.transferSync("read", 5, 1, base), "io-error");
  t.equal(disk.transferSync("write", 4, 3, base), "io-error");
  t.equal(disk.transferSync("read", 6, 1, base), "ok");
  t.equal(disk.failure, undefined);
});

t.test(
  "a flush reaches the device, and is ok at once where there is nothing to flush",
  async (t) => {
    const { model, disk } = setUp();
    t.equal(disk.transferSync("flush", 0, 0, 0), "ok");
    t.same(model.done, [FLUSH_TYPE]);
    const through = setUp({ features: [] });
    t.equal(through.disk.transferSync("flush", 0, 0, 0), "ok");
    t.same(through.model.done, []);
  },
);

t.test("a discard reaches the device within its limits", async (t) => {
  const { model, disk, emulated } = setUp({ sectorCount: 4096 });
  model.bytes.fill(1);
  t.equal(disk.transferSync("discard", 10, 2, 0), "ok");
  t.same(model.done, [DISCARD_TYPE]);
  t.equal(model.bytes[10 * 512 - 1], 1);
  t.equal(model.bytes[10 * 512], 0);
  t.equal(model.bytes[12 * 512], 1);
  t.equal(disk.transferSync("discard", 0, 2000, 0), "ok", "more than the device takes at once");
  t.equal(model.bytes[1024 * 512], 1, "the rest is left as it is");
  const none = setUp({ features: [FLUSH] });
  t.equal(none.disk.transferSync("discard", 10, 2, 0), "ok");
  t.same(none.model.done, []);
  t.equal(setUp({ features: [RO, DISCARD] }).disk.transferSync("discard", 0, 1, 0), "read-only");
  t.same(emulated.violations, []);
});

t.test("requests that need no device complete as the others do, in jobs", async (t) => {
  const { world, disk, base } = setUp({ features: [RO] });
  const ended: string[] = [];
  disk.onReady(() => disk.complete((token, status) => ended.push(`${token} ${status}`)));
  disk.submit("write", 0, 1, base, 1.5);
  disk.submit("read", -1, 1, base, -7);
  disk.submit("flush", 0, 0, 0, 2 ** 40);
  t.same(ended, []);
  world.runSync();
  t.same(ended, ["1.5 read-only", "-7 range", `${2 ** 40} ok`]);
});

t.test("a request to memory that no device can reach is the caller's bug", async (t) => {
  const { disk, emulated, base } = setUp();
  for (let count = 0; count < 200; count++) {
    t.throws(() => disk.submit("read", 0, 1, emulated.memory.bytes.length - 100, 1), RangeError);
  }
  t.ok(disk.submit("read", 0, 1, base, 1), "and costs no room in the queue");
});

t.test("a disk without sectors, or with blocks too large, is refused", async (t) => {
  t.throws(() => setUp({ sectorCount: 0 }), DeviceError);
  t.throws(() => setUp({ blockBytes: 8192 }), DeviceError);
});

t.test("close waits for what was submitted, and gives the memory back", async (t) => {
  const { disk, model, base, emulated, world } = setUp();
  disk.onReady(() => t.fail("called"));
  for (let token = 0; token < 10; token++) disk.submit("write", token, 1, base, token);
  disk.close();
  disk.close();
  world.runSync();
  t.equal(model.done.length, 10);
  t.equal(disk.transferSync("read", 0, 1, base), "io-error");
  t.equal(emulated.dma.usedBytes, 0);
  t.same(emulated.violations, []);
});

t.test(
  "a hostile device whose rings are noise may read a discard without its segment",
  async (t) => {
    // Found by the fuzzer, as input 53,587 of seed 77.
    const bytes = [1, 1, 1, 0x12, 0x13, 0xff, 0x15, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19];
    for (let byte = 0x1a; byte <= 0x23; byte++) bytes.push(byte);
    t.doesNotThrow(() => fuzz[0]!.run(Uint8Array.from(bytes)));
  },
);
