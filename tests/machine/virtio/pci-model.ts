/** virtio over PCI, from the device's side (virtio 1.3, 4.1). */
import type { RegisterBlock, Width } from "../bus.ts";
import type { EmulatedInterrupts } from "../interrupts.ts";
import { EmulatedFunction } from "../pci.ts";
import type { VirtioModel } from "./virtio-model.ts";

const MSIX_BAR = 1;
const DEVICE_BAR = 4;
const BAR_BYTES = 0x4000;
/** Where the structures lie in the device's BAR, and how far notification addresses are apart. */
const AT = { COMMON: 0, ISR: 0x1000, CONFIG: 0x2000, NOTIFY: 0x3000 } as const;
const MULTIPLIER = 4;
/** Of the MSI-X table, unless the test says how many. */
const VECTORS = 4;
/** Entries that the table's BAR has room for. */
const MAX_VECTORS = 64;
const NO_VECTOR = 0xffff;
/** The widths that a driver must use in the common structure (4.1.3.1), by offset. */
const WIDTHS: Readonly<Record<number, Width>> = {
  0x00: 4,
  0x04: 4,
  0x08: 4,
  0x0c: 4,
  0x10: 2,
  0x12: 2,
  0x14: 1,
  0x15: 1,
  0x16: 2,
  0x18: 2,
  0x1a: 2,
  0x1c: 2,
  0x1e: 2,
  0x20: 4,
  0x24: 4,
  0x28: 4,
  0x2c: 4,
  0x30: 4,
  0x34: 4,
};

interface QueueRegisters {
  size: number;
  vector: number;
  isEnabled: boolean;
  /** Descriptor, driver and device area, low and high halves. */
  readonly words: Uint32Array;
}

export interface PciModelOptions {
  readonly barAddress: number;
  /** Of the MSI-X table's BAR. */
  readonly tableAddress: number;
  readonly line: number;
  /** False: the device interrupts by its line only. */
  readonly hasMsix: boolean;
  /** Entries of the MSI-X table, 1 .. 64. */
  readonly vectors?: number | undefined;
  /** The device accepts vectors below it: for the rest it lacks resources (4.1.5.1.2). */
  readonly acceptedVectors?: number | undefined;
  readonly interrupts: EmulatedInterrupts;
  readonly report: (what: string) => void;
}

/** The registers of one device, and the function that it is. */
export class PciModel {
  readonly function: EmulatedFunction;
  readonly #model: VirtioModel;
  readonly #options: PciModelOptions;
  readonly #vectors: number;
  readonly #msixTable = new Uint32Array(4 * MAX_VECTORS);
  #msixRegister = 0;
  #queues: QueueRegisters[] = [];
  #select = 0;
  #deviceFeatureSelect = 0;
  #driverFeatureSelect = 0;
  #configVector: number = NO_VECTOR;
  #isr = 0;

  constructor(model: VirtioModel, options: PciModelOptions) {
    this.#model = model;
    this.#options = options;
    this.#vectors = options.vectors ?? VECTORS;
    const { barAddress, tableAddress, line } = options;
    const registers: RegisterBlock = {
      read: (offset, width) => this.#read(offset, width),
      write: (offset, width, value) => this.#write(offset, width, value),
    };
    const table: RegisterBlock = {
      read: (offset) => this.#msixTable[offset >> 2] ?? 0,
      write: (offset, _width, value) => {
        this.#msixTable[offset >> 2] = value;
      },
    };
    this.#msixTable.forEach((_, index) => {
      if (index % 4 === 3) this.#msixTable[index] = 1;
    });
    const device = 0x1040 + model.deviceType;
    this.function = new EmulatedFunction(
      { vendor: 0x1af4, device, classCode: 0x02_00_00, line, pin: 1 },
      [
        {
          index: MSIX_BAR,
          is64: false,
          length: 0x1000,
          address: tableAddress,
          block: table,
        },
        { index: DEVICE_BAR, is64: true, length: BAR_BYTES, address: barAddress, block: registers },
      ],
    );
    this.#addCapabilities();
    this.#reset();
    model.raise = (events, queue) => this.#raise(events, queue);
    this.function.onWrite = () => {
      // INTx that is switched off lets the line go (PCI 3.0, 6.2.2).
      if (!this.function.interruptsByLine) options.interrupts.setLine(line, false, this);
    };
  }

  #addCapabilities(): void {
    const le32 = (value: number): number[] =>
      [0, 8, 16, 24].map((shift) => (value >>> shift) & 255);
    const add = (
      type: number,
      bar: number,
      offset: number,
      length: number,
      more: number[] = [],
    ): void => {
      this.function.addCapability([
        ...[9, 0, 16 + more.length, type, bar, 0, 0, 0],
        ...le32(offset),
        ...le32(length),
        ...more,
      ]);
    };
    // Types and BARs that a driver must ignore come first (4.1.4.2).
    add(0x77, DEVICE_BAR, 0, 16);
    add(1, 7, 0, 0x38);
    if (this.#options.hasMsix) {
      this.#msixRegister = this.function.addCapability([
        ...[0x11, 0, this.#vectors - 1, 0],
        ...le32(MSIX_BAR),
        ...le32(0x800 | MSIX_BAR),
      ]);
    }
    const configBytes = this.#model.config.length;
    add(1, DEVICE_BAR, AT.COMMON, 0x38);
    add(2, DEVICE_BAR, AT.NOTIFY, 0x1000, le32(MULTIPLIER));
    add(3, DEVICE_BAR, AT.ISR, 1);
    if (configBytes > 0) add(4, DEVICE_BAR, AT.CONFIG, configBytes);
  }

  #reset(): void {
    this.#queues = Array.from({ length: this.#model.queueCount }, () => ({
      size: this.#model.queueSize,
      vector: NO_VECTOR,
      isEnabled: false,
      words: new Uint32Array(6),
    }));
    this.#configVector = NO_VECTOR;
    this.#isr = 0;
    this.#options.interrupts.setLine(this.#options.line, false, this);
  }

  #raise(events: number, queue: number | undefined): void {
    const { interrupts, line } = this.#options;
    if (!this.function.isBusMaster) return;
    const control = this.#msixRegister === 0 ? 0 : this.function.read(this.#msixRegister + 2, 2);
    if ((control & 0x8000) !== 0) {
      const vectors = new Set<number>();
      if ((events & 2) !== 0) vectors.add(this.#configVector);
      const queues = queue === undefined ? this.#queues : [this.#queues[queue]!];
      if ((events & 1) !== 0) for (const { vector } of queues) vectors.add(vector);
      for (const vector of vectors) this.#sendMessage(vector);
      return;
    }
    this.#isr |= events;
    if (this.function.interruptsByLine) interrupts.setLine(line, true, this);
  }

  #sendMessage(vector: number): void {
    const at = 4 * vector;
    if (vector >= this.#vectors || (this.#msixTable[at + 3]! & 1) !== 0) return;
    const address = this.#msixTable[at]! + this.#msixTable[at + 1]! * 2 ** 32;
    this.#options.interrupts.deliver(address, this.#msixTable[at + 2]!);
  }

  #read(offset: number, width: Width): number {
    if (offset >= AT.NOTIFY) return 0;
    if (offset >= AT.CONFIG) return readConfig(this.#model.config, offset - AT.CONFIG, width);
    if (offset >= AT.ISR) {
      const isr = this.#isr;
      this.#isr = 0;
      this.#options.interrupts.setLine(this.#options.line, false, this);
      return isr;
    }
    return this.#readCommon(offset, width);
  }

  #readCommon(offset: number, width: Width): number {
    this.#checkWidth(offset, width);
    const model = this.#model;
    const queue = this.#queues[this.#select];
    switch (offset) {
      case 0x00:
        return this.#deviceFeatureSelect;
      case 0x04:
        return model.readFeatures(this.#deviceFeatureSelect);
      case 0x10:
        return this.#configVector;
      case 0x12:
        return model.queueCount;
      case 0x14:
        return model.readStatus();
      case 0x15:
        return model.generation;
      case 0x16:
        return this.#select;
      case 0x18:
        return queue?.size ?? 0;
      case 0x1a:
        return queue?.vector ?? NO_VECTOR;
      case 0x1c:
        return queue?.isEnabled === true ? 1 : 0;
      case 0x1e:
        return this.#select;
      default:
        return offset >= 0x20 ? (queue?.words[(offset - 0x20) >> 2] ?? 0) : 0;
    }
  }

  #write(offset: number, width: Width, value: number): void {
    if (offset >= AT.NOTIFY) {
      const index = (offset - AT.NOTIFY) / MULTIPLIER;
      if (value !== index)
        this.#options.report(`queue ${value} is notified at the place of ${index}`);
      return this.#model.notify(value);
    }
    if (offset >= AT.CONFIG) {
      writeConfig(this.#model.config, offset - AT.CONFIG, width, value);
      return undefined;
    }
    if (offset >= AT.ISR) return this.#options.report("the ISR status is written");
    return this.#writeCommon(offset, width, value);
  }

  #writeCommon(offset: number, width: Width, value: number): void {
    this.#checkWidth(offset, width);
    const queue = this.#queues[this.#select];
    switch (offset) {
      case 0x00:
        this.#deviceFeatureSelect = value;
        return undefined;
      case 0x08:
        this.#driverFeatureSelect = value;
        return undefined;
      case 0x0c:
        return this.#model.writeFeatures(this.#driverFeatureSelect, value);
      case 0x10:
        this.#configVector = this.#acceptVector(value);
        return undefined;
      case 0x14:
        this.#model.writeStatus(value);
        if (value === 0 && !this.#model.isDead) this.#reset();
        return undefined;
      case 0x16:
        this.#select = value;
        return undefined;
      case 0x04:
      case 0x12:
      case 0x15:
      case 0x1e:
        return this.#options.report(`register ${offset} is read-only`);
      default:
        if (queue === undefined)
          this.#options.report(`register ${offset} of a queue that is not there`);
        else this.#writeQueue(queue, offset, value);
    }
  }

  #writeQueue(queue: QueueRegisters, offset: number, value: number): void {
    if (offset === 0x1a) {
      queue.vector = this.#acceptVector(value);
      return;
    }
    if (queue.isEnabled) this.#options.report("an enabled queue is changed (4.1.4.3.2)");
    if (offset === 0x18) queue.size = value;
    if (offset >= 0x20) queue.words[(offset - 0x20) >> 2] = value;
    if (offset !== 0x1c) return;
    if (value !== 1) this.#options.report(`${value} is written to queue_enable`);
    queue.isEnabled = true;
    const [d0, d1, a0, a1, u0, u1] = queue.words as unknown as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    this.#model.setUpQueue(this.#select, {
      size: queue.size,
      descriptors: d0 + d1 * 2 ** 32,
      driver: a0 + a1 * 2 ** 32,
      device: u0 + u1 * 2 ** 32,
    });
  }

  #acceptVector(vector: number): number {
    return vector < (this.#options.acceptedVectors ?? this.#vectors) ? vector : NO_VECTOR;
  }

  #checkWidth(offset: number, width: Width): void {
    if (WIDTHS[offset] === width) return;
    this.#options.report(`${width} bytes at ${offset} of the common structure (4.1.3.1)`);
  }
}

export function readConfig(config: Uint8Array, offset: number, width: Width): number {
  let value = 0;
  for (let byte = 0; byte < width; byte++) value += (config[offset + byte] ?? 0) * 2 ** (8 * byte);
  return value;
}

export function writeConfig(config: Uint8Array, offset: number, width: Width, value: number): void {
  for (let byte = 0; byte < width; byte++) config[offset + byte] = value >>> (8 * byte);
}
