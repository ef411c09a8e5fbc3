/**
 * The HAL contract suite for block devices inside the image, on the machine's own: the first one is
 * written to, the second one is read-only.
 */
import { enumeratePci } from "../../../components/pci/mod.ts";
import { findVirtioDevices, virtioTypeOf } from "../../../components/virtio/mod.ts";
import { createVirtioBlk, type VirtioBlk } from "../../../components/virtio-blk/mod.ts";
import { blockDeviceContract } from "../../contract/block-device.ts";
import { openImage } from "./image.ts";
import { runContract } from "./run-contract.ts";

const { bareMetal, print, native } = openImage();
const { machine } = bareMetal;
const block: VirtioBlk[] = [];
for (const transport of findVirtioDevices(machine, print)) {
  block.push(createVirtioBlk(transport, { ...bareMetal, report: print }, `disk${block.length}`));
}
// A microvm fills its slots from the last one on.
if (block[0]!.info.readOnly) block.reverse();
const [device, readOnly] = block as [VirtioBlk, VirtioBlk];
const hal = { ...bareMetal.createHal({ net: [], block: [] }), block };
if (machine.pci !== undefined) {
  const disks = enumeratePci(machine.pci).filter((each) => virtioTypeOf(each) !== undefined);
  print(`lines ${disks.map(({ interruptLine }) => interruptLine).join(" ")}`);
}
const { name, sectorBytes, sectorCount, discards } = device.info;
print(`${name}: ${sectorCount} sectors of ${sectorBytes}, discards ${discards}`);

const failed = await runContract([blockDeviceContract], {
  bareMetal,
  hal,
  print,
  devices: ["disk"],
  disk: { device, readOnly },
});

// What is checked from outside: a pattern that is read from the file, and a discarded range.
const { memory } = hal;
const base = memory.regionOffset;
memory.bytes.fill(0x5a, base, base + 8 * sectorBytes);
const statuses = [
  device.transferSync("write", 60, 1, base),
  device.transferSync("write", 32, 8, base),
  device.transferSync("discard", 32, 8, 0),
  device.transferSync("flush", 0, 0, 0),
];
print(`last ${statuses.join(" ")}`);
for (const each of block) each.close();
native.power.off(failed === 0 ? 0 : 2);
