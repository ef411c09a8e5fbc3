import t from "tap";
import { joinImage } from "./join.ts";

/** A kernel with one segment and a note at offset 512. */
function smallKernel(): Uint8Array {
  const bytes = new Uint8Array(1000);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x7f454c46);
  bytes[4] = 2;
  view.setBigUint64(32, 64n, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, 2, true);
  for (const [at, type, offset, address, file, memory] of [
    [64, 4, 512, 0x100200, 68, 68],
    [120, 1, 512, 0x100200, 400, 9000],
  ] as const) {
    view.setUint32(at, type, true);
    for (const [field, value] of [
      [8, offset],
      [16, address],
      [24, address],
      [32, file],
      [40, memory],
    ] as const) {
      view.setBigUint64(at + field, BigInt(value), true);
    }
  }
  view.setUint32(512, 6, true);
  view.setUint32(516, 32, true);
  view.setUint32(520, 1, true);
  bytes.set(new TextEncoder().encode("libos\0"), 524);
  return bytes;
}

t.test("the payload becomes a segment behind the kernel, and the note says where", async (t) => {
  const line = new TextEncoder().encode("heap=2M");
  const image = joinImage(smallKernel(), Uint8Array.of(1, 2, 3), line);
  const view = new DataView(image.buffer);
  t.equal(view.getUint16(56, true), 3);
  const segment = [8, 16, 24, 32, 40].map((field) => Number(view.getBigUint64(176 + field, true)));
  t.same(segment, [4096, 0x103000, 0x103000, 10, 10]);
  const note = [0, 8, 16, 24].map((at) => Number(view.getBigUint64(532 + at, true)));
  t.same(note, [0x103000, 3, 0x103003, 7]);
  t.same([...image.subarray(4096)], [1, 2, 3, ...line]);
});

t.test("the same input makes the same bytes, and the kernel stays as it is", async (t) => {
  const kernel = smallKernel();
  const first = joinImage(kernel, Uint8Array.of(5));
  t.same(kernel, smallKernel());
  t.same(joinImage(kernel, Uint8Array.of(5)), first);
});

t.test("what is no kernel of ours is refused", async (t) => {
  const payload = Uint8Array.of(1);
  const noNote = smallKernel();
  noNote[524] = 0x78;
  const noRoom = smallKernel();
  new DataView(noRoom.buffer).setBigUint64(120 + 8, 180n, true);
  for (const kernel of [new Uint8Array(0), new Uint8Array(100), noNote, noRoom]) {
    t.throws(() => joinImage(kernel, payload), RangeError);
  }
  t.throws(() => joinImage(smallKernel().subarray(0, 800), payload), /truncated/);
  t.throws(() => joinImage(smallKernel(), payload, new Uint8Array(2048)), RangeError);
});
