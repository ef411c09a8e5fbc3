import type { Machine, Mmio } from "../../libos/hal/mod.ts";
import { CAPABILITY, DeviceError, openPciDevice } from "../pci/mod.ts";
import type { PciDevice, PciFunction } from "../pci/mod.ts";
import { connectLine } from "./line.ts";
import { QueueVectors } from "./queue-vectors.ts";
import {
  ANY_QUEUE,
  type EventHandler,
  type QueueAddresses,
  type VirtioTransport,
} from "./transport.ts";
import {
  COMMON,
  DEVICE_TYPE,
  INTERRUPT,
  NO_VECTOR,
  PCI_CAP,
  PCI_CAP_TYPE,
  VIRTIO_PCI,
} from "./wire.ts";

/** Transitional device identifiers (4.1.2.1), by their distance from 0x1000. */
const TRANSITIONAL: readonly (number | undefined)[] = [
  DEVICE_TYPE.NET,
  DEVICE_TYPE.BLOCK,
  DEVICE_TYPE.BALLOON,
  DEVICE_TYPE.CONSOLE,
  undefined,
  DEVICE_TYPE.ENTROPY,
];

/** The entry of the MSI-X table that tells of the configuration; those behind it are the queues'. */
const CONFIG_VECTOR = 0;
/** Longer structures are mapped up to here (4.1.4, note): no device of ours uses more. */
const MAX_STRUCTURE_BYTES = 4096;

/** One structure of the device in mapped registers (4.1.4). */
interface Structure {
  readonly base: number;
  readonly length: number;
  /** Bytes between the notification addresses of two queues; of the notify structure only. */
  readonly multiplier: number;
}

/** virtio over PCI, of version 1 and later (virtio 1.3, 4.1). */
class PciTransport implements VirtioTransport {
  readonly deviceType: number;
  readonly configBytes: number;
  readonly #machine: Machine;
  readonly #mmio: Mmio;
  readonly #device: PciDevice;
  readonly #common: number;
  readonly #config: number;
  readonly #notify: Structure;
  readonly #isr: number;
  /** Where each queue's notifications are written. */
  readonly #notifyAt: number[] = [];
  /** Undefined where the line interrupts. */
  #vectors: QueueVectors | undefined;
  #isConnected = false;

  constructor(machine: Machine, device: PciDevice, deviceType: number) {
    this.deviceType = deviceType;
    this.#machine = machine;
    this.#mmio = machine.mmio;
    this.#device = device;
    this.#common = mapStructure(device, PCI_CAP_TYPE.COMMON, COMMON.BYTES).base;
    this.#notify = mapStructure(device, PCI_CAP_TYPE.NOTIFY, 2);
    this.#isr = mapStructure(device, PCI_CAP_TYPE.ISR, 1).base;
    const config = findStructure(device, PCI_CAP_TYPE.DEVICE);
    this.#config = config?.base ?? 0;
    this.configBytes = config?.length ?? 0;
  }

  get name(): string {
    return this.#device.name;
  }

  readStatus(): number {
    return this.#mmio.read8(this.#common + COMMON.DEVICE_STATUS);
  }

  writeStatus(status: number): void {
    this.#mmio.write8(this.#common + COMMON.DEVICE_STATUS, status);
  }

  readFeatures(word: number): number {
    this.#mmio.write32(this.#common + COMMON.DEVICE_FEATURE_SELECT, word);
    return this.#mmio.read32(this.#common + COMMON.DEVICE_FEATURE);
  }

  writeFeatures(word: number, bits: number): void {
    this.#mmio.write32(this.#common + COMMON.DRIVER_FEATURE_SELECT, word);
    this.#mmio.write32(this.#common + COMMON.DRIVER_FEATURE, bits);
  }

  queueSizeMax(index: number): number {
    if (index >= this.#mmio.read16(this.#common + COMMON.NUM_QUEUES)) return 0;
    this.#mmio.write16(this.#common + COMMON.QUEUE_SELECT, index);
    return this.#mmio.read16(this.#common + COMMON.QUEUE_SIZE);
  }

  /** The steps of 4.1.5.1.3. */
  enableQueue(index: number, size: number, addresses: QueueAddresses, isPolled: boolean): void {
    const mmio = this.#mmio;
    const common = this.#common;
    mmio.write16(common + COMMON.QUEUE_SELECT, index);
    const offset = mmio.read16(common + COMMON.QUEUE_NOTIFY_OFF) * this.#notify.multiplier;
    if (offset + 2 > this.#notify.length) {
      throw new DeviceError(`${this.name}: queue ${index} is notified outside of its structure`);
    }
    this.#notifyAt[index] = this.#notify.base + offset;
    mmio.write16(common + COMMON.QUEUE_SIZE, size);
    this.#writeAddress(COMMON.QUEUE_DESC, addresses.descriptors);
    this.#writeAddress(COMMON.QUEUE_DRIVER, addresses.driver);
    this.#writeAddress(COMMON.QUEUE_DEVICE, addresses.device);
    if (isPolled) mmio.write16(common + COMMON.QUEUE_MSIX_VECTOR, NO_VECTOR);
    else this.#setQueueVector(index);
    mmio.write16(common + COMMON.QUEUE_ENABLE, 1);
  }

  notify(index: number): void {
    this.#mmio.write16(this.#notifyAt[index]!, index);
  }

  readConfig8(offset: number): number {
    return this.#mmio.read8(this.#config + offset);
  }

  readConfig16(offset: number): number {
    return this.#mmio.read16(this.#config + offset);
  }

  readConfig32(offset: number): number {
    return this.#mmio.read32(this.#config + offset);
  }

  writeConfig32(offset: number, value: number): void {
    this.#mmio.write32(this.#config + offset, value);
  }

  configGeneration(): number {
    return this.#mmio.read8(this.#common + COMMON.CONFIG_GENERATION);
  }

  connect(handler: EventHandler, queueVectors: number): void {
    this.#isConnected = true;
    if (this.#connectMessages(handler, queueVectors)) {
      this.#setVector(COMMON.CONFIG_MSIX_VECTOR, CONFIG_VECTOR);
    } else {
      this.#connectLine(handler);
      this.#setVector(COMMON.CONFIG_MSIX_VECTOR, NO_VECTOR);
    }
  }

  disconnect(): void {
    this.#isConnected = false;
    this.#device.disable();
  }

  /** @returns False where the device has no MSI-X, or the machine no vector left. */
  #connectMessages(handler: EventHandler, queueVectors: number): boolean {
    const msix = this.#device.openMsix();
    if (msix === undefined) return false;
    const { interrupts } = this.#machine;
    const onQueue = (queue: number): void => {
      if (this.#isConnected) handler(INTERRUPT.QUEUE, queue);
    };
    const vectors = new QueueVectors(msix, interrupts, onQueue, Math.max(1, queueVectors));
    if (!vectors.add()) return false;
    const configMessage = interrupts.message(() => {
      if (this.#isConnected) handler(INTERRUPT.CONFIG, ANY_QUEUE);
    });
    if (configMessage === undefined) return false;
    msix.connect(CONFIG_VECTOR, configMessage);
    msix.enable();
    this.#vectors = vectors;
    return true;
  }

  /** Reading the ISR status takes the line back (4.1.4.5). */
  #connectLine(handler: EventHandler): void {
    const { interruptLine, interruptPin } = this.#device.function;
    if (interruptPin === 0 || interruptLine === 0xff) {
      throw new DeviceError(`${this.name}: there is neither an MSI-X vector nor a line for it`);
    }
    this.#device.enableLine();
    connectLine(this.#machine, this.name, interruptLine, () => {
      if (!this.#isConnected) return;
      const events = this.#mmio.read8(this.#isr) & (INTERRUPT.QUEUE | INTERRUPT.CONFIG);
      if (events !== 0) handler(events, ANY_QUEUE);
    });
  }

  /** A device may lack resources for so many vectors: then a queue shares one. */
  #setQueueVector(index: number): void {
    const register = COMMON.QUEUE_MSIX_VECTOR;
    const vectors = this.#vectors;
    if (vectors === undefined) this.#setVector(register, NO_VECTOR);
    else if (!this.#isAccepted(register, vectors.assign(index))) {
      this.#setVector(register, vectors.share());
    }
  }

  #setVector(register: number, vector: number): void {
    if (!this.#isAccepted(register, vector)) {
      throw new DeviceError(`${this.name}: it refuses an interrupt vector`);
    }
  }

  /** A device that lacks resources for a vector answers with none (4.1.5.1.2). */
  #isAccepted(register: number, vector: number): boolean {
    this.#mmio.write16(this.#common + register, vector);
    return vector === NO_VECTOR || this.#mmio.read16(this.#common + register) === vector;
  }

  #writeAddress(register: number, address: number): void {
    this.#mmio.write32(this.#common + register, address >>> 0);
    this.#mmio.write32(this.#common + register + 4, Math.floor(address / 0x1_0000_0000));
  }
}

/** The first structure of a type that lies in a memory BAR (4.1.4.2). */
function findStructure(device: PciDevice, type: number): Structure | undefined {
  for (const { id, register } of device.capabilities) {
    if (id !== CAPABILITY.VENDOR || device.read8(register + PCI_CAP.TYPE) !== type) continue;
    if (register + PCI_CAP.NOTIFY_MULTIPLIER + 4 > 256 && type === PCI_CAP_TYPE.NOTIFY) continue;
    const bar = device.read8(register + PCI_CAP.BAR);
    if (bar > 5 || !device.hasMemoryBar(bar)) continue;
    const length = Math.min(device.read32(register + PCI_CAP.RANGE), MAX_STRUCTURE_BYTES);
    if (length === 0) continue;
    const base = device.mapRange(bar, device.read32(register + PCI_CAP.OFFSET), length);
    const isNotify = type === PCI_CAP_TYPE.NOTIFY;
    const multiplier = isNotify ? device.read32(register + PCI_CAP.NOTIFY_MULTIPLIER) : 0;
    return { base, length, multiplier };
  }
  return undefined;
}

function mapStructure(device: PciDevice, type: number, leastBytes: number): Structure {
  const structure = findStructure(device, type);
  if (structure === undefined || structure.length < leastBytes) {
    throw new DeviceError(`${device.name}: it lacks the virtio structure ${type}; is it legacy?`);
  }
  return structure;
}

/** @returns The virtio device type of a function, or undefined for what is no virtio device. */
export function virtioTypeOf({ vendorId, deviceId }: PciFunction): number | undefined {
  if (vendorId !== VIRTIO_PCI.VENDOR) return undefined;
  if (deviceId > VIRTIO_PCI.FIRST_MODERN && deviceId <= VIRTIO_PCI.LAST_MODERN) {
    return deviceId - VIRTIO_PCI.FIRST_MODERN;
  }
  return TRANSITIONAL[deviceId - VIRTIO_PCI.FIRST_TRANSITIONAL];
}

/**
 * Opens a virtio device on PCI. Transitional devices are driven by their modern interface.
 *
 * @returns Undefined for what is no virtio device.
 * @throws DeviceError when it is one, and lacks what a driver needs.
 */
export function openPciTransport(
  machine: Machine,
  pciFunction: PciFunction,
): VirtioTransport | undefined {
  const deviceType = virtioTypeOf(pciFunction);
  if (deviceType === undefined) return undefined;
  const device = openPciDevice(machine, pciFunction);
  device.enable();
  return new PciTransport(machine, device, deviceType);
}
