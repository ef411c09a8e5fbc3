import type { PciSpace } from "../../libos/hal/mod.ts";
import { PCI, STATUS_CAPABILITIES_MASK } from "./wire.ts";

/** One entry of a function's list of capabilities. */
export interface PciCapability {
  readonly id: number;
  /** Where it begins in configuration space: 0x40 .. 0xfc, a multiple of 4. */
  readonly register: number;
}

const FIRST_REGISTER = 0x40;
/** Capabilities lie in the 192 bytes behind the header, and each takes 4 at least. */
const MAX_CAPABILITIES = 48;

/**
 * Walks the list of capabilities (PCI Local Bus 3.0, 6.7). It ends at a pointer that leads out of
 * the list's space, and in any case after as many entries as could be there: a loop is no hang.
 */
export function readCapabilities(space: PciSpace, address: number): PciCapability[] {
  const found: PciCapability[] = [];
  if ((space.read16(address, PCI.STATUS) & STATUS_CAPABILITIES_MASK) === 0) return found;
  let register = space.read8(address, PCI.CAPABILITIES) & 0xfc;
  while (register >= FIRST_REGISTER && found.length < MAX_CAPABILITIES) {
    const header = space.read16(address, register);
    found.push({ id: header & 0xff, register });
    register = (header >> 8) & 0xfc;
  }
  return found;
}
