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
   * @throws DeviceError when the device refuses.
   */
  enableQueue(index: number, size: number, addresses: QueueAddresses): void;
  /** Tells the device that a queue has new buffers (4.1.5.2, 4.2.3.3). */
  notify(index: number): void;
  /** Device-specific configuration, by its own offsets. */
  readConfig8(offset: number): number;
  readConfig16(offset: number): number;
  readConfig32(offset: number): number;
  /** Changes whenever the configuration does (2.5). */
  configGeneration(): number;
  /**
   * Connects interrupts, before `enableQueue`.
   *
   * @param handler Runs as a job. `events` has bits of `INTERRUPT`: some queue may have used
   *   buffers; the configuration or the status may have changed.
   * @throws DeviceError when no interrupt can be had.
   */
  connect(handler: (events: number) => void): void;
  /** Takes the device's way to memory where the bus can; handlers are called no more. */
  disconnect(): void;
}

/** Addresses for the device, each below 2^53. */
export interface QueueAddresses {
  readonly descriptors: number;
  readonly driver: number;
  readonly device: number;
}
