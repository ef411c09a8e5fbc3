/**
 * A whole driver in small, for QEMU's teaching device `edu` (docs/specs/edu.rst): it computes
 * factorials, copies by DMA, and interrupts by message or by its wire. So it shows that every part of
 * `Machine` does what it says, on a device that has nothing to do with virtio.
 */
import { openImage } from "./image.ts";

const { bareMetal, hal, print } = openImage();
const { dma, mmio, pci, interrupts } = bareMetal.machine;
if (pci === undefined) throw new Error("no PCI");
const slab = bareMetal.memory.bytes;

const EDU = { ID: 0, LIVENESS: 4, FACTORIAL: 8, STATUS: 0x20, INTERRUPTS: 0x24 } as const;
const EDU_RAISE = 0x60;
const EDU_ACKNOWLEDGE = 0x64;
const EDU_DMA = { SOURCE: 0x80, TARGET: 0x88, COUNT: 0x90, COMMAND: 0x98 } as const;
const EDU_BUFFER = 0x40000;
const VENDOR_AND_DEVICE = 0x11e81234;
const BAR_0 = 0x10;
const INTERRUPT_LINE = 0x3c;
const CAPABILITIES = 0x34;
const CAPABILITY_MSI = 5;
const COMMAND_MEMORY_AND_MASTER = 0x6;

function findFunction(id: number): number {
  for (let pciFunction = 0; pciFunction < 256; pciFunction++) {
    if (pci!.read32(pciFunction, 0) === id) return pciFunction;
  }
  throw new Error("the device is not there");
}

function findCapability(pciFunction: number, id: number): number {
  let at = pci!.read8(pciFunction, CAPABILITIES);
  while (at !== 0 && pci!.read8(pciFunction, at) !== id) at = pci!.read8(pciFunction, at + 1);
  return at;
}

const edu = findFunction(VENDOR_AND_DEVICE);
pci.write16(edu, 4, pci.read16(edu, 4) | COMMAND_MEMORY_AND_MASTER);
const base = mmio.map((pci.read32(edu, BAR_0) & ~15) >>> 0, 0x100000);
print(`id ${mmio.read32(base + EDU.ID).toString(16)}`);
mmio.write32(base + EDU.LIVENESS, 0x12345678);
print(`liveness ${mmio.read32(base + EDU.LIVENESS).toString(16)}`);

let waiting: (() => void) | undefined;
let interruptCount = 0;

function onInterrupt(): void {
  interruptCount++;
  mmio.write32(base + EDU_ACKNOWLEDGE, mmio.read32(base + EDU.INTERRUPTS));
  waiting?.();
}

function interrupted(start: () => void): Promise<void> {
  return new Promise((resolve) => {
    waiting = resolve;
    start();
  });
}

if (bareMetal.machine.firmware.commandLine.includes("wire")) {
  interrupts.line(pci.read8(edu, INTERRUPT_LINE), onInterrupt);
} else {
  const message = interrupts.message(onInterrupt)!;
  const at = findCapability(edu, CAPABILITY_MSI);
  pci.write32(edu, at + 4, message.address);
  pci.write32(edu, at + 8, 0);
  pci.write16(edu, at + 12, message.data);
  pci.write16(edu, at + 2, pci.read16(edu, at + 2) | 1);
}

await interrupted(() => mmio.write32(base + EDU_RAISE, 1));
print("interrupted");

mmio.write32(base + EDU.STATUS, 0x80);
await interrupted(() => mmio.write32(base + EDU.FACTORIAL, 10));
print(`factorial ${mmio.read32(base + EDU.FACTORIAL)}`);

/** One transfer between packet memory and the device's buffer. */
async function transfer(offset: number, length: number, isToDevice: boolean): Promise<void> {
  const [memory, device] = [dma.address(pool, offset, length), EDU_BUFFER];
  mmio.write32(base + EDU_DMA.SOURCE, isToDevice ? memory : device);
  mmio.write32(base + EDU_DMA.TARGET, isToDevice ? device : memory);
  mmio.write32(base + EDU_DMA.COUNT, length);
  dma.barrier();
  await interrupted(() => mmio.write32(base + EDU_DMA.COMMAND, isToDevice ? 5 : 7));
}

const pool = dma.openPool();
const from = dma.allocate(pool, 4096, 4096);
const to = dma.allocate(pool, 4096, 4096);
for (let index = 0; index < 1000; index++) slab[from + index] = index & 0xff;
await transfer(from, 1000, true);
await transfer(to, 1000, false);
const sums = [from, to].map((offset) => bareMetal.memory.checksum(offset, 1000, 0));
print(`copied ${sums[0] === sums[1]} ${slab[to + 999]}`);

const ROUNDS = 50;
for (let round = 0; round < ROUNDS; round++) {
  await interrupted(() => mmio.write32(base + EDU_RAISE, 1 << (round % 8)));
}
print(`interrupts ${interruptCount}`);
hal.power.off(0);
