import type { PciSpace } from "../../libos/hal/mod.ts";
import { HEADER, NO_VENDOR, PCI } from "./wire.ts";

/** One function of a device, as it describes itself. Nothing of it has been checked. */
export interface PciFunction {
  /** bus << 8 | device << 3 | function. */
  readonly address: number;
  readonly vendorId: number;
  readonly deviceId: number;
  /** Base class << 16 | subclass << 8 | programming interface. */
  readonly classCode: number;
  /** The line that the firmware routed INTx to; 255: none. */
  readonly interruptLine: number;
  /** 1 .. 4 for INTA .. INTD; 0: none. */
  readonly interruptPin: number;
}

export interface PciLimits {
  /** Functions that `enumeratePci` tells of; beyond it the rest is not looked for. */
  readonly maxFunctions: number;
}

export const PCI_LIMITS: PciLimits = { maxFunctions: 256 };

const DEVICES_PER_BUS = 32;
const FUNCTIONS_PER_DEVICE = 8;

/**
 * Finds the functions on all buses that bridges lead to, from bus 0, in the order of their addresses
 * on each bus. It changes no register: the firmware has numbered the buses.
 *
 * Configuration space is not trusted: each bus is looked at once, whatever the bridges say.
 */
export function enumeratePci(space: PciSpace, limits: PciLimits = PCI_LIMITS): PciFunction[] {
  const found: PciFunction[] = [];
  const isSeen = new Uint8Array(256);
  const buses = [0];
  isSeen[0] = 1;
  for (let index = 0; index < buses.length; index++) {
    for (let device = 0; device < DEVICES_PER_BUS; device++) {
      const first = (buses[index]! << 8) | (device << 3);
      let count = 1;
      for (let address = first; address < first + count; address++) {
        const vendorId = space.read16(address, PCI.VENDOR_ID);
        if (vendorId === NO_VENDOR) continue;
        if (found.length === limits.maxFunctions) return found;
        found.push(readFunction(space, address, vendorId));
        const header = space.read8(address, PCI.HEADER_TYPE);
        const isMultiFunction = (header & HEADER.MULTI_FUNCTION_MASK) !== 0;
        if (address === first && isMultiFunction) count = FUNCTIONS_PER_DEVICE;
        if ((header & HEADER.TYPE_MASK) !== HEADER.BRIDGE) continue;
        // 0: a bridge that has no number yet.
        const bus = space.read8(address, PCI.SECONDARY_BUS);
        if (isSeen[bus] !== 0) continue;
        isSeen[bus] = 1;
        buses.push(bus);
      }
    }
  }
  return found;
}

/** @returns "00:03.0". */
export function formatPciAddress(address: number): string {
  const hex = (value: number): string => value.toString(16).padStart(2, "0");
  return `${hex(address >> 8)}:${hex((address >> 3) & 31)}.${address & 7}`;
}

function readFunction(space: PciSpace, address: number, vendorId: number): PciFunction {
  const interrupt = space.read16(address, PCI.INTERRUPT);
  return {
    address,
    vendorId,
    deviceId: space.read16(address, PCI.DEVICE_ID),
    classCode: space.read32(address, PCI.REVISION_AND_CLASS) >>> 8,
    interruptLine: interrupt & 0xff,
    interruptPin: interrupt >>> 8,
  };
}
