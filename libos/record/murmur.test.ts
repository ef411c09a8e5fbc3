import t from "tap";
import { murmurHash } from "./murmur.ts";

t.test("it is MurmurHash3_x86_128: SMHasher's verification value", (t) => {
  // Keys of 0 to 255 bytes, each with a seed of its own, and the hash of all hashes.
  const hashes = new Uint8Array(256 * 16);
  for (let length = 0; length < 256; length++) {
    const key = Uint8Array.from({ length }, (_, index) => index);
    hashes.set(murmurHash(key, 256 - length), length * 16);
  }
  t.equal(new DataView(murmurHash(hashes).buffer).getUint32(0, true), 0xb3ece62a);
  t.end();
});

t.test("where the bytes lie in memory makes no difference", (t) => {
  const bytes = Uint8Array.from({ length: 100 }, (_, index) => index);
  const shifted = new Uint8Array(103);
  shifted.set(bytes, 3);
  t.same(murmurHash(shifted.subarray(3)), murmurHash(bytes));
  t.end();
});
