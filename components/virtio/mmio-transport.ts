import type { Machine, Mmio, VirtioMmioRange } from "../../libos/hal/mod.ts";
import { DeviceError } from "../pci/mod.ts";
import { connectLine } from "./line.ts";
import {
  ANY_QUEUE,
  type EventHandler,
  type QueueAddresses,
  type VirtioTransport,
} from "./transport.ts";
import { INTERRUPT, MMIO, MMIO_LEGACY_VERSION, MMIO_MAGIC, MMIO_VERSION } from "./wire.ts";

/** virtio over memory-mapped registers (virtio 1.3, 4.2). */
class MmioTransport implements VirtioTransport {
  readonly deviceType: number;
  readonly configBytes: number;
  readonly #machine: Machine;
  readonly #mmio: Mmio;
  readonly #base: number;
  readonly #range: VirtioMmioRange;
  #isConnected = false;

  constructor(machine: Machine, range: VirtioMmioRange, base: number) {
    this.#machine = machine;
    this.#mmio = machine.mmio;
    this.#base = base;
    this.#range = range;
    this.configBytes = range.length - MMIO.CONFIG;
    this.deviceType = this.#read(MMIO.DEVICE_ID);
  }

  get name(): string {
    return `mmio 0x${this.#range.address.toString(16)}`;
  }

  readStatus(): number {
    return this.#read(MMIO.STATUS);
  }

  writeStatus(status: number): void {
    this.#write(MMIO.STATUS, status);
  }

  readFeatures(word: number): number {
    this.#write(MMIO.DEVICE_FEATURES_SEL, word);
    return this.#read(MMIO.DEVICE_FEATURES);
  }

  writeFeatures(word: number, bits: number): void {
    this.#write(MMIO.DRIVER_FEATURES_SEL, word);
    this.#write(MMIO.DRIVER_FEATURES, bits);
  }

  queueSizeMax(index: number): number {
    this.#write(MMIO.QUEUE_SEL, index);
    return this.#read(MMIO.QUEUE_NUM_MAX);
  }

  /** The steps of 4.2.3.2. */
  enableQueue(index: number, size: number, addresses: QueueAddresses): void {
    this.#write(MMIO.QUEUE_SEL, index);
    if (this.#read(MMIO.QUEUE_READY) !== 0) {
      throw new DeviceError(`${this.name}: queue ${index} is in use after a reset`);
    }
    this.#write(MMIO.QUEUE_NUM, size);
    this.#writeAddress(MMIO.QUEUE_DESC, addresses.descriptors);
    this.#writeAddress(MMIO.QUEUE_DRIVER, addresses.driver);
    this.#writeAddress(MMIO.QUEUE_DEVICE, addresses.device);
    this.#write(MMIO.QUEUE_READY, 1);
  }

  notify(index: number): void {
    this.#mmio.write32(this.#base + MMIO.QUEUE_NOTIFY, index);
  }

  readConfig8(offset: number): number {
    return this.#mmio.read8(this.#base + MMIO.CONFIG + offset);
  }

  readConfig16(offset: number): number {
    return this.#mmio.read16(this.#base + MMIO.CONFIG + offset);
  }

  readConfig32(offset: number): number {
    return this.#read(MMIO.CONFIG + offset);
  }

  writeConfig32(offset: number, value: number): void {
    this.#write(MMIO.CONFIG + offset, value);
  }

  configGeneration(): number {
    return this.#read(MMIO.CONFIG_GENERATION);
  }

  connect(handler: EventHandler): void {
    this.#isConnected = true;
    connectLine(this.#machine, this.name, this.#range.interruptLine, () => {
      if (!this.#isConnected) return;
      const events = this.#read(MMIO.INTERRUPT_STATUS) & (INTERRUPT.QUEUE | INTERRUPT.CONFIG);
      if (events === 0) return;
      this.#write(MMIO.INTERRUPT_ACK, events);
      handler(events, ANY_QUEUE);
    });
  }

  /** The bus has no switch: only the reset keeps the device from memory. */
  disconnect(): void {
    this.#isConnected = false;
  }

  #writeAddress(register: number, address: number): void {
    this.#write(register, address >>> 0);
    this.#write(register + 4, Math.floor(address / 0x1_0000_0000));
  }

  #read(register: number): number {
    return this.#mmio.read32(this.#base + register);
  }

  #write(register: number, value: number): void {
    this.#mmio.write32(this.#base + register, value);
  }
}

/**
 * Opens a slot for a memory-mapped device.
 *
 * @returns Undefined for an empty slot, and for what is no virtio device of version 2 (4.2.2.2).
 * @throws DeviceError when its registers can't be mapped, or the device is legacy.
 */
export function openMmioTransport(
  machine: Machine,
  range: VirtioMmioRange,
): VirtioTransport | undefined {
  if (range.length <= MMIO.CONFIG) return undefined;
  let base;
  try {
    base = machine.mmio.map(range.address, range.length);
  } catch (error) {
    const address = range.address.toString(16);
    throw new DeviceError(`mmio 0x${address}: it can't be mapped`, { cause: error });
  }
  if (machine.mmio.read32(base + MMIO.MAGIC) !== MMIO_MAGIC) return undefined;
  const version = machine.mmio.read32(base + MMIO.VERSION);
  if (version !== MMIO_VERSION && version !== MMIO_LEGACY_VERSION) return undefined;
  const transport = new MmioTransport(machine, range, base);
  if (transport.deviceType === 0) return undefined;
  if (version === MMIO_VERSION) return transport;
  throw new DeviceError(
    `${transport.name}: it is a legacy virtio device (of type ${transport.deviceType}), for which` +
      " there is no driver: give QEMU -global virtio-mmio.force-legacy=false",
  );
}
