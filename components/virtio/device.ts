/**
 * A virtio device in the hands of its driver: negotiation, queues, and its end.
 *
 * What always holds: a device that breaks the standard is *failed*, once, with a reason. Then it is
 * reset, its way to memory is closed where the bus can, and its driver is told; no call of the data
 * path throws because of it, and none waits for it.
 */
import { DeviceError } from "../pci/mod.ts";
import type { DriverNeeds } from "./needs.ts";
import { PackedQueue, packedLayout } from "./packed-queue.ts";
import { SplitQueue, splitLayout } from "./split-queue.ts";
import { ANY_QUEUE, type EventHandler, type VirtioTransport } from "./transport.ts";
import { descriptorCount } from "./ring-queue.ts";
import { floorPowerOfTwo } from "./power-of-two.ts";
import type { Virtqueue } from "./virtqueue.ts";
import { FEATURE, INTERRUPT, STATUS } from "./wire.ts";

export interface VirtioLimits {
  /** Reads of the status that a reset may take; then the device does not answer. */
  readonly resetReads: number;
  /** How often the configuration is read again because it changed meanwhile. */
  readonly configReads: number;
  /** Microseconds for which a driver waits for its device where a call must not return before. */
  readonly waitUs: number;
  /** Microseconds for which `close` lets a device finish what it has accepted. */
  readonly closeUs: number;
  /** Queues of one device with an MSI-X vector of their own; the rest share one of these. */
  readonly queueVectors: number;
}

export const VIRTIO_LIMITS: VirtioLimits = {
  resetReads: 100_000,
  configReads: 16,
  waitUs: 10_000_000,
  closeUs: 200_000,
  queueVectors: 8,
};

/** Features that every driver of ours can live with, in the order of the specification. */
const COMMON_FEATURES: readonly number[] = [
  FEATURE.INDIRECT_DESC_BIT,
  FEATURE.EVENT_IDX_BIT,
  FEATURE.VERSION_1_BIT,
  FEATURE.ACCESS_PLATFORM_BIT,
  FEATURE.RING_PACKED_BIT,
];

/** Chooses feature bits, knowing which the device offers. */
export type FeatureChoice = (isOffered: (bit: number) => boolean) => readonly number[];

/** How the time is looked at while polling: not in every round, for a clock may be slow. */
const ROUNDS_PER_LOOK = 64;

export class VirtioDevice {
  readonly transport: VirtioTransport;
  readonly needs: DriverNeeds;
  readonly limits: VirtioLimits;
  /** Why the device was given up; undefined while it works. */
  failure: string | undefined;
  /** Given up or closed: it does nothing any more. Fields, for drivers look with each frame. */
  isDead = false;
  isClosed = false;
  readonly #features: readonly [low: number, high: number];
  /** Of `machine.dma`: what the driver takes. */
  readonly #pool: number;
  readonly #queues: Virtqueue[] = [];
  #onEvents: EventHandler = () => {};

  constructor(
    transport: VirtioTransport,
    needs: DriverNeeds,
    limits: VirtioLimits,
    features: readonly [low: number, high: number],
  ) {
    this.transport = transport;
    this.needs = needs;
    this.limits = limits;
    this.#features = features;
    this.#pool = needs.machine.dma.openPool();
  }

  /** @returns Whether a feature was negotiated. */
  has(bit: number): boolean {
    return hasBit(this.#features, bit);
  }

  /**
   * Takes zeroed memory for DMA; it comes back when the device is closed.
   *
   * @returns Its offset in packet memory, a multiple of 64.
   * @throws DeviceError when there is no room.
   */
  allocate(length: number): number {
    const offset = this.needs.machine.dma.allocate(this.#pool, length, 64);
    if (offset < 0) {
      throw new DeviceError(`${this.transport.name}: no memory for ${length} bytes of DMA`);
    }
    return offset;
  }

  /**
   * The number by which the device knows a range: for what is neither a descriptor nor a register.
   *
   * @throws RangeError when the range is neither the driver's nor the system's: a caller's bug.
   */
  address(offset: number, length: number): number {
    return this.needs.machine.dma.address(this.#pool, offset, length);
  }

  /** @throws RangeError when a range is neither the driver's nor the system's: a caller's bug. */
  checkRange(offset: number, length: number): void {
    this.address(offset, length);
  }

  /**
   * Makes a queue, between `openVirtio` and `start`.
   *
   * @param sizeMax The most descriptors that the driver wants, a power of two.
   * @param isPolled Nobody waits for its interrupts.
   * @returns Undefined when the device has no such queue.
   * @throws DeviceError when there is no memory, or no room for one buffer of `maxParts` parts.
   */
  createQueue(
    index: number,
    sizeMax: number,
    maxParts: number,
    isPolled = false,
  ): Virtqueue | undefined {
    const { transport } = this;
    const { dma } = this.needs.machine;
    const offered = transport.queueSizeMax(index);
    if (offered === 0) return undefined;
    const isIndirect = this.has(FEATURE.INDIRECT_DESC_BIT);
    // The size of a split ring is a power of two, and so is ours of a packed one (2.7, 2.8.10.1). A
    // chain may have no more parts than the queue has descriptors, wherever they lie (2.7.5.3.1).
    const size = Math.min(sizeMax, floorPowerOfTwo(Math.min(offered, 32_768)));
    if (size < maxParts) {
      throw new DeviceError(`${transport.name}: queue ${index} has ${offered} descriptors only`);
    }
    const count = descriptorCount(size, maxParts, isIndirect);
    const table = dma.createTable(this.#pool, count);
    if (table < 0) {
      throw new DeviceError(`${transport.name}: no memory for ${count} descriptors`);
    }
    const isPacked = this.has(FEATURE.RING_PACKED_BIT);
    const layout = isPacked ? packedLayout() : splitLayout(size);
    const offset = this.allocate(layout.totalBytes);
    const options = {
      index,
      size,
      maxParts,
      isIndirect,
      hasEventIndex: this.has(FEATURE.EVENT_IDX_BIT),
      dma,
      pool: this.#pool,
      table,
      transport,
      onBroken: (why: string) => this.fail(why),
    };
    const Queue = isPacked ? PackedQueue : SplitQueue;
    const queue = new Queue(options, this.needs.memory.bytes, offset, layout);
    this.#queues.push(queue);
    const areas = dma.address(this.#pool, offset, layout.totalBytes);
    const descriptors = dma.tableAddress(table);
    const addresses = { descriptors, driver: areas + layout.driver, device: areas + layout.device };
    transport.enableQueue(index, size, addresses, isPolled);
    return queue;
  }

  /**
   * The device may work from now on (3.1.1, step 8).
   *
   * @param onEvents Called in a job of its own; also when the device has failed, with
   *   `INTERRUPT.CONFIG`.
   */
  start(onEvents: EventHandler): void {
    this.#onEvents = onEvents;
    const { transport } = this;
    transport.writeStatus((transport.readStatus() | STATUS.DRIVER_OK) & 0xff);
  }

  /** For `VirtioTransport.connect`: looks after the status, then tells the driver. */
  handleEvents(events: number, queue: number): void {
    if (this.isDead) return;
    if ((events & INTERRUPT.CONFIG) !== 0) {
      const status = this.transport.readStatus();
      if ((status & STATUS.NEEDS_RESET) !== 0) return this.fail("it asks for a reset");
      if ((status & STATUS.DRIVER_OK) === 0) return this.fail("it was reset by somebody else");
    }
    this.#onEvents(events, queue);
  }

  /**
   * Reads device-specific configuration so that all of it is of one moment (2.5.1).
   *
   * @throws DeviceError when it changes again and again: only while a driver starts.
   */
  readConfig<Value>(read: (transport: VirtioTransport) => Value): Value {
    const { transport, limits } = this;
    for (let round = 0; round < limits.configReads; round++) {
      const before = transport.configGeneration();
      const value = read(transport);
      if (transport.configGeneration() === before) return value;
    }
    throw new DeviceError(`${transport.name}: its configuration never rests`);
  }

  /** Gives the device up. Its driver is told in a job of its own. Idempotent. */
  fail(why: string): void {
    if (this.isDead) return;
    this.failure = why;
    this.isDead = true;
    const { transport } = this;
    for (const queue of this.#queues) queue.stop();
    transport.writeStatus((transport.readStatus() | STATUS.FAILED) & 0xff);
    resetDevice(transport, this.limits);
    transport.disconnect();
    this.needs.report?.(`${transport.name}: ${why}; the device is not used any more`);
    this.needs.schedule(() => this.#onEvents(INTERRUPT.CONFIG, ANY_QUEUE));
  }

  /**
   * Waits by polling: only where a call must not return before.
   *
   * @returns False when `limitUs` has passed, or the device has failed.
   */
  poll(isDone: () => boolean, limitUs: number = this.limits.waitUs): boolean {
    const { clock, machine } = this.needs;
    const deadlineUs = clock.nowUs() + limitUs;
    for (let round = 1; ; round++) {
      if (isDone()) return true;
      if (this.failure !== undefined) return false;
      machine.dma.barrier();
      if (round % ROUNDS_PER_LOOK === 0 && clock.nowUs() >= deadlineUs) return false;
    }
  }

  /** As `poll`, and a device that does not answer in time is given up. */
  waitFor(isDone: () => boolean): boolean {
    const isInTime = this.poll(isDone);
    if (!isInTime) this.fail("it does not answer");
    return isInTime;
  }

  /** Lets the device finish what it has accepted (`limits.closeUs`), then closes it. Idempotent. */
  closeAfter(isDone: () => boolean): void {
    if (!this.isDead) this.poll(isDone, this.limits.closeUs);
    this.close();
  }

  /** Resets the device and gives its memory back; no handler is called any more. Idempotent. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.isDead = true;
    const { transport } = this;
    for (const queue of this.#queues) queue.stop();
    const isQuiet = resetDevice(transport, this.limits);
    transport.disconnect();
    // A device that does not even answer a reset may still write: its memory stays out of use.
    if (isQuiet) this.needs.machine.dma.closePool(this.#pool);
  }
}

/** @returns Whether the device answered (2.1.2, 4.1.4.3.2: the status reads 0 when it is done). */
function resetDevice(transport: VirtioTransport, limits: VirtioLimits): boolean {
  transport.writeStatus(0);
  for (let round = 0; round < limits.resetReads; round++) {
    if (transport.readStatus() === 0) return true;
  }
  return false;
}

/**
 * Takes over a device, up to the point where its queues are made (3.1.1, steps 1 to 6).
 *
 * @param features Chooses feature bits of the device type; what is not offered is left out.
 * @throws DeviceError when the device is legacy, refuses, or does not answer. It is left reset.
 */
export function openVirtio(
  transport: VirtioTransport,
  needs: DriverNeeds,
  features: FeatureChoice,
  limits: VirtioLimits = VIRTIO_LIMITS,
): VirtioDevice {
  const refuse = (why: string): never => {
    transport.writeStatus((transport.readStatus() | STATUS.FAILED) & 0xff);
    throw new DeviceError(`${transport.name}: ${why}`);
  };
  if (!resetDevice(transport, limits)) refuse("it does not answer a reset");
  const begun = STATUS.ACKNOWLEDGE | STATUS.DRIVER;
  transport.writeStatus(STATUS.ACKNOWLEDGE);
  transport.writeStatus(begun);
  const offered = [transport.readFeatures(0), transport.readFeatures(1)] as const;
  if (!hasBit(offered, FEATURE.VERSION_1_BIT)) refuse("it is legacy: it lacks VIRTIO_F_VERSION_1");
  const accepted: [number, number] = [0, 0];
  for (const bit of [...features((bit) => hasBit(offered, bit)), ...COMMON_FEATURES]) {
    if (hasBit(offered, bit))
      accepted[bit >>> 5] = (accepted[bit >>> 5]! | (1 << (bit & 31))) >>> 0;
  }
  transport.writeFeatures(0, accepted[0]);
  transport.writeFeatures(1, accepted[1]);
  transport.writeStatus(begun | STATUS.FEATURES_OK);
  if ((transport.readStatus() & STATUS.FEATURES_OK) === 0) refuse("it refuses our features");
  const device = new VirtioDevice(transport, needs, limits, accepted);
  try {
    transport.connect((events, queue) => device.handleEvents(events, queue), limits.queueVectors);
  } catch (error) {
    device.close();
    throw error;
  }
  return device;
}

function hasBit(words: readonly [number, number], bit: number): boolean {
  return ((words[bit >>> 5]! >>> (bit & 31)) & 1) === 1;
}
