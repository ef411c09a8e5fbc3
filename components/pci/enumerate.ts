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
  readonly revision: number;
  readonly subsystemVendorId: number;
  readonly subsystemId: number;
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
      if (space.read16(first, PCI.VENDOR_ID) === NO_VENDOR) continue;
      const header = space.read8(first, PCI.HEADER_TYPE);
      const count = (header & HEADER.MULTI_FUNCTION_MASK) === 0 ? 1 : FUNCTIONS_PER_DEVICE;
      for (let address = first; address < first + count; address++) {
        if (space.read16(address, PCI.VENDOR_ID) === NO_VENDOR) continue;
        if (found.length === limits.maxFunctions) return found;
        found.push(readFunction(space, address));
        const bus = bridgedBus(space, address);
        if (bus === 0 || isSeen[bus] !== 0) continue;
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

function readFunction(space: PciSpace, address: number): PciFunction {
  const revisionAndClass = space.read32(address, PCI.REVISION_AND_CLASS);
  return {
    address,
    vendorId: space.read16(address, PCI.VENDOR_ID),
    deviceId: space.read16(address, PCI.DEVICE_ID),
    classCode: revisionAndClass >>> 8,
    revision: revisionAndClass & 0xff,
    subsystemVendorId: space.read16(address, PCI.SUBSYSTEM_VENDOR_ID),
    subsystemId: space.read16(address, PCI.SUBSYSTEM_ID),
    interruptLine: space.read8(address, PCI.INTERRUPT_LINE),
    interruptPin: space.read8(address, PCI.INTERRUPT_PIN),
  };
}

/** @returns The bus behind a bridge; 0 for what is no bridge, or one that has no number yet. */
function bridgedBus(space: PciSpace, address: number): number {
  const header = space.read8(address, PCI.HEADER_TYPE) & HEADER.TYPE_MASK;
  return header === HEADER.BRIDGE ? space.read8(address, PCI.SECONDARY_BUS) : 0;
}
