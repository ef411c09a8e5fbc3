/**
 * A virtio entropy device as an `Entropy` (virtio 1.3, 5.4).
 *
 * Bytes are fetched in portions ahead of need: a small draw takes them from memory, and the device
 * fills the next portion meanwhile. A large draw waits for the device by polling. Each byte is handed
 * out once, and is gone from memory then.
 */
import type { Entropy } from "../../libos/hal/mod.ts";
import { DEVICE_TYPE, DeviceError, openDriver, VIRTIO_LIMITS } from "../virtio/mod.ts";
import type {
  DriverNeeds,
  VirtioDevice,
  VirtioLimits,
  VirtioTransport,
  Virtqueue,
} from "../virtio/mod.ts";

export interface VirtioRngLimits {
  /** Bytes that are asked for at a time; a device may give fewer. */
  readonly portionBytes: number;
}

export const VIRTIO_RNG_LIMITS: VirtioRngLimits = { portionBytes: 1024 };

export interface VirtioRng extends Entropy {
  /** Why the device was given up: then nothing is available any more. */
  readonly failure: string | undefined;
  /** Resets the device and gives its memory back. Idempotent. */
  close(): void;
}

class VirtioRngDevice implements VirtioRng {
  readonly #device: VirtioDevice;
  readonly #queue: Virtqueue;
  readonly #bytes: Uint8Array;
  readonly #base: number;
  readonly #slot: number;
  /** What is left of the portion: from `#next` to `#end`. */
  #next = 0;
  #end = 0;
  #isAsked = false;

  constructor(device: VirtioDevice, queue: Virtqueue, area: number, portionBytes: number) {
    this.#device = device;
    this.#queue = queue;
    this.#bytes = device.needs.memory.bytes;
    this.#base = area;
    this.#slot = queue.take();
    queue.describe(this.#slot, 0, area, portionBytes, true, true);
    queue.unwatch();
    device.start(() => {});
  }

  get failure(): string | undefined {
    return this.#device.failure;
  }

  get available(): boolean {
    return !this.#device.isDead;
  }

  fill(target: Uint8Array): void {
    const bytes = this.#bytes;
    for (let index = 0; index < target.length; index++) {
      if (this.#next === this.#end && !this.fetch()) {
        throw new Error(`no entropy: ${this.#device.transport.name} gave up or was closed`);
      }
      const at = this.#base + this.#next++;
      target[index] = bytes[at]!;
      bytes[at] = 0;
    }
    if (this.#next === this.#end) this.#ask();
  }

  /** Waits for the next portion. @returns False when the device has failed. */
  fetch(): boolean {
    if (!this.available) return false;
    this.#ask();
    return this.#device.waitFor(this.#isAnswered);
  }

  close(): void {
    this.#device.close();
  }

  #ask(): void {
    if (this.#isAsked || !this.available) return;
    this.#isAsked = true;
    this.#queue.offer(this.#slot, 1);
    this.#queue.kick();
  }

  /** 5.4.6: the device gives at least one byte; one that gives none breaks the rule. */
  readonly #isAnswered = (): boolean => {
    if (this.#queue.pop() < 0) return false;
    this.#isAsked = false;
    this.#next = 0;
    this.#end = this.#queue.usedLength;
    if (this.#end === 0) this.#device.fail("it answered with no entropy");
    return this.#end > 0;
  };
}

/** @throws DeviceError */
function build(device: VirtioDevice, { portionBytes }: VirtioRngLimits): VirtioRngDevice {
  const { name } = device.transport;
  const queue = device.createQueue(0, 2, 1);
  if (queue === undefined) throw new DeviceError(`${name}: it has no queue`);
  const rng = new VirtioRngDevice(device, queue, device.allocate(portionBytes), portionBytes);
  if (!rng.fetch()) throw new DeviceError(`${name}: ${device.failure ?? "no entropy"}`);
  return rng;
}

/**
 * Drives a virtio entropy device, and fetches the first portion: so `available` is true only for a
 * device that answers.
 *
 * @throws DeviceError when the device can't be used.
 */
export function createVirtioRng(
  transport: VirtioTransport,
  needs: DriverNeeds,
  limits: VirtioRngLimits = VIRTIO_RNG_LIMITS,
  deviceLimits: VirtioLimits = VIRTIO_LIMITS,
): VirtioRng {
  return openDriver(transport, needs, deviceLimits, {
    deviceType: DEVICE_TYPE.ENTROPY,
    noun: "entropy device",
    features: () => [],
    build: (device) => build(device, limits),
  });
}
