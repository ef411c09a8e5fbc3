/**
 * Two network devices back to back: what one transmits, the other receives. A cable between two
 * systems of one process, and between a system and the user-mode gateway.
 *
 * `transmit` copies the frame once, straight into the receive ring of the far end, and completes
 * on the way what that end has not offered to do without: checksums and segmentation.
 */
import type {
  AcceptFrame,
  NetDevice,
  NetDeviceInfo,
  PacketMemory,
  ReceiveOffload,
  TransmitFrame,
} from "../../libos/hal/mod.ts";
import { writeU16 } from "../../libos/kernel/bytes.ts";
import { type DevicePairOptions, endInfo, ringLimits } from "./device-pair-options.ts";
import { checkFrame } from "./frame-limits.ts";
import { checksumOf, copyParts, copyRange, copyRangeChecksum } from "./frame-parts.ts";
import type { Schedule } from "./jobs.ts";
import { ReceiveRing } from "./receive-ring.ts";
import { segmentCount, writeSegment } from "./segment-frame.ts";
import type { Slab } from "./slab.ts";

const ETHERNET_BYTES = 14;

/** What an end has counted. */
export interface DevicePairCounters {
  /** Frames that `receive` handed over. */
  received: number;
  /** Frames that `transmit` took. */
  transmitted: number;
  /** Frames that `transmit` took while the link was down: nobody gets them. */
  dropped: number;
  /** How often `transmit` said that the queue is full. */
  refused: number;
}

/** A device of a pair. */
export interface DevicePairEnd extends NetDevice {
  readonly counters: Readonly<DevicePairCounters>;
  /** Calls no handler any more. Idempotent. The far end goes on, and finds its link down. */
  close(): void;
}

/** Both ends of the cable. */
export interface DevicePair {
  readonly a: DevicePairEnd;
  readonly b: DevicePairEnd;
  /** Plugs the cable in or out; both ends announce the change. */
  setLink(isUp: boolean): void;
}

class PairEnd implements DevicePairEnd {
  readonly info: NetDeviceInfo;
  readonly counters: DevicePairCounters = { received: 0, transmitted: 0, dropped: 0, refused: 0 };
  readonly #memory: PacketMemory;
  readonly #ring: ReceiveRing;
  readonly #schedule: Schedule;
  readonly #offload: ReceiveOffload = { checksumValid: false, segmentBytes: 0 };
  #peer!: PairEnd;
  #handler: (() => void) | undefined;
  #isScheduled = false;
  /** The far end has been told that our ring is full, and waits for `onReady`. */
  #isAwaited = false;
  #hasCable = true;
  #isClosed = false;

  constructor(info: NetDeviceInfo, memory: PacketMemory, ringFrames: number, schedule: Schedule) {
    this.info = info;
    this.#memory = memory;
    this.#ring = new ReceiveRing(memory, ringFrames);
    this.#schedule = schedule;
  }

  join(peer: PairEnd): void {
    this.#peer = peer;
  }

  receive(accept: AcceptFrame, budget: number): number {
    const ring = this.#ring;
    const offload = this.#offload;
    let count = 0;
    while (count < budget && ring.count > 0) {
      offload.checksumValid = ring.checksumValid;
      offload.segmentBytes = ring.segmentBytes;
      accept(ring.offset, ring.length, offload);
      ring.shift();
      count++;
    }
    this.counters.received += count;
    if (count > 0 && this.#isAwaited) {
      this.#isAwaited = false;
      this.#peer.#announce();
    }
    return count;
  }

  transmit(frame: TransmitFrame): boolean {
    const length = checkFrame(this.info, this.#memory, frame, this.#peer.#ring.capacity);
    if (!this.linkUp()) {
      this.counters.dropped++;
      this.counters.transmitted++;
      return true;
    }
    const peer = this.#peer;
    const offloads = peer.info.offloads;
    const isCut =
      frame.segmentBytes > 0 &&
      length > frame.headerBytes + frame.segmentBytes &&
      length - ETHERNET_BYTES > offloads.largeReceiveBytes;
    const isTaken = isCut
      ? this.#sendSegments(frame, length, !offloads.receiveChecksum)
      : this.#sendWhole(frame, length, !offloads.receiveChecksum);
    if (isTaken) {
      this.counters.transmitted++;
    } else {
      this.counters.refused++;
      peer.#isAwaited = true;
      // Otherwise a caller that gives up before its `flush` would wait for ever.
      peer.#announce();
    }
    return isTaken;
  }

  flush(): void {
    if (this.#peer.#ring.count > 0) this.#peer.#announce();
  }

  transmitted(): number {
    return this.counters.transmitted;
  }

  linkUp(): boolean {
    return this.#hasCable && !this.#isClosed && !this.#peer.#isClosed;
  }

  onReady(handler: () => void): void {
    this.#handler = handler;
    if (this.#ring.count > 0) this.#announce();
  }

  setCable(isPlugged: boolean): void {
    this.#hasCable = isPlugged;
    this.#announce();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#handler = undefined;
    this.#peer.#announce();
  }

  #sendWhole(frame: TransmitFrame, length: number, completeChecksum: boolean): boolean {
    const ring = this.#peer.#ring;
    if (!ring.hasRoom(1, length)) return false;
    const isJoined = frame.segmentBytes > 0 && length > frame.headerBytes + frame.segmentBytes;
    const to = ring.push(length, isJoined ? frame.segmentBytes : 0, !completeChecksum);
    const { checksumStart } = frame;
    if (checksumStart < 0 || !completeChecksum) {
      copyParts(this.#memory, frame, to);
      return true;
    }
    const start = to + checksumStart;
    copyRange(this.#memory, frame, 0, checksumStart, to);
    const rest = length - checksumStart;
    const sum = copyRangeChecksum(this.#memory, frame, checksumStart, rest, start);
    writeU16(this.#memory.bytes, start + frame.checksumOffset, checksumOf(sum));
    return true;
  }

  #sendSegments(frame: TransmitFrame, length: number, completeChecksum: boolean): boolean {
    const ring = this.#peer.#ring;
    const count = segmentCount(frame, length);
    if (!ring.hasRoom(count, frame.headerBytes + frame.segmentBytes)) return false;
    for (let index = 0; index < count; index++) {
      const payload = Math.min(
        frame.segmentBytes,
        length - frame.headerBytes - index * frame.segmentBytes,
      );
      const to = ring.push(frame.headerBytes + payload, 0, !completeChecksum);
      writeSegment(this.#memory, frame, length, index, to, completeChecksum);
    }
    return true;
  }

  #announce(): void {
    if (this.#isScheduled || this.#handler === undefined) return;
    this.#isScheduled = true;
    this.#schedule(this.#runHandler);
  }

  readonly #runHandler = (): void => {
    this.#isScheduled = false;
    this.#handler?.();
  };
}

/**
 * Makes two devices that are joined by a cable. Each end's receive ring is a region of `slab` of
 * its own, and what is transmitted lies in the same slab.
 *
 * A frame for segmentation stays whole where the receiving end offers `largeReceiveBytes`;
 * otherwise it is cut, and arrives whole or not at all. Handlers are called only as jobs of
 * `options.schedule`.
 *
 * @throws RangeError when `slab` lacks room for the rings, or a ring for the largest frame.
 */
export function createDevicePair(slab: Slab, options: DevicePairOptions): DevicePair {
  const makeEnd = (name: "a" | "b"): PairEnd => {
    const limits = ringLimits(options, name);
    const info = endInfo(options, name, limits.frames);
    const schedule = options[name]?.schedule ?? options.schedule;
    return new PairEnd(info, slab.region(limits.bytes), limits.frames, schedule);
  };
  const a = makeEnd("a");
  const b = makeEnd("b");
  a.join(b);
  b.join(a);
  return {
    a,
    b,
    setLink(isUp: boolean): void {
      a.setCable(isUp);
      b.setCable(isUp);
    },
  };
}

export type { DevicePairEndOptions, DevicePairOptions } from "./device-pair-options.ts";
