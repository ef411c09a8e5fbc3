/**
 * A simulated network device: a port of a `SimNetwork`.
 *
 * It is strict where hardware is strict: it reads the parts of a frame only when it sends them, so
 * that memory which was reused too early shows in the frame, and it sends nothing before `flush`.
 */
import {
  type AcceptFrame,
  MAX_FRAME_PARTS,
  type NetDevice,
  type NetDeviceInfo,
  type NetOffloads,
  type PacketMemory,
  type ReceiveOffload,
  type TransmitFrame,
} from "../../libos/hal/mod.ts";
import { writeU16 } from "../../libos/kernel/bytes.ts";
import { checkParts, checksumOf, copyParts } from "../shared/frame-parts.ts";
import { checkFrame } from "../shared/frame-limits.ts";
import { ReceiveRing } from "../shared/receive-ring.ts";
import { segmentCount, writeSegment } from "../shared/segment-frame.ts";
import type { Slab } from "../shared/slab.ts";
import type { SimEvent, World } from "./world.ts";
import { hashBytes } from "./world-trace.ts";

const ETHERNET_BYTES = 14;
const RING_FRAMES = 1024;
const CHUNK_BYTES = 65_536;

/** What may be chosen for a port; see `SimNetAttachment`. */
export interface PortOptions {
  readonly name?: string;
  readonly hardwareAddress?: Uint8Array;
  readonly offloads?: Partial<NetOffloads>;
  readonly rateBitsPerSecond?: number;
  readonly transmitQueueFrames?: number;
  readonly receiveRingBytes?: number;
}

/** What the network gives to its port. */
export interface PortNeeds extends PortOptions {
  readonly hardwareAddress: Uint8Array;
  readonly mtuBytes: number;
  readonly offloads: NetOffloads;
  /** IP packets of up to this size travel the network uncut, because every port takes them. */
  readonly joinedBytes: number;
  readonly send: (
    from: SimPort,
    frame: Uint8Array,
    segmentBytes: number,
    checksumValid: boolean,
  ) => void;
}

/** What a port has counted, in frames. */
export interface SimPortCounters {
  transmitted: number;
  received: number;
  /** Arrived at a full receive ring. */
  overruns: number;
  /** How often `transmit` said that the queue is full. */
  refused: number;
}

/** A port, as the test and the network see it. */
export interface SimPort {
  /** "client.eth0". */
  readonly name: string;
  readonly system: string;
  readonly device: NetDevice;
  readonly counters: Readonly<SimPortCounters>;
  setLink(isUp: boolean): void;
  /** A frame arrives. @returns False when the port drops it. */
  deliver(frame: Uint8Array, segmentBytes: number, checksumValid: boolean): boolean;
  /** Takes the port out of service; `delivers`: what was accepted is still sent. */
  detach(delivers: boolean): void;
}

function ringBytes(offloads: NetOffloads, options: PortOptions): number {
  return options.receiveRingBytes ?? (offloads.largeReceiveBytes > 0 ? 2 ** 20 : 2 ** 18);
}

function scratchBytes(mtuBytes: number, offloads: NetOffloads): number {
  return Math.max(mtuBytes, offloads.tcp4SegmentationBytes) + ETHERNET_BYTES + 2;
}

function pages(bytes: number): number {
  return Math.ceil(bytes / 4096) * 4096;
}

/** Bytes of its slab that a port takes. */
export function portBytes(mtuBytes: number, offloads: NetOffloads, options: PortOptions): number {
  return pages(ringBytes(offloads, options)) + pages(scratchBytes(mtuBytes, offloads));
}

class Port implements SimPort, NetDevice {
  readonly name: string;
  readonly system: string;
  readonly info: NetDeviceInfo;
  readonly counters: SimPortCounters = { transmitted: 0, received: 0, overruns: 0, refused: 0 };
  readonly #world: World;
  readonly #needs: PortNeeds;
  readonly #memory: PacketMemory;
  readonly #ring: ReceiveRing;
  readonly #scratch: number;
  readonly #offload: ReceiveOffload = { checksumValid: false, segmentBytes: 0 };
  readonly #queue: TransmitFrame[];
  readonly #rate: number;
  /** Where frames under way are kept; it goes when the last of its frames goes. */
  #chunk = new Uint8Array(0);
  #chunkUsed = 0;
  #taken = 0;
  #flushed = 0;
  #busyUntilUs = 0;
  #isSending = false;
  #wantsRoom = false;
  #isUp = true;
  #isOff = false;
  #isAnnounced = false;
  #handler: (() => void) | undefined;

  constructor(world: World, slab: Slab, system: string, needs: PortNeeds) {
    const { mtuBytes, offloads, hardwareAddress, transmitQueueFrames = 256 } = needs;
    const deviceName = needs.name ?? "eth0";
    this.#world = world;
    this.#needs = needs;
    this.system = system;
    this.name = `${system}.${deviceName}`;
    this.info = { name: deviceName, hardwareAddress, mtuBytes, transmitQueueFrames, offloads };
    this.#memory = slab.region(ringBytes(offloads, needs));
    this.#ring = new ReceiveRing(this.#memory, RING_FRAMES);
    this.#scratch = slab.region(scratchBytes(mtuBytes, offloads)).regionOffset + 2;
    this.#queue = Array.from({ length: transmitQueueFrames }, emptyFrame);
    this.#rate = needs.rateBitsPerSecond ?? Infinity;
  }

  get device(): NetDevice {
    return this;
  }

  receive(accept: AcceptFrame, budget: number): number {
    const ring = this.#ring;
    let count = 0;
    while (count < budget && ring.count > 0) {
      this.#offload.checksumValid = ring.checksumValid;
      this.#offload.segmentBytes = ring.segmentBytes;
      accept(ring.offset, ring.length, this.#offload);
      ring.shift();
      count++;
    }
    this.counters.received += count;
    return count;
  }

  transmit(frame: TransmitFrame): boolean {
    checkFrame(this.info, this.#memory, frame, Infinity);
    if (this.#isOff) return false;
    if (this.#taken - this.counters.transmitted === this.#queue.length) {
      this.counters.refused++;
      this.#wantsRoom = true;
      this.flush();
      return false;
    }
    assignFrame(this.#queue[this.#taken++ % this.#queue.length]!, frame);
    return true;
  }

  flush(): void {
    this.#flushed = this.#taken;
    this.#sendLater();
  }

  transmitted(): number {
    return this.counters.transmitted;
  }

  linkUp(): boolean {
    return this.#isUp && !this.#isOff;
  }

  onReady(handler: () => void): void {
    this.#handler = handler;
    if (this.#ring.count > 0) this.#announce();
  }

  setLink(isUp: boolean): void {
    this.#isUp = isUp;
    this.#world.trace(this.name, "link", { isUp });
    this.#announce();
  }

  deliver(frame: Uint8Array, segmentBytes: number, checksumValid: boolean): boolean {
    if (this.#isOff || !this.#isUp) return false;
    if (!this.#ring.hasRoom(1, frame.length)) {
      this.counters.overruns++;
      this.#world.trace(this.name, "overrun", { bytes: frame.length });
      return false;
    }
    if (this.#world.isTracing) {
      const values = { bytes: frame.length, segment: segmentBytes, hash: hashBytes(frame) };
      this.#world.trace(this.name, "arrive", values);
    }
    const isValid = checksumValid && this.info.offloads.receiveChecksum;
    const to = this.#ring.push(frame.length, segmentBytes, isValid);
    this.#memory.copyIn(to, frame, 0, frame.length);
    this.#announce();
    return true;
  }

  detach(delivers: boolean): void {
    if (delivers) while (this.counters.transmitted < this.#taken) this.#sendOldest();
    this.#isOff = true;
  }

  /** Sees to an event that sends what was flushed: at once, or at the device's rate. */
  #sendLater(): void {
    if (this.#isSending || this.#flushed === this.counters.transmitted) return;
    this.#isSending = true;
    const oldest = this.#queue[this.counters.transmitted % this.#queue.length]!;
    const startUs = Math.max(this.#world.nowUs, this.#busyUntilUs);
    this.#busyUntilUs = startUs + (frameLength(oldest) * 8e6) / this.#rate;
    this.#world.at(Math.ceil(this.#busyUntilUs), this.#sendEvent);
  }

  readonly #sendEvent: SimEvent = {
    isHandler: false,
    isStale: () => this.#isOff,
    run: () => {
      this.#isSending = false;
      const until = this.#rate === Infinity ? this.#flushed : this.counters.transmitted + 1;
      while (this.counters.transmitted < until) this.#sendOldest();
      if (this.#wantsRoom) {
        this.#wantsRoom = false;
        this.#announce();
      }
      this.#sendLater();
    },
  };

  #sendOldest(): void {
    const frame = this.#queue[this.counters.transmitted % this.#queue.length]!;
    this.counters.transmitted++;
    if (!this.#isUp) return;
    const length = checkParts(frame, this.#memory.bytes.length);
    const { segmentBytes, headerBytes } = frame;
    const isJoined = segmentBytes > 0 && length > headerBytes + segmentBytes;
    if (!isJoined || length - ETHERNET_BYTES <= this.#needs.joinedBytes) {
      copyParts(this.#memory, frame, this.#scratch);
      const isCompleted = this.#completeChecksum(frame, length);
      this.#send(length, isJoined ? segmentBytes : 0, isCompleted);
      return;
    }
    const count = segmentCount(frame, length);
    for (let index = 0; index < count; index++) {
      writeSegment(this.#memory, frame, length, index, this.#scratch, true);
      const payload = Math.min(segmentBytes, length - headerBytes - index * segmentBytes);
      this.#send(headerBytes + payload, 0, true);
    }
  }

  /** A frame that was asked to be completed is right, and known to be, until a bit is flipped. */
  #completeChecksum(frame: TransmitFrame, length: number): boolean {
    const { checksumStart, checksumOffset } = frame;
    if (checksumStart < 0) return false;
    const start = this.#scratch + checksumStart;
    const sum = this.#memory.checksum(start, length - checksumStart, 0);
    writeU16(this.#memory.bytes, start + checksumOffset, checksumOf(sum));
    return true;
  }

  #send(length: number, segmentBytes: number, checksumValid: boolean): void {
    this.#needs.send(this, this.#takeScratch(length), segmentBytes, checksumValid);
  }

  /** Copies a frame out of packet memory, into a part of a larger array: that is 20 times quicker. */
  #takeScratch(length: number): Uint8Array {
    if (this.#chunkUsed + length > this.#chunk.length) {
      this.#chunk = new Uint8Array(Math.max(CHUNK_BYTES, length));
      this.#chunkUsed = 0;
    }
    const from = this.#chunkUsed;
    this.#chunkUsed += length;
    this.#memory.copyOut(this.#chunk, from, this.#scratch, length);
    return this.#chunk.subarray(from, from + length);
  }

  #announce(): void {
    if (this.#isAnnounced || this.#handler === undefined) return;
    this.#isAnnounced = true;
    this.#world.at(this.#world.nowUs, this.#readyEvent);
  }

  readonly #readyEvent: SimEvent = {
    isHandler: true,
    isStale: () => this.#isOff,
    run: () => {
      this.#isAnnounced = false;
      this.#handler?.();
    },
  };
}

function emptyFrame(): TransmitFrame {
  return {
    partCount: 0,
    partOffset: new Int32Array(MAX_FRAME_PARTS),
    partLength: new Int32Array(MAX_FRAME_PARTS),
    checksumStart: -1,
    checksumOffset: 0,
    segmentBytes: 0,
    headerBytes: 0,
  };
}

function assignFrame(to: TransmitFrame, from: TransmitFrame): void {
  to.partCount = from.partCount;
  to.partOffset.set(from.partOffset);
  to.partLength.set(from.partLength);
  to.checksumStart = from.checksumStart;
  to.checksumOffset = from.checksumOffset;
  to.segmentBytes = from.segmentBytes;
  to.headerBytes = from.headerBytes;
}

function frameLength(frame: TransmitFrame): number {
  let length = 0;
  for (let part = 0; part < frame.partCount; part++) length += frame.partLength[part]!;
  return length;
}

/** Makes a port whose ring and scratch space are regions of `slab`. */
export function createSimPort(world: World, slab: Slab, system: string, needs: PortNeeds): SimPort {
  return new Port(world, slab, system, needs);
}
