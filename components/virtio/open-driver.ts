import { DeviceError } from "../pci/mod.ts";
import { type FeatureChoice, openVirtio, type VirtioDevice, type VirtioLimits } from "./device.ts";
import type { DriverNeeds } from "./needs.ts";
import type { VirtioTransport } from "./transport.ts";

/** What the drivers of one device type differ in. */
export interface DriverKind<Driver> {
  readonly deviceType: number;
  /** "block device", for messages. */
  readonly noun: string;
  readonly features: FeatureChoice;
  /** Makes the queues of an open device, and its driver. */
  readonly build: (device: VirtioDevice) => Driver;
}

/**
 * Takes over a device for its driver. Where that cannot be built, the device is closed.
 *
 * @throws DeviceError when the device is of another type or can't be used, and what `build` throws.
 */
export function openDriver<Driver>(
  transport: VirtioTransport,
  needs: DriverNeeds,
  limits: VirtioLimits,
  { deviceType, noun, features, build }: DriverKind<Driver>,
): Driver {
  if (transport.deviceType !== deviceType) {
    throw new DeviceError(`${transport.name}: type ${transport.deviceType} is no ${noun}`);
  }
  const device = openVirtio(transport, needs, features, limits);
  try {
    return build(device);
  } catch (error) {
    device.close();
    throw error;
  }
}
