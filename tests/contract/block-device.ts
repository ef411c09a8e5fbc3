/** `BlockDevice` (libos/hal/block-device.ts). */
import assert from "node:assert/strict";
import { createRandom } from "../../host-adapters/shared/random.ts";
import type {
  BlockDevice,
  BlockOperation,
  BlockStatus,
  PacketMemory,
} from "../../libos/hal/mod.ts";
import {
  type ContractHarness,
  type SystemUnderTest,
  testSystem,
  type TestFunction,
} from "./harness.ts";

/** A disk of one system, with waiting. */
class Disk {
  readonly device: BlockDevice;
  readonly memory: PacketMemory;
  readonly completions = new Map<number, BlockStatus>();
  readonly #system: SystemUnderTest;
  #nextToken = 1;

  constructor(system: SystemUnderTest, device: BlockDevice) {
    this.#system = system;
    this.device = device;
    this.memory = system.hal.memory;
    device.onReady(() => {
      let calls = 0;
      const count = device.complete((token, status) => {
        calls++;
        assert.ok(!this.completions.has(token), `token ${token} came twice`);
        this.completions.set(token, status);
      });
      assert.equal(count, calls, "complete returns its calls");
    });
  }

  /** @returns The token. */
  submit(operation: BlockOperation, sector: number, count: number, offset: number): number {
    const token = this.#nextToken++;
    assert.ok(this.device.submit(operation, sector, count, offset, token), "room in the queue");
    return token;
  }

  async run(
    operation: BlockOperation,
    sector: number,
    count: number,
    offset: number,
  ): Promise<BlockStatus> {
    const token = this.submit(operation, sector, count, offset);
    assert.ok(!this.completions.has(token), "not from inside of submit");
    assert.ok(await this.#system.until(() => this.completions.has(token)), operation);
    return this.completions.get(token)!;
  }
}

function testDisk(
  harness: ContractHarness,
  test: TestFunction,
  name: string,
  run: (disk: Disk, system: SystemUnderTest) => Promise<void>,
): void {
  if (!harness.devices.includes("disk")) return;
  testSystem(harness, test, name, (system) => run(new Disk(system, system.disk!.device), system));
}

export function blockDeviceContract(harness: ContractHarness, test: TestFunction): void {
  testDisk(harness, test, "a block device says what it is", async ({ device }, system) => {
    const { info } = device;
    assert.ok(info.name.length > 0);
    assert.ok(info.sectorBytes === 512 || info.sectorBytes === 4096);
    assert.ok(info.sectorCount >= 64);
    assert.ok(info.maxRequestSectors >= 8 && info.queueRequests >= 1);
    assert.equal(info.readOnly, false);
    assert.equal(system.disk!.readOnly.info.readOnly, true);
    assert.ok(system.hal.block.includes(device));
  });

  testDisk(harness, test, "what was written is read, and its neighbours stay", async (disk) => {
    const { memory, device } = disk;
    const { sectorBytes } = device.info;
    const random = createRandom(1, "sectors");
    const model = new Uint8Array(64 * sectorBytes);
    const base = memory.regionOffset;
    for (let step = 0; step < 60; step++) {
      const count = 1 + random.below(8);
      const sector = random.below(64 - count);
      const offset = base + 4 * random.below(1000);
      const data = memory.bytes.subarray(offset, offset + count * sectorBytes);
      if (step % 2 === 0) {
        random.fill(data);
        model.set(data, sector * sectorBytes);
        assert.equal(await disk.run("write", sector, count, offset), "ok");
      } else {
        const guard = offset + data.length;
        memory.bytes[guard] = 0xa5;
        data.fill(0);
        assert.equal(await disk.run("read", sector, count, offset), "ok");
        const from = sector * sectorBytes;
        assert.deepEqual(data, model.subarray(from, from + data.length), `sector ${sector}`);
        assert.equal(memory.bytes[guard], 0xa5, "not a byte more");
      }
    }
    assert.equal(await disk.run("flush", 0, 0, 0), "ok");
  });

  testDisk(harness, test, "each of many requests completes once", async (disk, system) => {
    const { device, memory, completions } = disk;
    const { sectorBytes } = device.info;
    const tokens: number[] = [];
    for (let index = 0; index < Math.min(16, device.info.queueRequests); index++) {
      const offset = memory.regionOffset + index * sectorBytes;
      memory.bytes.fill(index + 1, offset, offset + sectorBytes);
      tokens.push(disk.submit("write", index, 1, offset));
    }
    assert.ok(await system.until(() => tokens.every((token) => completions.has(token))));
    assert.equal(completions.size, tokens.length);
    memory.zero(memory.regionOffset, 16 * sectorBytes);
    assert.equal(await disk.run("read", 0, tokens.length, memory.regionOffset), "ok");
    for (const index of tokens.keys()) {
      assert.equal(memory.bytes[memory.regionOffset + index * sectorBytes + 9], index + 1);
    }
  });

  testDisk(harness, test, "requests outside of the disk get range", async (disk) => {
    const { sectorCount, maxRequestSectors } = disk.device.info;
    const base = disk.memory.regionOffset;
    for (const [sector, count] of [
      [sectorCount, 1],
      [sectorCount - 1, 2],
      [-1, 1],
      [0, 0],
      [0, maxRequestSectors + 1],
    ] as const) {
      assert.equal(await disk.run("read", sector, count, base), "range", `${sector} + ${count}`);
      assert.equal(await disk.run("write", sector, count, base), "range");
    }
  });

  testDisk(harness, test, "a read-only disk is read, and not written", async (writable, system) => {
    const disk = new Disk(system, system.disk!.readOnly);
    const { memory } = writable;
    const base = memory.regionOffset;
    assert.equal(await disk.run("read", 0, 1, base), "ok");
    const before = memory.bytes.slice(base, base + 512);
    memory.bytes.fill(0x77, base, base + 512);
    assert.equal(await disk.run("write", 0, 1, base), "read-only");
    assert.equal(await disk.run("read", 0, 1, base), "ok");
    assert.deepEqual(memory.bytes.slice(base, base + 512), before);
  });

  testDisk(
    harness,
    test,
    "a full queue refuses, and announces room",
    async ({ device, memory }, system) => {
      const done = new Set<number>();
      let isReady = false;
      device.onReady(() => {
        isReady = true;
        device.complete((token) => done.add(token));
      });
      let taken = 0;
      while (device.submit("read", 0, 1, memory.regionOffset, taken)) {
        taken++;
        assert.ok(taken <= device.info.queueRequests, "no more than the queue holds");
      }
      assert.equal(taken, device.info.queueRequests);
      assert.ok(
        await system.until(() => isReady && done.size === taken),
        `${done.size} of ${taken}`,
      );
      isReady = false;
      assert.ok(device.submit("read", 0, 1, memory.regionOffset, taken), "room again");
      assert.ok(await system.until(() => done.size === taken + 1));
    },
  );

  testDisk(harness, test, "transferSync does the same at once, in order", async (disk) => {
    const { device, memory } = disk;
    if (device.transferSync === undefined) return;
    const { sectorBytes } = device.info;
    const base = memory.regionOffset;
    memory.bytes.fill(1, base, base + sectorBytes);
    memory.bytes.fill(2, base + sectorBytes, base + 2 * sectorBytes);
    disk.submit("write", 5, 1, base);
    assert.equal(device.transferSync("read", 5, 1, base + 8192), "ok");
    assert.equal(memory.bytes[base + 8192], 1, "after the write that was submitted before");
    disk.submit("write", 5, 1, base);
    assert.equal(device.transferSync("write", 5, 1, base + sectorBytes), "ok");
    assert.equal(await disk.run("read", 5, 1, base + 8192), "ok");
    assert.equal(memory.bytes[base + 8192], 2, "the later write stays");
    assert.equal(device.transferSync("flush", 0, 0, 0), "ok");
    assert.equal(device.transferSync("read", device.info.sectorCount, 1, base), "range");
    assert.equal(disk.completions.get(1), "ok", "the submitted ones still complete");
  });
}
