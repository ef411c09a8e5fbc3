import t from "tap";
import { findEventDevice, findVirtioDevices, parseVirtioWords } from "./firmware.ts";

t.test("virtio devices of the command line, in Linux's form", async (t) => {
  const line = "quiet virtio_mmio.device=512@0xfeb00000:5 virtio_mmio.device=4K@4276092928:6 x";
  t.same(parseVirtioWords(line), [
    { address: 0xfeb00000, length: 512, interruptLine: 5 },
    { address: 0xfee00000, length: 4096, interruptLine: 6 },
  ]);
});

t.test("other words are no devices", async (t) => {
  for (const line of [
    "",
    "virtio_mmio.device=",
    "xvirtio_mmio.device=512@0x1000:5",
    "virtio_mmio.device=512@0x1000",
    "virtio_mmio.device=512@0xffffffffffffffff:5",
  ]) {
    t.same(parseVirtioWords(line), [], line);
  }
});

/** What QEMU writes for one slot: the identifier, then memory and interrupt. */
function device(address: number, line: number): number[] {
  const u32 = (value: number): number[] => [0, 8, 16, 24].map((bit) => (value >>> bit) & 0xff);
  const id = [..."LNRO0005"].map((character) => character.charCodeAt(0));
  return [
    ...[0x5b, 0x82, 0x40, 0x08, 0x5f, 0x48, 0x49, 0x44, 0x0d, ...id, 0],
    ...[0x08, 0x5f, 0x43, 0x52, 0x53, 0x11, 0x1a, 0x0a, 0x17],
    ...[0x86, 9, 0, 1, ...u32(address), ...u32(512)],
    ...[0x89, 6, 0, 0x0d, 1, ...u32(line), 0x79, 0],
  ];
}

t.test("virtio devices of ACPI's definition block, by address", async (t) => {
  const block = Uint8Array.from([1, 2, 3, ...device(0xfeb00e00, 31), ...device(0xfeb00c00, 30)]);
  t.same(findVirtioDevices(block), [
    { address: 0xfeb00c00, length: 512, interruptLine: 30 },
    { address: 0xfeb00e00, length: 512, interruptLine: 31 },
  ]);
});

t.test("a block that ends anywhere is read to its end and no further", async (t) => {
  const whole = device(0xfeb00e00, 31);
  for (let length = 0; length < whole.length - 3; length++) {
    t.same(findVirtioDevices(Uint8Array.from(whole.slice(0, length))), [], `${length} bytes`);
  }
});

/** What QEMU 7.2 writes for a microvm's event device. */
function eventDevice(): number[] {
  const text = (value: string): number[] => [...value].map((each) => each.charCodeAt(0));
  return [
    ...[0x5b, 0x82, 0x4f, 0x05, ...text("GED_"), 0x08, ...text("_HID"), 0x0d, ...text("ACPI0013")],
    ...[0, 0x08, ...text("_CRS"), 0x11, 0x0e, 0x0a, 0x0b],
    ...[0x89, 6, 0, 3, 1, 9, 0, 0, 0, 0x79, 0],
    ...[0x5b, 0x80, ...text("EREG"), 0, 0x0c, 0, 0, 0xa0, 0xfe, 0x0a, 0x04],
  ];
}

t.test("the generic event device is found with its register and line", async (t) => {
  const block = Uint8Array.from([...new Array<number>(40).fill(0), ...eventDevice()]);
  t.same(findEventDevice(block), { address: 0xfea0_0000, line: 9 });
  t.equal(findEventDevice(undefined), undefined);
  t.equal(findEventDevice(new Uint8Array(100)), undefined);
  for (let length = 0; length < block.length - 2; length++) {
    t.equal(findEventDevice(block.subarray(0, length)), undefined, `${length} bytes of it`);
  }
});
