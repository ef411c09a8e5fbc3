/** The control queue (virtio 1.3, 5.1.6.5), as far as it switches queue pairs on. */
import type { VirtioDevice, Virtqueue } from "../virtio/mod.ts";
import { CONTROL } from "./wire.ts";

/** Of a command: class, command and two bytes of data; then the device's answer (5.1.6.5). */
const COMMAND_BYTES = 4;

/** @returns Undefined where the device has no queue of this number. @throws DeviceError: no memory. */
export function createControl(device: VirtioDevice, index: number): Virtqueue | undefined {
  const control = device.createQueue(index, 4, 2, true);
  control?.unwatch();
  return control;
}

/**
 * Switches queue pairs on (5.1.6.5.5), once the device works: `VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET`.
 *
 * @returns False when the device refuses, and goes on with one pair. One that does not answer is given
 *   up.
 */
export function switchPairsOn(device: VirtioDevice, control: Virtqueue, count: number): boolean {
  const offset = device.allocate(COMMAND_BYTES + 1);
  const answerAt = offset + COMMAND_BYTES;
  const { bytes } = device.needs.memory;
  const command = [CONTROL.CLASS_MQ, CONTROL.MQ_PAIRS_SET, count & 255, count >> 8];
  bytes.set([...command, CONTROL.UNANSWERED], offset);
  const slot = control.take();
  control.describe(slot, 0, offset, COMMAND_BYTES, false, false);
  control.describe(slot, 1, answerAt, 1, true, true);
  control.offer(slot, 2);
  control.kick();
  if (!device.waitFor(() => control.pop() === slot)) return false;
  if (bytes[answerAt] === CONTROL.OK) return true;
  device.needs.report?.(`${device.transport.name}: it refuses ${count} queue pairs; one is used`);
  return false;
}
