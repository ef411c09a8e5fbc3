/** PCI: finding functions, their capabilities and registers, and MSI-X. */
export { readBars, type PciBar } from "./bars.ts";
export { readCapabilities, type PciCapability } from "./capabilities.ts";
export { DeviceError } from "./device-error.ts";
export { openPciDevice, type PciDevice } from "./device.ts";
export {
  enumeratePci,
  formatPciAddress,
  PCI_LIMITS,
  type PciFunction,
  type PciLimits,
} from "./enumerate.ts";
export type { Msix } from "./msix.ts";
export { BAR, CAPABILITY, COMMAND, MSIX, PCI } from "./wire.ts";
