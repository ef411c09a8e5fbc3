import type { Machine } from "../../libos/hal/mod.ts";
import { DeviceError, enumeratePci } from "../pci/mod.ts";
import { openMmioTransport } from "./mmio-transport.ts";
import { openPciTransport } from "./pci-transport.ts";
import type { VirtioTransport } from "./transport.ts";

/**
 * Finds the machine's virtio devices: on PCI by their addresses, then in memory-mapped slots as
 * `machine.firmware` lists them. A device that is broken is reported and left out.
 *
 * @param report Told, as one line for a person, why a device was left out.
 */
export function findVirtioDevices(
  machine: Machine,
  report: (line: string) => void = () => {},
): VirtioTransport[] {
  const found: VirtioTransport[] = [];
  const tryOpen = (open: () => VirtioTransport | undefined): void => {
    try {
      const transport = open();
      if (transport !== undefined) found.push(transport);
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error;
      report(error.message);
    }
  };
  if (machine.pci !== undefined) {
    for (const each of enumeratePci(machine.pci)) tryOpen(() => openPciTransport(machine, each));
  }
  for (const range of machine.firmware.virtioMmio) {
    tryOpen(() => openMmioTransport(machine, range));
  }
  return found;
}
