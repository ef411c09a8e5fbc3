/** In place of a queue's number: some queue, or several. */
export const ANY_QUEUE = -1;

/**
 * Runs as a job when a device interrupts. `events` has bits of `INTERRUPT`: buffers may have been used;
 * the configuration or the status may have changed. `queue` is the one with used buffers, where the
 * transport knows it (a vector of its own), or `ANY_QUEUE`.
 */
export type EventHandler = (events: number, queue: number) => void;

/** How a driver reaches its device: over PCI or over memory-mapped registers (virtio 1.3, 4). */
export interface VirtioTransport {
  /** For messages: "pci 00:03.0", "mmio 0xfeb00e00". */
  readonly name: string;
  /** One of `DEVICE_TYPE`, or any other number. */
  readonly deviceType: number;
  /** Bytes of device-specific configuration that may be read. */
  readonly configBytes: number;
  readStatus(): number;
  /** Writing 0 resets the device. */
  writeStatus(status: number): void;
  /** @param word 0 for feature bits 0 .. 31, 1 for 32 .. 63. */
  readFeatures(word: number): number;
  writeFeatures(word: number, bits: number): void;
  /** @returns The largest size of a queue, 0 when the device has no such queue. */
  queueSizeMax(index: number): number;
  /**
   * Sets up a queue that `queueSizeMax` knows, and enables it.
   *
   * @param addresses Of the descriptor, the driver and the device area, for the device (2.6).
   * @param isPolled Nobody waits for its interrupts: where queues have vectors, it needs none.
   * @throws DeviceError when the device refuses.
   */
  enableQueue(index: number, size: number, addresses: QueueAddresses, isPolled: boolean): void;
  /** Tells the device that a queue has new buffers (4.1.5.2, 4.2.3.3). */
  notify(index: number): void;
  /** Device-specific configuration, by its own offsets. */
  readConfig8(offset: number): number;
  readConfig16(offset: number): number;
  readConfig32(offset: number): number;
  /** The few fields of it that drivers write. */
  writeConfig32(offset: number, value: number): void;
  /** Changes whenever the configuration does (2.5). */
  configGeneration(): number;
  /**
   * Connects interrupts, before `enableQueue`.
   *
   * @param queueVectors The most queues that get a vector of their own, where the bus has such.
   * @throws DeviceError when no interrupt can be had.
   */
  connect(handler: EventHandler, queueVectors: number): void;
  /** Takes the device's way to memory where the bus can; handlers are called no more. */
  disconnect(): void;
}

/** Addresses for the device, each below 2^53. */
export interface QueueAddresses {
  readonly descriptors: number;
  readonly driver: number;
  readonly device: number;
}
