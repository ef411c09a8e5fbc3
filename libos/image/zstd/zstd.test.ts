/** Zstandard against the library that Node has. */
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import t from "tap";
import { samples } from "../samples.fuzz.ts";
import { decodeZstd } from "./decode.ts";
import { encodeZstd } from "./encode.ts";

function byLibrary(bytes: Uint8Array, level: number): Uint8Array {
  return zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: level } });
}

t.test("what the library packed comes back, at every kind of level", async (t) => {
  for (const [name, bytes] of samples()) {
    for (const level of [1, 3, 7, 12, 19]) {
      const packed = byLibrary(bytes, level);
      t.same(decodeZstd(packed, bytes.length).bytes, bytes, `${name}, level ${level}`);
    }
  }
});

t.test("what we pack comes back, here and from the library", async (t) => {
  for (const [name, bytes] of samples()) {
    const packed = encodeZstd(bytes);
    const { bytes: unpacked, lead } = decodeZstd(packed, bytes.length);
    t.same(unpacked, bytes, name);
    t.ok(lead <= bytes.length, `${name}: the input never begins behind the output's end`);
    t.same(new Uint8Array(zstdDecompressSync(packed)), bytes, `${name} by the library`);
    t.same(encodeZstd(bytes), packed, `${name}: the same bytes again`);
  }
});

t.test("a truncated frame, and another length, are refused", async (t) => {
  for (const [name, bytes] of samples()) {
    if (bytes.length === 0) continue;
    const packed = encodeZstd(bytes);
    const step = 1 + Math.floor(packed.length / 300);
    for (let length = 0; length < packed.length; length += step) {
      const cut = packed.subarray(0, length);
      t.throws(() => decodeZstd(cut, bytes.length), RangeError, `${name}: ${length} bytes`);
    }
    t.throws(() => decodeZstd(packed, bytes.length - 1), RangeError, `${name}: shorter`);
    t.throws(() => decodeZstd(packed, bytes.length + 1), RangeError, `${name}: longer`);
  }
});

t.test("an altered frame is refused, or gives as many bytes", async (t) => {
  let value = 7;
  for (const [name, bytes] of samples()) {
    const packed = encodeZstd(bytes);
    for (let round = 0; round < 60; round++) {
      const altered = packed.slice();
      value = (Math.imul(value, 1_664_525) + 1_013_904_223) >>> 0;
      altered[(value >>> 8) % altered.length]! ^= 1 << ((value >>> 4) & 7);
      try {
        t.equal(decodeZstd(altered, bytes.length).bytes.length, bytes.length, name);
      } catch (error) {
        t.type(error, RangeError, name);
      }
    }
  }
});
