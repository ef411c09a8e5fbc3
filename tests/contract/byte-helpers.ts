/** `ByteHelpers` (libos/hal/byte-helpers.ts), where a platform has them. */
import assert from "node:assert/strict";
import { decodeLatin1 } from "../../components/http/mod.ts";
import { PORTABLE_BYTES } from "../../libos/kernel/mod.ts";
import { type ContractHarness, testSystem, type TestFunction } from "./harness.ts";

/** Bytes of all values, in no order. */
function samples(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 167 + (index >> 8)) & 255);
}

export function byteHelpersContract(harness: ContractHarness, test: TestFunction): void {
  testSystem(harness, test, "helpers for bytes do what the portable ones do", async ({ hal }) => {
    const helpers = hal.bytes ?? PORTABLE_BYTES;
    const bytes = samples(700);
    for (const below of [0, 1, 128, 255, 256]) {
      const table = Uint8Array.from({ length: 256 }, (_, byte) => (byte < below ? 1 : 0));
      for (const [start, end] of [
        [0, 700],
        [3, 3],
        [700, 700],
        [5, 6],
        [250, 520],
      ] as const) {
        const expected = PORTABLE_BYTES.span(bytes, start, end, table);
        assert.equal(helpers.span(bytes, start, end, table), expected);
      }
    }
    const same = bytes.slice();
    same[600]! ^= 128;
    for (const [left, right, length] of [
      [0, 0, 600],
      [0, 0, 700],
      [1, 2, 9],
      [700, 0, 0],
    ] as const) {
      const expected = PORTABLE_BYTES.compare(bytes, left, same, right, length);
      assert.equal(helpers.compare(bytes, left, same, right, length), expected);
      assert.equal(helpers.compare(same, right, bytes, left, length), 0 - expected);
    }
    const latin1 = helpers.decodeLatin1?.(bytes, 250, 300) ?? decodeLatin1(bytes, 250, 550);
    assert.equal(latin1, decodeLatin1(bytes, 250, 550));
  });
}
