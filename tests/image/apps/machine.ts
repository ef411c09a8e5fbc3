/** `Machine` as drivers see it: what is there, and what is refused. */
import { openImage } from "./image.ts";

const { bareMetal, hal, native, print } = openImage();
const { machine } = bareMetal;
const { dma, mmio, pci, ports, firmware, interrupts } = machine;

function thrown(run: () => unknown): string {
  try {
    run();
    return "nothing";
  } catch (error) {
    return (error as Error).name;
  }
}

print(`pci ${pci?.configBytes ?? 0}`);
if (pci !== undefined) {
  print(`host bridge ${pci.read16(0, 0).toString(16)}:${pci.read16(0, 2).toString(16)}`);
  print(`width ${pci.read32(0, 0) === pci.read16(0, 0) + pci.read16(0, 2) * 65_536}`);
  print(`pci outside ${thrown(() => pci.read32(0, pci.configBytes))}`);
  print(`pci unaligned ${thrown(() => pci.read32(0, 2))}`);
}
print(`tables ${firmware.table("FACP")?.length ?? 0} ${firmware.table("NONE") === undefined}`);
print(`virtio ${firmware.virtioMmio.length}`);
const slot = firmware.virtioMmio[0];
if (slot !== undefined) {
  const base = mmio.map(slot.address, slot.length);
  print(`magic ${mmio.read32(base).toString(16)} line ${slot.interruptLine}`);
  print(`mmio behind ${thrown(() => mmio.read32(base + slot.length))}`);
  print(`mmio unaligned ${thrown(() => mmio.read32(base + 2))}`);
}
print(`mmio unmapped ${thrown(() => mmio.read32(0xfee00000))}`);
print(`mmio of the kernel ${thrown(() => mmio.map(0xfee00000, 4096))}`);
print(`mmio of memory ${thrown(() => mmio.map(0x200000, 4096))}`);
print(`mmio of null ${thrown(() => mmio.read8(0))}`);

const slab = bareMetal.memory.bytes;
const pool = dma.openPool();
const offset = dma.allocate(pool, 5000, 65_536);
print(`dma ${offset} ${dma.address(pool, offset, 8192) % 65_536}`);
print(`dma twice ${dma.allocate(pool, 4096, 16)}`);
print(`dma all ${dma.allocate(pool, native.dmaBytes, 16)}`);
print(`dma outside ${thrown(() => dma.address(pool, slab.length - 4, 8))}`);
print(`dma not its own ${thrown(() => dma.address(pool, 4096 * 8, 4096))}`);

print(`port of the kernel ${thrown(() => ports?.in8(0x20))}`);
print(`port value ${thrown(() => ports?.out8(0x80, 256))}`);
const message = interrupts.message(() => {});
print(`message ${message?.address.toString(16)} ${message?.data}`);
let count = 1;
while (interrupts.message(() => {}) !== undefined) count++;
print(`messages ${count}`);
print(`line ${thrown(() => interrupts.line(1000, () => {}))}`);
print(`entropy ${hal.entropy.available}`);
print(`wrong arguments ${thrown(() => native.memory.copy("a" as never, 0, 0))}`);
hal.power.off(0);
