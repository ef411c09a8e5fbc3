/** virtio over memory-mapped registers, from the device's side (virtio 1.3, 4.2). */
import type { RegisterBlock, Width } from "../bus.ts";
import type { EmulatedInterrupts } from "../interrupts.ts";
import { readConfig, writeConfig } from "./pci-model.ts";
import type { VirtioModel } from "./virtio-model.ts";

const CONFIG = 0x100;

interface QueueRegisters {
  size: number;
  isReady: boolean;
  readonly words: Map<number, number>;
}

export class MmioModel implements RegisterBlock {
  /** Overwrites what the identification registers say, for tests of slots that are something else. */
  readonly identity = { magic: 0x7472_6976, version: 2 };
  readonly #model: VirtioModel;
  readonly #line: number;
  readonly #interrupts: EmulatedInterrupts;
  readonly #report: (what: string) => void;
  #queues: QueueRegisters[] = [];
  #select = 0;
  #deviceFeatureSelect = 0;
  #driverFeatureSelect = 0;
  #isr = 0;

  constructor(
    model: VirtioModel,
    line: number,
    interrupts: EmulatedInterrupts,
    report: (what: string) => void,
  ) {
    this.#model = model;
    this.#line = line;
    this.#interrupts = interrupts;
    this.#report = report;
    model.raise = (events) => {
      this.#isr |= events;
      interrupts.setLine(line, true, this);
    };
    this.#reset();
  }

  read(offset: number, width: Width): number {
    if (offset >= CONFIG) return readConfig(this.#model.config, offset - CONFIG, width);
    if (width !== 4) this.#report(`${width} bytes of register ${offset} (4.2.2.2)`);
    const model = this.#model;
    switch (offset) {
      case 0x000:
        return this.identity.magic;
      case 0x004:
        return this.identity.version;
      case 0x008:
        return model.deviceType;
      case 0x00c:
        return 0x554d_4551;
      case 0x010:
        return model.readFeatures(this.#deviceFeatureSelect);
      case 0x034:
        return this.#select < model.queueCount ? model.queueSize : 0;
      case 0x044:
        return this.#queues[this.#select]?.isReady === true ? 1 : 0;
      case 0x060:
        return this.#isr;
      case 0x070:
        return model.readStatus();
      case 0x0fc:
        return model.generation;
      default:
        this.#report(`register ${offset} is write-only, or none`);
        return 0;
    }
  }

  write(offset: number, width: Width, value: number): void {
    if (offset >= CONFIG) return writeConfig(this.#model.config, offset - CONFIG, width, value);
    if (width !== 4) this.#report(`${width} bytes of register ${offset} (4.2.2.2)`);
    const model = this.#model;
    switch (offset) {
      case 0x014:
        this.#deviceFeatureSelect = value;
        return undefined;
      case 0x020:
        return model.writeFeatures(this.#driverFeatureSelect, value);
      case 0x024:
        this.#driverFeatureSelect = value;
        return undefined;
      case 0x030:
        this.#select = value;
        return undefined;
      case 0x050:
        return model.notify(value);
      case 0x064:
        if ((value & ~this.#isr) !== 0) this.#report(`events ${value} are acknowledged early`);
        this.#isr &= ~value;
        if (this.#isr === 0) this.#interrupts.setLine(this.#line, false, this);
        return undefined;
      case 0x070:
        model.writeStatus(value);
        if (value === 0 && !model.isDead) this.#reset();
        return undefined;
      default:
        return this.#writeQueue(offset, value);
    }
  }

  #reset(): void {
    this.#queues = Array.from({ length: this.#model.queueCount }, () => ({
      size: 0,
      isReady: false,
      words: new Map<number, number>(),
    }));
    this.#isr = 0;
    this.#interrupts.setLine(this.#line, false, this);
  }

  #writeQueue(offset: number, value: number): void {
    const queue = this.#queues[this.#select];
    if (queue === undefined) return this.#report(`register ${offset} of a queue that is not there`);
    if (queue.isReady) this.#report("a queue that is ready is changed (4.2.2.2)");
    if (offset === 0x038) queue.size = value;
    else if (offset >= 0x080 && offset <= 0x0a4) queue.words.set(offset, value);
    else if (offset !== 0x044) this.#report(`register ${offset} is read-only, or none`);
    if (offset !== 0x044 || value !== 1) return undefined;
    queue.isReady = true;
    const address = (at: number): number =>
      (queue.words.get(at) ?? 0) + (queue.words.get(at + 4) ?? 0) * 2 ** 32;
    return this.#model.setUpQueue(this.#select, {
      size: queue.size,
      descriptors: address(0x080),
      driver: address(0x090),
      device: address(0x0a0),
    });
  }
}
