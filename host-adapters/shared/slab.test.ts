import t from "tap";
import { createPlainSlab, createSlab, MAX_SLAB_BYTES } from "./slab.ts";

t.test("regions lie behind one another, aligned to 4096, and reach the whole slab", async (t) => {
  const slab = createSlab(3 * 65_536);
  const a = slab.region(5000);
  const b = slab.region(4096);
  t.equal(a.regionOffset, 0);
  t.equal(a.regionBytes, 8192);
  t.equal(b.regionOffset, 8192);
  t.equal(b.bytes, a.bytes);
  a.bytes[8192] = 7;
  a.copy(0, b.regionOffset, 1);
  t.equal(b.bytes[0], 7);
});

t.test("a slab gives nothing out twice and refuses what it lacks", async (t) => {
  for (const slab of [createSlab(65_536), createPlainSlab(65_536)]) {
    slab.region(65_536 - 4096);
    t.equal(slab.freeBytes, 4096);
    t.throws(() => slab.region(4097), RangeError);
    slab.region(1);
    t.throws(() => slab.region(1), RangeError);
    t.throws(() => slab.region(0), RangeError);
    t.throws(() => slab.region(NaN), RangeError);
  }
});

t.test("a slab is zeroed and rounded up to whole pages", async (t) => {
  const slab = createSlab(1);
  t.equal(slab.bytes.length, 65_536);
  t.ok(slab.bytes.every((byte) => byte === 0));
  t.equal(createPlainSlab(1).bytes.length, 4096);
});

t.test("a slab larger than offsets can name is refused", async (t) => {
  for (const bytes of [0, -1, NaN, MAX_SLAB_BYTES + 1]) {
    t.throws(() => createSlab(bytes), RangeError);
    t.throws(() => createPlainSlab(bytes), RangeError);
  }
});

t.test("memory that was full of ones is summed without an overflow of the lanes", async (t) => {
  const bytes = 8 * 2 ** 20;
  const wasm = createSlab(bytes).region(bytes);
  const plain = createPlainSlab(bytes).region(bytes);
  wasm.bytes.fill(0xff);
  plain.bytes.fill(0xff);
  for (const length of [bytes, bytes - 1, bytes - 17, 2 ** 19, 2 ** 19 + 63]) {
    t.equal(wasm.checksum(0, length, 0xffff), plain.checksum(0, length, 0xffff), `${length}`);
  }
});
