import type { Machine, PciSpace } from "../../libos/hal/mod.ts";
import type { FuzzTarget } from "../testing/fuzz.ts";
import { DeviceError, enumeratePci, openPciDevice, readBars, readCapabilities } from "./mod.ts";

/** Configuration space that is the input: every function sees it from another place on. */
function noiseSpace(bytes: Uint8Array): PciSpace {
  const at = (pciFunction: number, register: number): number =>
    bytes[(pciFunction * 64 + register) % (bytes.length || 1)] ?? 0xff;
  const read = (pciFunction: number, register: number, width: number): number => {
    let value = 0;
    for (let byte = width - 1; byte >= 0; byte--)
      value = value * 256 + at(pciFunction, register + byte);
    return value;
  };
  return {
    configBytes: 256,
    read8: (pciFunction, register) => read(pciFunction, register, 1),
    read16: (pciFunction, register) => read(pciFunction, register, 2),
    read32: (pciFunction, register) => read(pciFunction, register, 4),
    write8() {},
    write16() {},
    write32() {},
  };
}

function run(bytes: Uint8Array): void {
  const pci = noiseSpace(bytes);
  const mapped: number[] = [];
  const mmio = {
    map: (address: number, length: number) => {
      if (!(address > 0 && length > 0 && Number.isSafeInteger(address + length))) {
        throw new Error(`${length} bytes at ${address} are mapped`);
      }
      mapped.push(address);
      return address;
    },
  };
  const machine = { pci, mmio } as unknown as Machine;
  for (const found of enumeratePci(pci, { maxFunctions: 4 })) {
    if (readCapabilities(pci, found.address).length > 48) throw new Error("a list without an end");
    readBars(pci, found.address, 0);
    try {
      openPciDevice(machine, found).openMsix();
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error;
    }
  }
}

export const fuzz: FuzzTarget[] = [
  {
    name: "pci configuration space",
    seeds: [
      Uint8Array.from({ length: 256 }, (_, at) => (at === 6 ? 0x10 : at === 0x34 ? 0x40 : at)),
      Uint8Array.from({ length: 64 }, (_, at) => (at === 0x0e ? 0x81 : at === 0x19 ? 1 : 0x11)),
    ],
    run,
  },
];
