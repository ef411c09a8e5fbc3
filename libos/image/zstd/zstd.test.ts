/** Zstandard against the library that Node has. */
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import t from "tap";
import { samples } from "../samples.fuzz.ts";
import { decodeZstd } from "./decode.ts";
import { encodeZstd } from "./encode.ts";
import { BLOCK_BYTES_MAX } from "./format.ts";

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

t.test("literals that are more than a block are refused", async (t) => {
  const count = BLOCK_BYTES_MAX + 100;
  // A frame without its size, and its one block, of `count` literals as they are.
  const block = [0, 0, 0, 0x0c | ((count & 15) << 4), (count >> 4) & 255, count >> 12];
  const frame = new Uint8Array(6 + block.length + count + 1);
  frame.set([0x28, 0xb5, 0x2f, 0xfd, 0, 0, ...block]);
  const header = ((3 + count + 1) << 3) | (2 << 1) | 1;
  frame.set([header & 255, (header >> 8) & 255, header >> 16], 6);
  t.throws(() => decodeZstd(frame, count), { message: "a block has too many literals" });
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
