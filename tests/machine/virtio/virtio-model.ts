/**
 * A virtio device, without its transport: status, features, queues, and completing buffers, rightly
 * or wrongly. `net-model.ts` and its neighbours say what the device does.
 */
import type { Random } from "../../../host-adapters/shared/random.ts";
import type { DeviceMemory } from "../dma.ts";
import type { Chain, DeviceQueue } from "./device-queue.ts";
import type { FaultSource } from "./faults.ts";
import { noFaults } from "./faults.ts";
import { PackedDeviceQueue } from "./packed-device-queue.ts";
import { SplitDeviceQueue } from "./split-device-queue.ts";

/** What the machine offers to a device. */
export interface ModelHost {
  readonly memory: DeviceMemory;
  readonly random: Random;
  /** Runs `job` after a while, unless the device was reset by then. */
  after(delayUs: number, job: () => void): void;
  report(what: string): void;
}

const STATUS = { DRIVER: 2, DRIVER_OK: 4, FEATURES_OK: 8, NEEDS_RESET: 64, FAILED: 128 } as const;
const INDIRECT_DESC = 28;
const EVENT_IDX = 29;
const VERSION_1 = 32;
const RING_PACKED = 34;

export interface ModelOptions {
  /** Feature bits besides VERSION_1. Default: INDIRECT_DESC, EVENT_IDX, RING_PACKED. */
  readonly ringFeatures?: readonly number[];
  /** Sizes of the queues; default 256. */
  readonly queueSize?: number;
  readonly faults?: FaultSource;
}

export const ALL_RING_FEATURES: readonly number[] = [INDIRECT_DESC, EVENT_IDX, RING_PACKED];

export abstract class VirtioModel {
  readonly deviceType: number;
  readonly config: Uint8Array;
  readonly queueCount: number;
  readonly queueSize: number;
  status = 0;
  generation = 0;
  /** It refuses FEATURES_OK: nothing is right for it. */
  refusesFeatures = false;
  /** It works on nothing until it is reset. */
  isStalled = false;
  /** It does not even answer a reset. */
  isDead = false;
  faults: FaultSource;
  /** Set by the transport: 1 for queues, 2 for the configuration; of all queues, or of one. */
  raise: (events: number, queue?: number) => void = () => {};
  protected host!: ModelHost;
  readonly #offered: ReadonlySet<number>;
  readonly #accepted = [0, 0];
  readonly #queues: (DeviceQueue | undefined)[] = [];
  #epoch = 0;
  #isHostile = false;

  constructor(
    deviceType: number,
    queueCount: number,
    configBytes: number,
    features: readonly number[],
    options: ModelOptions,
  ) {
    this.deviceType = deviceType;
    this.queueCount = queueCount;
    this.queueSize = options.queueSize ?? 256;
    this.config = new Uint8Array(configBytes);
    this.#offered = new Set([
      VERSION_1,
      ...(options.ringFeatures ?? ALL_RING_FEATURES),
      ...features,
    ]);
    this.faults = options.faults ?? noFaults;
  }

  /** Buffers of a queue may be available. */
  abstract process(queue: DeviceQueue): void;
  /** Everything the driver has set up is gone. */
  onReset(): void {}

  attach(host: ModelHost): void {
    this.host = host;
  }

  get isRunning(): boolean {
    const good = STATUS.DRIVER_OK | STATUS.FEATURES_OK;
    const bad = STATUS.NEEDS_RESET | STATUS.FAILED;
    return (this.status & good) === good && (this.status & bad) === 0 && !this.isStalled;
  }

  /** @returns Whether the driver has accepted a feature. */
  has(bit: number): boolean {
    return ((this.#accepted[bit >>> 5]! >>> (bit & 31)) & 1) === 1;
  }

  queue(index: number): DeviceQueue | undefined {
    return this.#queues[index];
  }

  readFeatures(word: number): number {
    let bits = 0;
    for (const bit of this.#offered) if (bit >>> 5 === word) bits += 2 ** (bit & 31);
    return bits;
  }

  writeFeatures(word: number, bits: number): void {
    if ((this.status & STATUS.FEATURES_OK) !== 0) this.host.report("features change too late");
    const offered = this.readFeatures(word);
    if ((bits & ~offered) !== 0)
      this.host.report(`feature bits ${bits & ~offered} were not offered`);
    if (word < 2) this.#accepted[word] = bits;
  }

  readStatus(): number {
    return this.isDead ? this.status | STATUS.DRIVER_OK : this.status;
  }

  writeStatus(status: number): void {
    if (this.isDead) return;
    if (status === 0) {
      this.#isHostile = false;
      return this.reset();
    }
    if ((this.status & ~status & ~STATUS.NEEDS_RESET) !== 0) {
      this.host.report(`the driver clears bits of the status: ${this.status}, then ${status}`);
    }
    const order = [STATUS.DRIVER, STATUS.FEATURES_OK, STATUS.DRIVER_OK];
    const isFailing = (status & STATUS.FAILED) !== 0;
    if (
      !isFailing &&
      order.some(
        (bit, index) => (status & bit) !== 0 && index > 0 && (status & order[index - 1]!) === 0,
      )
    ) {
      this.host.report(`status ${status} is out of order (3.1.1)`);
    }
    if ((status & STATUS.FEATURES_OK) !== 0 && this.refusesFeatures) status &= ~STATUS.FEATURES_OK;
    this.status = status;
    if (this.isRunning) this.#queues.forEach((queue) => queue && this.kick(queue.index));
  }

  reset(): void {
    this.status = 0;
    this.#epoch++;
    this.isStalled = false;
    this.#accepted.fill(0);
    this.#queues.length = 0;
    this.onReset();
  }

  setUpQueue(
    index: number,
    setup: { size: number; descriptors: number; driver: number; device: number },
  ): void {
    const { size, descriptors, driver, device } = setup;
    const isPacked = this.has(RING_PACKED);
    if ((this.status & STATUS.FEATURES_OK) === 0) this.host.report("a queue before FEATURES_OK");
    if ((this.status & STATUS.DRIVER_OK) !== 0) this.host.report("a queue after DRIVER_OK");
    const isPowerOfTwo = Number.isInteger(Math.log2(size));
    if (size < 1 || size > this.queueSize || (!isPacked && !isPowerOfTwo)) {
      this.host.report(`a queue of ${size}`);
    }
    const alignments = isPacked ? [16, 4, 4] : [16, 2, 4];
    const lengths = isPacked ? [16 * size, 4, 4] : [16 * size, 6 + 2 * size, 6 + 8 * size];
    for (const [part, address] of [descriptors, driver, device].entries()) {
      const isAligned = address % (alignments[part] ?? 1) === 0;
      if (isAligned && this.host.memory.reaches(address, lengths[part]!)) continue;
      this.host.report(`part ${part} of queue ${index} lies at 0x${address.toString(16)}`);
    }
    const features = { hasIndirect: this.has(INDIRECT_DESC), hasEventIndex: this.has(EVENT_IDX) };
    const Queue = isPacked ? PackedDeviceQueue : SplitDeviceQueue;
    const { memory, report } = this.host;
    this.#queues[index] = new Queue(index, { ...setup, ...features }, memory, report);
  }

  /** The driver's doorbell. */
  notify(index: number): void {
    if (this.isRunning) {
      if (this.#queues[index] === undefined) this.host.report(`a notification of queue ${index}`);
      this.kick(index);
    } else if ((this.status & STATUS.DRIVER_OK) === 0 && !this.#isHostile) {
      this.host.report("a notification before DRIVER_OK");
    }
  }

  /** Looks at a queue after a while. */
  kick(index: number): void {
    const queue = this.#queues[index];
    if (queue === undefined) return;
    this.later(1 + this.host.random.below(4), () => this.#look(queue));
  }

  later(delayUs: number, job: () => void): void {
    const epoch = this.#epoch;
    this.host.after(delayUs, () => {
      if (epoch === this.#epoch && this.isRunning) job();
    });
  }

  /** Completes a buffer, with `bytes` in what the device may write. */
  finish(queue: DeviceQueue, chain: Chain, bytes: Uint8Array = new Uint8Array(0)): void {
    const fault = this.faults();
    if (fault !== "none") this.#isHostile = queue.isHostile = true;
    queue.verify(chain);
    if (fault === "garbage-data") {
      const noise = new Uint8Array(chain.writableBytes);
      this.host.random.fill(noise);
      queue.writeAll(chain, noise);
    } else {
      queue.writeAll(chain, bytes);
    }
    const length = bytes.length;
    const use = (id: number, used: number): void => {
      queue.inFlight.delete(chain.id);
      queue.writeUsed(id, used, chain.descriptorCount);
    };
    switch (fault) {
      case "long-length":
        return use(chain.id, chain.writableBytes + 1 + this.host.random.below(70_000));
      case "zero-length":
        return use(chain.id, 0);
      case "short-length":
        return use(chain.id, this.host.random.below(length + 1));
      case "wild-id":
        return use(this.host.random.u32(), length);
      case "foreign-id":
        return use((chain.id + 1 + this.host.random.below(8)) % queue.setup.size, length);
      case "duplicate":
        use(chain.id, length);
        return use(chain.id, length);
      case "index-jump":
        return queue.jump();
      case "swallow":
        return undefined;
      case "silent":
        this.isStalled = true;
        return undefined;
      case "needs-reset":
        this.needReset();
        return undefined;
      case "self-reset":
        this.reset();
        this.raise(2);
        return undefined;
      case "garbage-rings":
        queue.scribble(this.host.random);
        this.isStalled = true;
        return this.raise(1);
      case "storm":
        for (let count = 0; count < 10; count++) this.raise(3);
        return use(chain.id, length);
      case "garbage-config":
        this.host.random.fill(this.config);
        this.generation = (this.generation + 1) & 0xff;
        this.raise(2);
        return use(chain.id, length);
      default:
        return use(chain.id, length);
    }
  }

  /** Interrupts, if the driver wants it for what was used. */
  signal(queue: DeviceQueue): void {
    if (queue.takeInterruptWish()) this.raise(1, queue.index);
  }

  /** The device gives up and says so (2.1.2). */
  needReset(): void {
    this.status |= STATUS.NEEDS_RESET;
    this.raise(2);
  }

  /** The configuration has changed. */
  changeConfig(): void {
    this.generation = (this.generation + 1) & 0xff;
    this.raise(2);
  }

  #look(queue: DeviceQueue): void {
    queue.refuseNotifications();
    this.process(queue);
    if (!this.isRunning) return;
    queue.askForNotification();
    // What came between the last look and the wish.
    this.process(queue);
  }
}
