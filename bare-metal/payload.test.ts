import { crc32 as zlibCrc32 } from "node:zlib";
import t from "tap";
import { crc32, encodePayload } from "./payload.ts";

t.test("the checksum is zlib's", async (t) => {
  for (let length = 0; length < 70; length++) {
    const bytes = Uint8Array.from({ length }, (_, index) => (index * 37 + length) & 0xff);
    t.equal(crc32(bytes), zlibCrc32(bytes), `${length} bytes`);
  }
});

t.test("a payload is header, source and NUL", async (t) => {
  const source = new TextEncoder().encode("1 + 1");
  const payload = encodePayload(source);
  const view = new DataView(payload.buffer);
  t.equal(new TextDecoder().decode(payload.subarray(0, 8)), "libosJS1");
  t.equal(view.getUint32(8, true), source.length + 1);
  t.same([...payload.subarray(16)], [...source, 0]);
  t.equal(view.getUint32(12, true), zlibCrc32(payload.subarray(16)));
});

t.test("a source with a NUL is refused", async (t) => {
  t.throws(() => encodePayload(Uint8Array.of(65, 0, 66)), RangeError);
});

t.test("an attachment follows at a multiple of 8, with a header of its own", async (t) => {
  const attachment = Uint8Array.of(1, 0, 2);
  const payload = encodePayload(new TextEncoder().encode("1 + 1"), attachment);
  const view = new DataView(payload.buffer);
  t.equal(new TextDecoder().decode(payload.subarray(24, 32)), "libosFS1");
  t.equal(view.getUint32(32, true), attachment.length);
  t.equal(view.getUint32(36, true), zlibCrc32(attachment));
  t.same(payload.subarray(40), attachment);
});
