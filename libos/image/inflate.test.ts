/** Inflate against zlib, and where its output would overtake its input. */
import { deflateRawSync } from "node:zlib";
import t from "tap";
import { inflate } from "./inflate.ts";
import { samples } from "./samples.fuzz.ts";

t.test("what zlib packed comes back, at every level", async (t) => {
  for (const [name, bytes] of samples()) {
    for (const level of [0, 1, 9]) {
      const packed = deflateRawSync(bytes, { level });
      t.same(inflate(packed, bytes.length).bytes, bytes, `${name}, level ${level}`);
    }
    const fixed = deflateRawSync(bytes, { strategy: 4 });
    t.same(inflate(fixed, bytes.length).bytes, bytes, `${name}, fixed codes`);
  }
});

t.test("a truncated stream, and another length, are refused", async (t) => {
  const bytes = new TextEncoder().encode("to be or not to be, that is the question".repeat(20));
  const packed = deflateRawSync(bytes);
  for (let length = 0; length < packed.length; length++) {
    t.throws(() => inflate(packed.subarray(0, length), bytes.length), RangeError);
  }
  t.throws(() => inflate(packed, bytes.length - 1), RangeError);
  t.throws(() => inflate(packed, bytes.length + 1), RangeError);
});
