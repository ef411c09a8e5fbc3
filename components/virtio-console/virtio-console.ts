/**
 * A virtio console as a `Console` (virtio 1.3, 5.3), with its first port.
 *
 * Output is copied into buffers for DMA; what has no room there waits in a list, in order. Both
 * streams go to the one port.
 */
import type { Console } from "../../libos/hal/mod.ts";
import {
  DEVICE_TYPE,
  DeviceError,
  openDriver,
  ReadyHandler,
  VIRTIO_LIMITS,
} from "../virtio/mod.ts";
import type {
  DriverNeeds,
  VirtioDevice,
  VirtioLimits,
  VirtioTransport,
  Virtqueue,
} from "../virtio/mod.ts";

export interface VirtioConsoleLimits {
  /** Buffers for DMA in each direction, a power of two. */
  readonly buffers: number;
  /** Bytes of each. */
  readonly bufferBytes: number;
  /**
   * Bytes of output that wait for a buffer. Beyond it `write` waits for the device, and gives the
   * device up when that does not answer.
   */
  readonly queueBytes: number;
}

export const VIRTIO_CONSOLE_LIMITS: VirtioConsoleLimits = {
  buffers: 8,
  bufferBytes: 1024,
  queueBytes: 65_536,
};

export interface VirtioConsole extends Console {
  /** Bytes of output that were lost because the device had failed. */
  readonly lostBytes: number;
  readonly failure: string | undefined;
  /** Lets the device write what it was given (`limits.closeUs`), and ends. Idempotent. */
  close(): void;
}

const QUEUE = { RECEIVE: 0, TRANSMIT: 1 } as const;

class VirtioConsoleDevice implements VirtioConsole {
  lostBytes = 0;
  readonly #device: VirtioDevice;
  readonly #receive: Virtqueue;
  readonly #transmit: Virtqueue;
  readonly #limits: VirtioConsoleLimits;
  readonly #receiveBase: number;
  readonly #transmitBase: number;
  readonly #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  readonly #ready: ReadyHandler;

  constructor(
    device: VirtioDevice,
    receive: Virtqueue,
    transmit: Virtqueue,
    limits: VirtioConsoleLimits,
  ) {
    const { bufferBytes } = limits;
    this.#device = device;
    this.#ready = new ReadyHandler(device);
    this.#receive = receive;
    this.#transmit = transmit;
    this.#limits = limits;
    const input = device.allocate(receive.slotCount * bufferBytes);
    const output = device.allocate(transmit.slotCount * bufferBytes);
    this.#receiveBase = input;
    this.#transmitBase = output;
    receive.offerBuffers(input, bufferBytes);
    transmit.unwatch();
    device.start((_events, queue) => this.#onEvents(queue));
    receive.kick();
  }

  get failure(): string | undefined {
    return this.#device.failure;
  }

  write(_stream: 1 | 2, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const sent = this.#waiting.length === 0 ? this.#send(bytes) : 0;
    if (sent === bytes.length) return;
    const rest = bytes.slice(sent);
    this.#waiting.push(rest);
    this.#waitingBytes += rest.length;
    const hasRoom = (): boolean => {
      this.#pump();
      return this.#waitingBytes <= this.#limits.queueBytes;
    };
    if (!this.#device.isDead && this.#waitingBytes > this.#limits.queueBytes) {
      this.#device.waitFor(hasRoom);
    }
    this.#pumpAndWatch();
  }

  read(accept: (bytes: Uint8Array) => void): number {
    const queue = this.#receive;
    const { bufferBytes } = this.#limits;
    const { bytes } = this.#device.needs.memory;
    let count = 0;
    if (this.#device.isClosed) return 0;
    do {
      for (let slot = queue.pop(); slot >= 0; slot = queue.pop()) {
        const offset = this.#receiveBase + slot * bufferBytes;
        // A device that used a buffer for nothing did not end the input: there is no end.
        if (queue.usedLength > 0) {
          accept(bytes.subarray(offset, offset + queue.usedLength));
          count++;
        }
        queue.offer(slot, 1);
      }
    } while (queue.watch());
    queue.kick();
    return count;
  }

  onReady(handler: () => void): void {
    this.#ready.set(handler);
    if (this.#receive.watch()) this.#ready.announce();
  }

  close(): void {
    this.#device.closeAfter(() => {
      this.#pump();
      return this.#waiting.length === 0 && this.#transmit.offeredCount === 0;
    });
  }

  #onEvents(queue: number): void {
    if (queue !== QUEUE.RECEIVE) this.#pumpAndWatch();
    if (queue === QUEUE.TRANSMIT || this.failure !== undefined) return;
    if (this.#receive.hasUsed()) this.#ready.call();
  }

  /** Copies as much as there are buffers for. @returns The bytes taken. */
  #send(bytes: Uint8Array): number {
    const queue = this.#transmit;
    const { bufferBytes } = this.#limits;
    let sent = 0;
    if (this.#device.isDead) {
      this.lostBytes += bytes.length;
      return bytes.length;
    }
    this.#reap();
    while (sent < bytes.length && queue.freeCount > 0) {
      const slot = queue.take();
      const count = Math.min(bufferBytes, bytes.length - sent);
      const at = slot * bufferBytes;
      this.#device.needs.memory.copyIn(this.#transmitBase + at, bytes, sent, count);
      queue.describe(slot, 0, this.#transmitBase + at, count, false, true);
      queue.offer(slot, 1);
      sent += count;
    }
    queue.kick();
    return sent;
  }

  #reap(): void {
    const queue = this.#transmit;
    for (let slot = queue.pop(); slot >= 0; slot = queue.pop()) queue.release(slot);
  }

  /** Sends of what waits. */
  #pump(): void {
    this.#reap();
    while (this.#waiting.length > 0) {
      const first = this.#waiting[0]!;
      const sent = this.#send(first);
      this.#waitingBytes -= sent;
      if (sent < first.length) {
        this.#waiting[0] = first.subarray(sent);
        return;
      }
      this.#waiting.shift();
    }
  }

  /** While output waits, the device interrupts when it has finished a buffer. */
  #pumpAndWatch(): void {
    do this.#pump();
    while (this.#waiting.length > 0 && !this.#device.isDead && this.#transmit.watch());
    if (this.#waiting.length === 0) this.#transmit.unwatch();
  }
}

/**
 * Drives a virtio console.
 *
 * @throws DeviceError when the device can't be used.
 */
export function createVirtioConsole(
  transport: VirtioTransport,
  needs: DriverNeeds,
  limits: VirtioConsoleLimits = VIRTIO_CONSOLE_LIMITS,
  deviceLimits: VirtioLimits = VIRTIO_LIMITS,
): VirtioConsole {
  return openDriver(transport, needs, deviceLimits, {
    deviceType: DEVICE_TYPE.CONSOLE,
    noun: "console",
    features: () => [],
    build(device) {
      const receive = device.createQueue(QUEUE.RECEIVE, limits.buffers, 1);
      const transmit = device.createQueue(QUEUE.TRANSMIT, limits.buffers, 1);
      if (receive === undefined || transmit === undefined) {
        throw new DeviceError(`${transport.name}: it lacks the queues of its first port`);
      }
      return new VirtioConsoleDevice(device, receive, transmit, limits);
    },
  });
}
