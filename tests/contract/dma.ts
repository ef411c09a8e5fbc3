/** `Dma` (libos/hal/machine.ts): what a back end checks, so that no device reaches somebody's memory. */
import assert from "node:assert/strict";
import type { Dma, PacketMemory } from "../../libos/hal/mod.ts";
import type { TestFunction } from "./harness.ts";

/** A machine's memory for devices, of which no test before has left a pool open. */
export interface DmaUnderTest {
  readonly name: string;
  readonly dma: Dma;
  readonly memory: PacketMemory;
}

const PAGE_BYTES = 4096;

export function dmaContract({ name, dma, memory }: DmaUnderTest, test: TestFunction): void {
  const { regionOffset, regionBytes, bytes } = memory;
  const testPools = (what: string, run: (pool: number, other: number) => void): void => {
    test(`${name}: ${what}`, async () => {
      const [pool, other] = [dma.openPool(), dma.openPool()];
      try {
        run(pool, other);
      } finally {
        dma.closePool(pool);
        dma.closePool(other);
      }
    });
  };

  testPools("memory of a pool is aligned, zeroed and its own", (pool, other) => {
    const first = dma.allocate(pool, 5000, 16);
    bytes.fill(0xee, first, first + 5000);
    const second = dma.allocate(other, 1, 8192);
    assert.equal(second % 8192, 0);
    assert.ok(second >= first + 8192 || second + PAGE_BYTES <= first, "they do not overlap");
    assert.equal(dma.address(pool, first + 100, 1) - dma.address(pool, first, 1), 100);
    assert.throws(() => dma.address(other, first, 1), RangeError, "another driver's");
    dma.closePool(pool);
    assert.throws(() => dma.address(pool, first, 1), RangeError, "no pool");
    assert.equal(dma.openPool(), pool);
    const again = dma.allocate(pool, 8192, 16);
    assert.ok(bytes.subarray(again, again + 8192).every((byte) => byte === 0));
  });

  testPools("a range must be the driver's or the system's", (pool, other) => {
    const own = dma.allocate(pool, PAGE_BYTES, 16);
    const foreign = dma.allocate(other, PAGE_BYTES, 16);
    const table = dma.createTable(pool, 2);
    const offsets = new Int32Array(4);
    const lengths = new Int32Array(4);
    const describe = (offset: number, length: number): void => {
      dma.describe(table, 0, offset, length, 7);
      offsets.set([own, offset]);
      lengths.set([16, length]);
      dma.describeAll(table, 0, offsets, lengths, 2, 0, 0);
    };
    for (const [offset, length] of [
      [own, PAGE_BYTES],
      [own + PAGE_BYTES - 1, 1],
      [regionOffset, regionBytes],
      [regionOffset + regionBytes - 1, 1],
    ] as const) {
      describe(offset, length);
      dma.address(pool, offset, length);
    }
    for (const [offset, length] of [
      [foreign, 1],
      [own, Math.abs(foreign - own) + 1],
      [regionOffset + regionBytes - 1, 2],
      [regionOffset, regionBytes + 1],
      [regionOffset + regionBytes, 1],
      [-1, 1],
      [2 ** 31, 1],
    ] as const) {
      const where = `${offset} + ${length}`;
      assert.throws(() => dma.address(pool, offset, length), RangeError, where);
      dma.describe(table, 0, own, 32, 1);
      assert.throws(() => dma.describe(table, 0, offset, length, 2), RangeError, where);
      offsets.set([own, offset | 0]);
      lengths.set([16, length]);
      const all = (): void => dma.describeAll(table, 0, offsets, lengths, 2, 2, 0);
      assert.throws(all, RangeError, where);
      assert.equal(dma.readWord(table, 0, 2), 32, "without any effect");
      assert.equal(dma.readWord(table, 0, 3), 1);
    }
  });

  testPools("descriptors are written as they are described", (pool) => {
    const table = dma.createTable(pool, 8);
    for (const index of [0, 7]) {
      assert.equal(dma.readWord(table, index, 2), 0);
      assert.equal(dma.readWord(table, index, 3), 0);
    }
    assert.equal(dma.tableAddress(table) % 16, 0);
    dma.describe(table, 1, regionOffset, 100, 0xffff_fff0);
    assert.equal(dma.readWord(table, 1, 2), 100);
    assert.equal(dma.readWord(table, 1, 3), 0xffff_fff0);
    dma.writeWord(table, 1, 0x8000_0001);
    assert.equal(dma.readWord(table, 1, 3), 0x8000_0001);
    assert.equal(dma.readWord(table, 1, 2), 100);
    const offsets = Int32Array.of(regionOffset, regionOffset + 8, regionOffset + 4);
    dma.describeAll(table, 4, offsets, Int32Array.of(10, 20, 30), 3, 0x2_0001, 0x1_0000);
    const read = (which: 2 | 3): number[] => [4, 5, 6].map((at) => dma.readWord(table, at, which));
    assert.deepEqual(read(2), [10, 20, 30]);
    assert.deepEqual(read(3), [0x2_0001, 0x3_0001, 0]);
    dma.link(table, 0, table, 4, 3, 4);
    assert.equal(dma.readWord(table, 0, 2), 48);
    assert.equal(dma.readWord(table, 0, 3), 4);
  });

  testPools("descriptors that are not there are refused", (pool, other) => {
    const table = dma.createTable(pool, 4);
    const foreign = dma.createTable(other, 4);
    const offsets = new Int32Array(4).fill(regionOffset);
    const lengths = new Int32Array(4).fill(8);
    for (const [what, action] of [
      ["an index", () => dma.describe(table, 4, regionOffset, 8, 0)],
      ["a table", () => dma.describe(1000, 0, regionOffset, 8, 0)],
      ["too many", () => dma.describeAll(table, 1, offsets, lengths, 4, 0, 0)],
      ["none", () => dma.describeAll(table, 1, offsets, lengths, 0, 0, 0)],
      ["a short list", () => dma.describeAll(table, 0, offsets.subarray(2), lengths, 4, 0, 0)],
      ["a link beyond", () => dma.link(table, 0, table, 2, 3, 0)],
      ["a link to nothing", () => dma.link(table, 0, table, 2, 0, 0)],
      ["another driver's", () => dma.link(table, 0, foreign, 0, 1, 0)],
      ["reading", () => dma.readWord(table, 4, 2)],
      ["writing", () => dma.writeWord(table, 4, 0)],
    ] as const) {
      assert.throws(action, RangeError, what);
    }
    dma.closePool(other);
    assert.throws(() => dma.readWord(foreign, 0, 2), RangeError, "a table of a closed pool");
    assert.equal(dma.openPool(), other);
  });

  testPools("what does not fit is refused", (pool) => {
    assert.equal(dma.allocate(pool, regionOffset + PAGE_BYTES, 16), -1);
    assert.equal(dma.createTable(pool, 2 ** 28), -1);
    for (const alignment of [0, 8, 24, 131_072]) {
      assert.throws(() => dma.allocate(pool, 16, alignment), RangeError, `${alignment}`);
    }
    const pools: number[] = [];
    assert.throws(() => {
      for (let count = 0; count < 65; count++) pools.push(dma.openPool());
    }, RangeError);
    for (const each of pools) dma.closePool(each);
    assert.throws(() => dma.closePool(pools[0]!), RangeError, "twice");
  });
}
