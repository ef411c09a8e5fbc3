/** `Entropy` (libos/hal/hal.ts). */
import assert from "node:assert/strict";
import { type ContractHarness, testSystem, type TestFunction } from "./harness.ts";

export function entropyContract(harness: ContractHarness, test: TestFunction): void {
  testSystem(
    harness,
    test,
    "entropy fills all of any length, and nothing else",
    async ({ hal }) => {
      assert.ok(hal.entropy.available);
      for (const length of [0, 1, 2, 3, 7, 16, 255, 65_535, 65_536, 65_537, 100_000]) {
        const buffer = new Uint8Array(length + 8);
        const target = buffer.subarray(4, 4 + length);
        const untouched = new Set<number>(target.keys());
        for (let round = 0; round < 12 && untouched.size > 0; round++) {
          buffer.fill(round);
          hal.entropy.fill(target);
          for (const index of untouched) if (target[index] !== round) untouched.delete(index);
          const edges = [...buffer.subarray(0, 4), ...buffer.subarray(4 + length)];
          assert.ok(
            edges.every((byte) => byte === round),
            "bytes around the target",
          );
        }
        assert.equal(untouched.size, 0, `${untouched.size} of ${length} bytes were never filled`);
      }
    },
  );

  testSystem(harness, test, "entropy does not repeat, and is spread evenly", async ({ hal }) => {
    const seen = new Set<string>();
    for (let count = 0; count < 200; count++) {
      const bytes = new Uint8Array(12);
      hal.entropy.fill(bytes);
      seen.add(bytes.join());
    }
    assert.equal(seen.size, 200);
    const bytes = new Uint8Array(102_400);
    hal.entropy.fill(bytes);
    const counts = new Array<number>(256).fill(0);
    for (const byte of bytes) counts[byte]!++;
    // 400 each, with a standard deviation of 20: seven of them is one run in 10^10.
    assert.ok(
      counts.every((count) => count > 260 && count < 540),
      counts.join(" "),
    );
  });

  testSystem(harness, test, "entropy fills packet memory too", async ({ hal }) => {
    const { bytes, regionOffset } = hal.memory;
    const target = bytes.subarray(regionOffset, regionOffset + 64);
    hal.entropy.fill(target);
    assert.ok(target.some((byte) => byte !== 0));
  });
}
