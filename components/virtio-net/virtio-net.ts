/**
 * A virtio network device as a `NetDevice` (virtio 1.3, 5.1).
 *
 * Read first: `receiver.ts` and `transmitter.ts`. Interrupts: an empty receive queue asks for one,
 * a full transmit queue asks for one, and nobody else.
 */
import type { AcceptFrame, NetDevice, NetDeviceInfo, TransmitFrame } from "../../libos/hal/mod.ts";
import {
  ANY_QUEUE,
  DEVICE_TYPE,
  DeviceError,
  INTERRUPT,
  isPowerOfTwo,
  openDriver,
  ReadyHandler,
  VIRTIO_LIMITS,
} from "../virtio/mod.ts";
import type {
  DriverNeeds,
  FeatureChoice,
  VirtioDevice,
  VirtioLimits,
  VirtioTransport,
  Virtqueue,
} from "../virtio/mod.ts";
import { checkFrame } from "./frame-check.ts";
import { VIRTIO_NET_LIMITS, type VirtioNetLimits } from "./limits.ts";
import type { Multiqueue } from "./multiqueue.ts";
import { type ReceiveCounters, type ReceiveOptions, Receiver } from "./receiver.ts";
import { TRANSMIT_PARTS, Transmitter, type TransmitSide } from "./transmitter.ts";
import {
  ETHERNET_BYTES,
  HEADER_BYTES,
  LINK_UP_MASK,
  MAX_PACKET_BYTES,
  NET_CONFIG,
  NET_FEATURE,
} from "./wire.ts";

export interface VirtioNetCounters extends ReceiveCounters {
  /** Frames that were taken although the device had failed: nobody gets them. */
  dropped: number;
}

export interface VirtioNet extends NetDevice {
  readonly counters: Readonly<VirtioNetCounters>;
  /** Why the device was given up: then the link is down for good. */
  readonly failure: string | undefined;
  /**
   * Lets the device finish what it has accepted (`limits.closeUs`), resets it, and gives its memory
   * back. No handler is called any more. Idempotent.
   */
  close(): void;
}

const BUFFER_BYTES_MIN = 2048;
const BUFFER_BYTES_MAX = 65_536;
const DEFAULT_MTU = 1500;
const MIN_MTU = 68;

interface Parts {
  readonly device: VirtioDevice;
  readonly info: NetDeviceInfo;
  readonly receivers: readonly Receiver[];
  readonly transmitter: TransmitSide;
  readonly counters: VirtioNetCounters;
}

class VirtioNetDevice implements VirtioNet {
  readonly info: NetDeviceInfo;
  readonly counters: VirtioNetCounters;
  readonly #device: VirtioDevice;
  readonly #receivers: readonly Receiver[];
  readonly #transmitter: TransmitSide;
  readonly #slabBytes: number;
  readonly #ready: ReadyHandler;
  #isLinkUp = true;
  /** Somebody waits for room to transmit. */
  #isAwaited = false;
  #nextReceiver = 0;

  constructor({ device, info, receivers, transmitter, counters }: Parts) {
    this.info = info;
    this.counters = counters;
    this.#device = device;
    this.#ready = new ReadyHandler(device);
    this.#receivers = receivers;
    this.#transmitter = transmitter;
    this.#slabBytes = device.needs.memory.bytes.length;
  }

  get failure(): string | undefined {
    return this.#device.failure;
  }

  start(): void {
    this.#readLink();
    this.#device.start((events, queue) => this.#onEvents(events, queue));
    for (const receiver of this.#receivers) receiver.start();
  }

  receive(accept: AcceptFrame, budget: number): number {
    if (this.#device.isClosed) return 0;
    const receivers = this.#receivers;
    if (receivers.length === 1) return receivers[0]!.receive(accept, budget);
    let count = 0;
    // Each call begins with another queue, so that a busy one does not starve the rest.
    for (let turn = 0; turn < receivers.length && count < budget; turn++) {
      this.#nextReceiver = (this.#nextReceiver + 1) % receivers.length;
      const receiver = receivers[this.#nextReceiver]!;
      if (!receiver.isAtRest) count += receiver.receive(accept, budget - count);
    }
    return count;
  }

  transmit(frame: TransmitFrame): boolean {
    const length = checkFrame(this.info, this.#slabBytes, frame);
    if (this.#device.isDead) {
      this.counters.dropped++;
      return true;
    }
    if (this.#transmitter.transmit(frame, length)) return true;
    // A device that broke while there was no room will never have any.
    if (this.#device.isDead) this.counters.dropped++;
    else this.#isAwaited = true;
    return this.#device.isDead;
  }

  flush(): void {
    if (!this.#device.isDead) this.#transmitter.kick();
  }

  transmitted(): number {
    const transmitter = this.#transmitter;
    // Asked with every acknowledgement; after the first of a batch there is mostly nothing to look for.
    if (transmitter.finished !== transmitter.submitted) {
      const device = this.#device;
      if (device.isDead) return transmitter.submitted + this.counters.dropped;
      transmitter.reap();
      // The device may have broken with what it gave back.
      if (device.isDead) return transmitter.submitted + this.counters.dropped;
    }
    return transmitter.finished + this.counters.dropped;
  }

  linkUp(): boolean {
    return this.#isLinkUp && !this.#device.isDead;
  }

  onReady(handler: () => void): void {
    this.#ready.set(handler);
    if (this.#hasFrames(ANY_QUEUE)) this.#ready.announce();
  }

  close(): void {
    const transmitter = this.#transmitter;
    transmitter.kick();
    this.#device.closeAfter(() => {
      transmitter.reap();
      return transmitter.isIdle;
    });
  }

  /** Runs as a job. */
  #onEvents(events: number, queue: number): void {
    let isNews = (events & INTERRUPT.CONFIG) !== 0 || this.#hasFrames(queue);
    if (this.failure === undefined) {
      if ((events & INTERRUPT.CONFIG) !== 0) this.#readLink();
      if (this.#isAwaited && this.#transmitter.waitForRoom()) {
        this.#isAwaited = false;
        this.#transmitter.unwatch();
        isNews = true;
      }
    }
    if (isNews) this.#ready.call();
  }

  /** An odd queue transmits (5.1.2): where it is known that it was the one, nobody looks for frames. */
  #hasFrames(queue: number): boolean {
    if (queue % 2 === 1) return false;
    for (const receiver of this.#receivers) if (receiver.hasFrames()) return true;
    return false;
  }

  /** One field of 16 bits is always of one moment. */
  #readLink(): void {
    if (!this.#device.has(NET_FEATURE.STATUS_BIT)) return;
    const status = this.#device.transport.readConfig16(NET_CONFIG.STATUS);
    this.#isLinkUp = (status & LINK_UP_MASK) !== 0;
  }
}

/** Large receive needs merging, and room for one packet of the largest size. */
function chooseFeatures(
  limits: VirtioNetLimits,
  multiqueue: Multiqueue | undefined,
): FeatureChoice {
  return (isOffered) => {
    const features: number[] = [
      NET_FEATURE.CSUM_BIT,
      NET_FEATURE.GUEST_CSUM_BIT,
      NET_FEATURE.MTU_BIT,
      NET_FEATURE.MAC_BIT,
      NET_FEATURE.MRG_RXBUF_BIT,
      NET_FEATURE.STATUS_BIT,
    ];
    if (isOffered(NET_FEATURE.CSUM_BIT)) features.push(NET_FEATURE.HOST_TSO4_BIT);
    const isRoomy = limits.receiveBuffers * limits.bufferBytes > MAX_PACKET_BYTES + 256;
    const canMerge = isOffered(NET_FEATURE.MRG_RXBUF_BIT) && isOffered(NET_FEATURE.GUEST_CSUM_BIT);
    if (isRoomy && canMerge) features.push(NET_FEATURE.GUEST_TSO4_BIT);
    return multiqueue === undefined ? features : [...features, ...multiqueue.features(isOffered)];
  };
}

function readInfo(
  device: VirtioDevice,
  name: string,
  limits: VirtioNetLimits,
  transmitQueueFrames: number,
): NetDeviceInfo {
  const { transport } = device;
  const hardwareAddress = device.has(NET_FEATURE.MAC_BIT)
    ? device.readConfig(readAddress)
    : madeUpAddress(name);
  const mtu = device.has(NET_FEATURE.MTU_BIT)
    ? transport.readConfig16(NET_CONFIG.MTU)
    : DEFAULT_MTU;
  // 5.1.4.2: a device offers no less than 68.
  if (mtu < MIN_MTU) throw new DeviceError(`${transport.name}: an MTU of ${mtu} bytes`);
  const hasChecksum = device.has(NET_FEATURE.CSUM_BIT);
  return {
    name,
    hardwareAddress,
    mtuBytes: Math.min(mtu, limits.maxMtuBytes),
    transmitQueueFrames,
    offloads: {
      transmitChecksum: hasChecksum,
      tcp4SegmentationBytes: device.has(NET_FEATURE.HOST_TSO4_BIT) ? MAX_PACKET_BYTES : 0,
      receiveChecksum: device.has(NET_FEATURE.GUEST_CSUM_BIT),
      largeReceiveBytes: device.has(NET_FEATURE.GUEST_TSO4_BIT) ? MAX_PACKET_BYTES : 0,
    },
  };
}

/** 4.1.3.1: byte by byte. */
function readAddress(from: VirtioTransport): Uint8Array {
  const address = new Uint8Array(6);
  for (let index = 0; index < 6; index++) {
    address[index] = from.readConfig8(NET_CONFIG.MAC + index);
  }
  return address;
}

/** For a device without an address: a locally administered one, the same at each start (5.1.5). */
function madeUpAddress(name: string): Uint8Array {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index++) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  }
  return Uint8Array.of(2, 0x1b, hash >>> 24, hash >>> 16, hash >>> 8, hash);
}

function receiveOptions(
  device: VirtioDevice,
  info: NetDeviceInfo,
  bufferBytes: number,
): ReceiveOptions {
  const { largeReceiveBytes, receiveChecksum } = info.offloads;
  const isMerging = device.has(NET_FEATURE.MRG_RXBUF_BIT);
  const maxFrameBytes = Math.max(info.mtuBytes, largeReceiveBytes) + ETHERNET_BYTES;
  // 5.1.6.3.1: without merging at least 1526 bytes, a multiple of 4 here.
  const least = Math.max(maxFrameBytes, DEFAULT_MTU + ETHERNET_BYTES) + HEADER_BYTES;
  return {
    isMerging,
    hasChecksum: receiveChecksum,
    hasSegments: largeReceiveBytes > 0,
    maxFrameBytes,
    bufferBytes: isMerging ? bufferBytes : Math.ceil(least / 4) * 4,
  };
}

function needQueue(queue: Virtqueue | undefined, device: VirtioDevice, what: string): Virtqueue {
  if (queue === undefined)
    throw new DeviceError(`${device.transport.name}: it has no ${what} queue`);
  return queue;
}

/** Builds the sides of an open device. @throws DeviceError */
function build(
  device: VirtioDevice,
  name: string,
  limits: VirtioNetLimits,
  multiqueue: Multiqueue | undefined,
): VirtioNetDevice {
  const counters = { received: 0, receiveErrors: 0, copied: 0, dropped: 0 };
  const pairCount = multiqueue?.plan(device) ?? 1;
  const queues: PairQueues[] = [];
  for (let pair = 0; pair < pairCount; pair++) queues.push(createPair(device, pair, limits));
  const transmitters = queues.map(({ transmit }) => new Transmitter(device, transmit));
  const transmitter = multiqueue?.join(device, transmitters) ?? transmitters[0]!;
  const info = readInfo(device, name, limits, transmitter.frameLimit);
  const options = receiveOptions(device, info, limits.bufferBytes);
  const receivers = queues.map(({ receive }) => new Receiver(device, receive, options, counters));
  const net = new VirtioNetDevice({ device, info, receivers, transmitter, counters });
  net.start();
  multiqueue?.switchOn(device);
  return net;
}

interface PairQueues {
  readonly receive: Virtqueue;
  readonly transmit: Virtqueue;
}

/** The even queues receive, the odd ones transmit (5.1.2). */
function createPair(
  device: VirtioDevice,
  pair: number,
  { receiveBuffers, transmitFrames }: VirtioNetLimits,
): PairQueues {
  const receive = device.createQueue(2 * pair, receiveBuffers, 1);
  const transmit = device.createQueue(2 * pair + 1, transmitFrames, TRANSMIT_PARTS);
  return {
    receive: needQueue(receive, device, "receive"),
    transmit: needQueue(transmit, device, "transmit"),
  };
}

/**
 * Drives a virtio network device.
 *
 * @param name The device's name for applications: "eth0".
 * @param multiqueue Of `severalPairs`; absent: one queue pair.
 * @throws DeviceError when the device can't be used, and RangeError for limits that can't be.
 */
export function createVirtioNet(
  transport: VirtioTransport,
  needs: DriverNeeds,
  name: string,
  limits: VirtioNetLimits = VIRTIO_NET_LIMITS,
  deviceLimits: VirtioLimits = VIRTIO_LIMITS,
  multiqueue?: Multiqueue,
): VirtioNet {
  for (const count of [limits.receiveBuffers, limits.transmitFrames]) {
    if (!(count >= 2 && count <= 32_768 && isPowerOfTwo(count))) {
      throw new RangeError(`a ring of ${count}: a power of two is needed`);
    }
  }
  const { bufferBytes } = limits;
  const isInRange = bufferBytes >= BUFFER_BYTES_MIN && bufferBytes <= BUFFER_BYTES_MAX;
  if (!isInRange || !isPowerOfTwo(bufferBytes)) {
    throw new RangeError(`buffers of ${bufferBytes} bytes: a power of two, 2048 .. 65536`);
  }
  return openDriver(transport, needs, deviceLimits, {
    deviceType: DEVICE_TYPE.NET,
    noun: "network device",
    features: chooseFeatures(limits, multiqueue),
    build: (device) => build(device, name, limits, multiqueue),
  });
}
