/** virtio 1.3: transports, negotiation, and virtqueues behind one interface. */
export { DeviceError } from "../pci/mod.ts";
export {
  openVirtio,
  VIRTIO_LIMITS,
  type FeatureChoice,
  type VirtioDevice,
  type VirtioLimits,
} from "./device.ts";
export { findVirtioDevices } from "./find.ts";
export { openMmioTransport } from "./mmio-transport.ts";
export type { DriverNeeds } from "./needs.ts";
export { openDriver, type DriverKind } from "./open-driver.ts";
export { openPciTransport, virtioTypeOf } from "./pci-transport.ts";
export { isPowerOfTwo } from "./power-of-two.ts";
export { ReadyHandler } from "./ready-handler.ts";
export {
  ANY_QUEUE,
  type EventHandler,
  type QueueAddresses,
  type VirtioTransport,
} from "./transport.ts";
export type { Virtqueue } from "./virtqueue.ts";
export * from "./wire.ts";
