/** Packing and unpacking, on a kernel that is as small as an ELF file can be. */
import t from "tap";
import { layOut, readPrograms } from "./elf.ts";
import { HEADER_AT } from "./image-header.ts";
import { packImage, unpackImage, type PackOptions } from "./pack.ts";

const NOTE_AT = 0x1000;
const TEXT_AT = 0x2000;
const BASE = 0x110000;
/** Machine code with many calls of one function. */
const TEXT = Uint8Array.from({ length: 3000 }, (_, at) => {
  const target = new Uint8Array(new Int32Array([-at]).buffer);
  return at % 10 === 5 ? 0xe8 : at % 10 > 5 ? target[(at % 10) - 6]! : at % 7;
});

/** One note, two segments in the file; the second one has more memory than bytes. */
function smallKernel(noteName = "libos"): Uint8Array {
  const kernel = new Uint8Array(TEXT_AT + TEXT.length);
  const view = new DataView(kernel.buffer);
  kernel.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setBigUint64(32, 64n, true);
  view.setBigUint64(40, 0x9999n, true);
  view.setBigUint64(24, 0x102000n, true);
  view.setUint16(56, 3, true);
  const program = (index: number, type: number, offset: number, bytes: number, memory: number) => {
    const at = 64 + index * 56;
    view.setUint32(at, type, true);
    view.setUint32(at + 4, offset === TEXT_AT ? 5 : 4, true);
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
  program(0, 4, NOTE_AT, 60 + 24, 60 + 24);
  program(1, 1, NOTE_AT, 100, 100);
  program(2, 1, TEXT_AT, TEXT.length, 9000);
  kernel.set(TEXT, TEXT_AT);
  // The kernel's own first, as it has it: "Xen", 8 bytes, the entry of PVH.
  for (const [index, word] of [4, 8, 18, 0x6e6558, 0x102024].entries()) {
    view.setUint32(NOTE_AT + index * 4, word, true);
  }
  const at = NOTE_AT + 24;
  for (const [index, word] of [6, 40, 1].entries()) view.setUint32(at + index * 4, word, true);
  kernel.set(new TextEncoder().encode(noteName), at + 12);
  return kernel;
}

const payload = Uint8Array.from({ length: 1001 }, (_, index) => index & 0xff);

/** A loader of which only the header counts here. */
function smallLoader(): Uint8Array {
  const loader = new Uint8Array(301).fill(0xf4);
  const view = new DataView(loader.buffer);
  loader.set(new TextEncoder().encode("libosIM1"));
  loader.fill(0, 8, 80);
  view.setUint32(12, HEADER_AT + loader.length, true);
  for (const [at, value] of [
    [64, 0x100170],
    [68, 20],
    [72, 0x100184],
    [76, 0x100186],
  ] as const) {
    view.setUint32(at, value, true);
  }
  return loader;
}

const loader = smallLoader();
const base: Omit<PackOptions, "method"> = {
  kernel: smallKernel(),
  payload,
  commandLine: "packet=3M",
  loaders: { none: loader, zstd: loader, lzma: loader },
};
const METHODS = ["none", "zstd", "lzma"] as const;

t.test("the kernel's note says where payload and command line lie", async (t) => {
  const { bytes, address, payloadOffset, ...rest } = layOut(base.kernel, payload, "packet=3M");
  t.equal(address, BASE + NOTE_AT);
  t.match(rest, { pvhEntry: 0x102024, multibootEntry: 0x102000, codeOffset: TEXT_AT - NOTE_AT });
  const view = new DataView(bytes.buffer);
  const words = [0, 1, 2, 3, 4].map((index) => Number(view.getBigUint64(44 + index * 8, true)));
  t.same(words.slice(0, 2), [address + payloadOffset, payload.length]);
  t.ok(payloadOffset >= TEXT_AT - NOTE_AT + 9000, "behind the kernel's memory, not its file");
  const lineAt = words[2]! - address;
  t.equal(new TextDecoder().decode(bytes.subarray(lineAt, lineAt + words[3]!)), "packet=3M");
  t.equal(words[4], 1, "the loader compares the checksum");
});

t.test("what was packed unpacks to the same bytes", async (t) => {
  const plain = layOut(base.kernel, payload, "packet=3M").bytes;
  for (const method of METHODS) {
    const image = packImage({ ...base, method });
    const unpacked = unpackImage(image);
    if (typeof unpacked === "string") throw new Error(unpacked);
    t.equal(unpacked.method, method);
    t.same(unpacked.memory, plain, method);
    t.same(unpacked.payload, payload);
    t.ok(unpacked.packedBytes(0, plain.length) <= image.length);
    t.same(packImage({ ...base, method }), image, "the same input gives the same bytes");
  }
});

t.test("segments lie at the same place of a page in file and memory, and claim all", async (t) => {
  for (const method of METHODS) {
    const loads = readPrograms(packImage({ ...base, method }))!.filter(({ type }) => type === 1);
    t.equal(loads.length, 2);
    for (const { offset, physical } of loads) t.equal(offset % 4096, physical % 4096);
    const [first, blob] = loads as [(typeof loads)[0], (typeof loads)[0]];
    t.equal(first.physical + first.memoryBytes, blob.physical);
  }
});

t.test("what does not become smaller is not packed", async (t) => {
  const bloated = { ...base.loaders, lzma: new Uint8Array([...loader, ...new Uint8Array(30_000)]) };
  new DataView(bloated.lzma.buffer).setUint32(12, HEADER_AT + bloated.lzma.length, true);
  const image = unpackImage(packImage({ ...base, loaders: bloated, method: "lzma" }));
  t.match(image, { method: "none" });
});

t.test("a kernel that cannot be joined with is refused", async (t) => {
  const pack = (kernel: Uint8Array): unknown => packImage({ ...base, kernel, method: "none" });
  t.throws(() => pack(smallKernel("other")), /build it again/);
  t.throws(() => pack(new Uint8Array(10)), /build it again/);
  t.throws(() => pack(new TextEncoder().encode("\x7fELF".repeat(50))), /build it again/);
  const loaders = { ...base.loaders, none: new Uint8Array(300) };
  t.throws(() => packImage({ ...base, loaders, method: "none" }), /build the kernel again/);
});

t.test("every truncation and every altered byte is noticed", async (t) => {
  t.equal(unpackImage(base.kernel), "it is no image of libos", "a kernel alone");
  for (const method of METHODS) {
    const image = packImage({ ...base, method });
    for (let at = 0; at < image.length; at += 13) {
      t.type(unpackImage(image.subarray(0, at)), "string", `${method}: ${at} bytes`);
      if (at >= HEADER_AT + loader.length && at < HEADER_AT + loader.length + 4096) continue;
      const altered = image.slice();
      altered[at]! ^= 8;
      t.type(unpackImage(altered), "string", `${method}: byte ${at}`);
    }
  }
});
