/**
 * A device that cannot be used: it is not what it says, breaks its standard, or does not answer. The
 * message names the device and what was wrong, for the person who starts the machine.
 */
export class DeviceError extends Error {
  override readonly name: string = "DeviceError";
}
