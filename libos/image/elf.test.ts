/** Joining, on a kernel that is as small as an ELF file can be. */
import t from "tap";
import { joinImage, splitImage } from "./elf.ts";

const NOTE_AT = 0x1000;
const TEXT_AT = 0x2000;
const BASE = 0x100000;

/** One note, two segments in the file; the second one has more memory than bytes. */
function smallKernel(noteName = "libos"): Uint8Array {
  const kernel = new Uint8Array(TEXT_AT + 100);
  const view = new DataView(kernel.buffer);
  kernel.set([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
  view.setBigUint64(32, 64n, true);
  view.setBigUint64(40, 0x9999n, true);
  view.setUint16(56, 2, true);
  const program = (index: number, type: number, offset: number, bytes: number, memory: number) => {
    const at = 64 + index * 56;
    view.setUint32(at, type, true);
    for (const [field, value] of [
      [8, offset],
      [16, BASE + offset],
      [24, BASE + offset],
      [32, bytes],
      [40, memory],
    ] as const) {
      view.setBigUint64(at + field, BigInt(value), true);
    }
  };
  program(0, 4, NOTE_AT, 52 + 24, 52 + 24);
  program(1, 1, TEXT_AT, 100, 5000);
  // A note of somebody else's first, as the kernel has it: "Xen", 8 bytes.
  for (const [index, word] of [4, 8, 18, 0x6e6558].entries()) {
    view.setUint32(NOTE_AT + index * 4, word, true);
  }
  const at = NOTE_AT + 24;
  for (const [index, word] of [6, 32, 1].entries()) view.setUint32(at + index * 4, word, true);
  kernel.set(new TextEncoder().encode(noteName), at + 12);
  return kernel;
}

const payload = Uint8Array.from({ length: 1001 }, (_, index) => index & 0xff);

t.test("what was joined is found again, and the note says where it lies", async (t) => {
  const image = joinImage(smallKernel(), payload, "packet=3M");
  const split = splitImage(image)!;
  t.same(split.payload, payload);
  t.equal(split.kernelBytes % 4096, 0, "segments begin at pages");
  const view = new DataView(image.buffer);
  const words = [0, 1, 2, 3].map((index) =>
    Number(view.getBigUint64(NOTE_AT + 44 + index * 8, true)),
  );
  const [address, length, lineAddress, lineLength] = words as [number, number, number, number];
  t.equal(address, BASE + 0x4000, "behind the kernel's memory, not its file");
  t.equal(length, payload.length);
  const lineAt = split.kernelBytes + lineAddress - address;
  t.equal(new TextDecoder().decode(image.subarray(lineAt, lineAt + lineLength)), "packet=3M");
  t.equal(view.getUint16(56, true), 3, "one more program header");
  t.equal(view.getBigUint64(40, true), 0n, "no table of sections");
});

t.test("a kernel that cannot be joined with is refused", async (t) => {
  t.throws(() => joinImage(smallKernel("other"), payload), /build it again/);
  t.throws(() => joinImage(new Uint8Array(10), payload), /build it again/);
  t.throws(() => joinImage(new TextEncoder().encode("\x7fELF".repeat(50)), payload));
});

t.test("what is no image is none, and a truncated one is noticed", async (t) => {
  const image = joinImage(smallKernel(), payload);
  t.equal(splitImage(smallKernel()), undefined, "a kernel alone");
  for (let length = 0; length < image.length; length += 7) {
    const split = splitImage(image.subarray(0, length));
    t.ok(split === undefined || split.payload.length < payload.length, `${length} bytes`);
  }
});
