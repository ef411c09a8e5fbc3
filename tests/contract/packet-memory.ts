/** `PacketMemory` (libos/hal/packet-memory.ts): equal to the plain TypeScript reference. */
import assert from "node:assert/strict";
import { createPlainMemory } from "../../host-adapters/shared/plain-memory.ts";
import { createRandom } from "../../host-adapters/shared/random.ts";
import type { PacketMemory } from "../../libos/hal/mod.ts";
import { type ContractHarness, testSystem, type TestFunction } from "./harness.ts";

/** The reference over a copy of the region: offsets are the same, less `regionOffset`. */
function referenceOf(memory: PacketMemory): PacketMemory {
  const { bytes, regionOffset, regionBytes } = memory;
  const copy = bytes.slice(regionOffset, regionOffset + regionBytes);
  return createPlainMemory(copy, 0, regionBytes);
}

function assertSame(memory: PacketMemory, reference: PacketMemory, what: string): void {
  const { bytes, regionOffset, regionBytes } = memory;
  for (let index = 0; index < regionBytes; index++) {
    if (bytes[regionOffset + index] !== reference.bytes[index]) {
      assert.fail(`${what}: byte ${index} is ${bytes[regionOffset + index]}`);
    }
  }
}

/** Fills the first 128 KiB of the region with random bytes; the tests work on them. */
function fillRandom(memory: PacketMemory, seed: number): number {
  const span = Math.min(memory.regionBytes, 131_072);
  const target = memory.bytes.subarray(memory.regionOffset, memory.regionOffset + span);
  createRandom(seed, "packet memory").fill(target);
  return span;
}

export function packetMemoryContract(harness: ContractHarness, test: TestFunction): void {
  testSystem(harness, test, "the region lies in the slab, at whole pages", async ({ hal }) => {
    const { bytes, regionOffset, regionBytes } = hal.memory;
    assert.equal(regionOffset % 4096, 0);
    assert.equal(regionBytes % 4096, 0);
    assert.ok(regionBytes > 0 && regionOffset + regionBytes <= bytes.length);
    assert.equal(hal.memory.bytes, bytes, "the view is always the same");
  });

  testSystem(harness, test, "packet memory does what the reference does", async ({ hal }) => {
    const { memory } = hal;
    const span = fillRandom(memory, 1);
    const reference = referenceOf(memory);
    const random = createRandom(2, "operations");
    const outer = new Uint8Array(5000);
    random.fill(outer);
    for (let step = 0; step < 4000; step++) {
      const length = random.below([4, 70, 1600, 5000][step % 4]!);
      const from = random.below(span - length);
      // Every fourth pair of ranges overlaps.
      const near = Math.min(span - length, from + random.below(40));
      const to = step % 4 === 0 ? near : random.below(span - length);
      const at = random.below(outer.length - length);
      const base = memory.regionOffset;
      const sum = random.below(0x10000);
      const overlaps = to < from + length && from < to + length;
      const kind = step % 7;
      if (kind === 0) {
        memory.copy(base + to, base + from, length);
        reference.copy(to, from, length);
      } else if (kind === 1) {
        memory.copyIn(base + to, outer, at, length);
        reference.copyIn(to, outer, at, length);
      } else if (kind === 2) {
        memory.copyOut(outer, at, base + from, length);
        const expected = reference.bytes.subarray(from, from + length);
        assert.deepEqual(outer.subarray(at, at + length), expected, "copyOut");
      } else if (kind === 3 && length < 100) {
        memory.zero(base + to, length);
        reference.zero(to, length);
      } else if (kind < 6 || overlaps) {
        const got = memory.checksum(base + from, length, sum);
        assert.equal(got, reference.checksum(from, length, sum), `${from} + ${length}`);
      } else {
        const got = memory.copyChecksum(base + to, base + from, length, sum);
        assert.equal(got, reference.copyChecksum(to, from, length, sum), `${from} + ${length}`);
      }
    }
    assertSame(memory, reference, "after 4000 operations");
  });

  testSystem(harness, test, "every length and alignment sums and copies alike", async ({ hal }) => {
    const { memory } = hal;
    fillRandom(memory, 3);
    const reference = referenceOf(memory);
    const base = memory.regionOffset;
    for (let length = 0; length <= 200; length++) {
      const from = length % 17;
      const to = 1000 + (length % 13);
      const got = memory.copyChecksum(base + to, base + from, length, 0);
      assert.equal(got, reference.copyChecksum(to, from, length, 0), `length ${length}`);
      assert.equal(memory.checksum(base + to, length, 0), got);
    }
    assertSame(memory, reference, "after every length");
  });

  testSystem(harness, test, "the checksum is RFC 1071's", async ({ hal }) => {
    const { memory } = hal;
    const base = memory.regionOffset;
    memory.bytes.set([0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7], base);
    assert.equal(memory.checksum(base, 8, 0), 0xddf2, "the example of section 3");
    const whole = memory.checksum(base, 7, 0);
    assert.equal(memory.checksum(base + 4, 3, memory.checksum(base, 4, 0)), whole, "joined ranges");
    assert.equal(memory.checksum(base, 0, 0), 0);
    assert.equal(memory.checksum(base, 0, 0xffff), 0xffff);
    memory.bytes.fill(0xff, base, base + 100);
    assert.equal(memory.checksum(base, 100, 0), 0xffff);
    memory.zero(base, 100);
    assert.equal(memory.checksum(base, 100, 0), 0);
  });

  testSystem(
    harness,
    test,
    "ranges outside of the slab get RangeError, without effect",
    async ({ hal }) => {
      const { memory } = hal;
      const end = memory.bytes.length;
      const base = memory.regionOffset;
      fillRandom(memory, 4);
      const reference = referenceOf(memory);
      const outer = new Uint8Array(64);
      const bad: readonly (readonly [number, number])[] = [
        [-1, 4],
        [end - 3, 4],
        [end, 1],
        [end + 1, 0],
        [base, -1],
        [base, end + 1],
        [NaN, 4],
        [base, NaN],
        [2 ** 32, 4],
        [2 ** 31, 4],
      ];
      for (const [offset, length] of bad) {
        const calls: readonly (() => unknown)[] = [
          () => memory.copy(base, offset, length),
          () => memory.copy(offset, base, length),
          () => memory.copyIn(offset, outer, 0, length),
          () => memory.copyOut(outer, 0, offset, length),
          () => memory.zero(offset, length),
          () => memory.checksum(offset, length, 0),
          () => memory.copyChecksum(base, offset, length, 0),
          () => memory.copyChecksum(offset, base, length, 0),
        ];
        for (const call of calls)
          assert.throws(call, RangeError, `${call} of ${offset} + ${length}`);
      }
      const badOuter = [
        [-1, 4],
        [61, 4],
        [65, 0],
        [0, 65],
      ] as const;
      for (const [offset, length] of badOuter) {
        assert.throws(() => memory.copyIn(base, outer, offset, length), RangeError);
        assert.throws(() => memory.copyOut(outer, offset, base, length), RangeError);
      }
      assertSame(memory, reference, "after what was refused");
      memory.copy(end, end, 0);
      memory.zero(end, 0);
      assert.equal(memory.checksum(end, 0, 5), 5, "an empty range at the very end is a range");
    },
  );
}
