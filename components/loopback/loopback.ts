import type { NetOffloads, ReceiveOffload, TransmitFrame } from "../../libos/hal/mod.ts";
import type { Kernel, MemoryOwner } from "../../libos/kernel/mod.ts";
import { MIN_BLOCK_BYTES, assert } from "../../libos/kernel/mod.ts";
import type { Address, IpLink, LinkClient, Neighbour, SendResult } from "../ip/mod.ts";
import { ByteRing, SEND, createTransmitFrame, frameBytes, resetFrame } from "../ip/mod.ts";
import type { LoopbackLimits } from "./limits.ts";
import { loopbackLimits, SLOT_HEADROOM } from "./limits.ts";

/** The largest packet on the loopback: the largest that IPv4 has. */
export const LOOPBACK_MTU_BYTES = 65_535;

export interface LoopbackCounters {
  packets: number;
  bytes: number;
  /** How often the queue was full. */
  full: number;
  /** Lost because packet memory has no room for the queue. */
  dropped: number;
}

/** The loopback: what is sent comes back, in a later round of the turn. */
export interface Loopback extends IpLink {
  readonly counters: Readonly<LoopbackCounters>;
  stop(): void;
}

/** Room for one payload that is copied before it is sent. */
const STAGE_BYTES = 65_536;

/** Packet memory of the queue, and of one staged payload. */
interface Buffers {
  readonly queue: number;
  readonly stage: number;
  readonly ring: ByteRing;
}

/** The loopback needs no checksum, and cuts nothing: what TCP sends is received whole. */
const OFFLOADS: NetOffloads = {
  transmitChecksum: true,
  tcp4SegmentationBytes: LOOPBACK_MTU_BYTES,
  receiveChecksum: true,
  largeReceiveBytes: LOOPBACK_MTU_BYTES,
};

class QueueLoopback implements Loopback {
  readonly name: string;
  readonly mtuBytes = LOOPBACK_MTU_BYTES;
  readonly offloads = OFFLOADS;
  readonly isLoopback = true;
  readonly hardwareAddress = "";
  readonly queueFrames: number;
  readonly counters: LoopbackCounters = { packets: 0, bytes: 0, full: 0, dropped: 0 };
  readonly #kernel: Kernel;
  readonly #limits: LoopbackLimits;
  readonly #owner: MemoryOwner;
  readonly #slot: number;
  /** Taken with the first packet: most systems never talk to themselves. */
  #buffers: Buffers | undefined;
  readonly #offsets: Int32Array;
  readonly #lengths: Int32Array;
  readonly #segmentBytes: Int32Array;
  readonly #frame: TransmitFrame = createTransmitFrame();
  readonly #offload: ReceiveOffload = { checksumValid: true, segmentBytes: 0 };
  readonly #neighbour: Neighbour = { address: 0, isResolved: true };
  readonly #onDeferred = (): void => {
    this.#isDeferred = false;
    this.#drain();
  };
  #first = 0;
  #count = 0;
  #sent = 0;
  #isDeferred = false;
  #isRoomAwaited = false;
  #isStopped = false;
  #client: LinkClient | undefined;

  constructor(kernel: Kernel, name: string, limits: LoopbackLimits) {
    this.name = name;
    this.#kernel = kernel;
    this.#limits = limits;
    this.queueFrames = limits.queueFrames;
    const { queueBytes, queueFrames } = limits;
    const total = queueBytes + STAGE_BYTES + MIN_BLOCK_BYTES;
    this.#owner = kernel.memory.owner(`loopback.${name}`, total);
    this.#slot = this.#owner.allocate(MIN_BLOCK_BYTES);
    if (this.#slot < 0) throw new Error(`${name}: packet memory has no room for a header`);
    this.#offsets = new Int32Array(queueFrames);
    this.#lengths = new Int32Array(queueFrames);
    this.#segmentBytes = new Int32Array(queueFrames);
    // Nothing announces packets from outside: `send` asks for a turn by itself.
    kernel.attach({ onReady: () => {} }, () => this.#drain());
  }

  linkUp(): boolean {
    return !this.#isStopped;
  }

  connect(client: LinkClient): void {
    assert(this.#client === undefined, `${this.name}: a network layer is connected`);
    this.#client = client;
  }

  setAddresses(_addresses: readonly Address[]): void {}

  neighbour(_address: Address): Neighbour {
    return this.#neighbour;
  }

  broadcast(_group: Address): Neighbour {
    return this.#neighbour;
  }

  begin(headerBytes: number, headroomBytes: number): TransmitFrame {
    assert(headroomBytes <= SLOT_HEADROOM, `a headroom of ${headroomBytes} bytes`);
    resetFrame(this.#frame, this.#slot + headroomBytes, headerBytes);
    return this.#frame;
  }

  send(frame: TransmitFrame, _neighbour: Neighbour): SendResult {
    const length = frameBytes(frame);
    const ring = this.#takeBuffers()?.ring;
    if (ring === undefined && !this.#isStopped) {
      // As a wire does that carries nothing: nobody would ever be told of room.
      this.counters.dropped++;
      return SEND.OK;
    }
    const offset = ring?.take(length) ?? -1;
    if (offset < 0) {
      this.awaitRoom();
      return SEND.FULL;
    }
    let at = offset;
    for (let part = 0; part < frame.partCount; part++) {
      const bytes = frame.partLength[part]!;
      this.#kernel.memory.packet.copy(at, frame.partOffset[part]!, bytes);
      at += bytes;
    }
    const index = (this.#first + this.#count) % this.queueFrames;
    this.#offsets[index] = offset;
    this.#lengths[index] = length;
    this.#segmentBytes[index] = frame.segmentBytes;
    this.#count++;
    this.#sent++;
    this.counters.packets++;
    this.counters.bytes += length;
    if (!this.#isDeferred) {
      this.#isDeferred = true;
      this.#kernel.defer(this.#onDeferred);
    }
    return SEND.OK;
  }

  stage(bytes: number): number {
    // `send` copies, so one payload at a time is all that there is.
    assert(bytes <= STAGE_BYTES, `stage(${bytes})`);
    return this.#takeBuffers()?.stage ?? -1;
  }

  room(): number {
    return this.queueFrames - this.#count;
  }

  awaitRoom(): void {
    this.counters.full++;
    this.#isRoomAwaited = true;
  }

  submitted(): number {
    return this.#sent;
  }

  transmitted(): number {
    return this.#sent;
  }

  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#count = 0;
    if (this.#buffers !== undefined) {
      this.#owner.free(this.#buffers.queue, this.#limits.queueBytes);
      this.#owner.free(this.#buffers.stage, STAGE_BYTES);
      this.#buffers = undefined;
    }
    this.#owner.free(this.#slot, MIN_BLOCK_BYTES);
  }

  /** @returns Undefined while packet memory has no room for them. */
  #takeBuffers(): Buffers | undefined {
    if (this.#buffers !== undefined || this.#isStopped) return this.#buffers;
    const { queueBytes, queueFrames } = this.#limits;
    const queue = this.#owner.allocate(queueBytes);
    const stage = queue < 0 ? -1 : this.#owner.allocate(STAGE_BYTES);
    if (stage < 0) {
      if (queue >= 0) this.#owner.free(queue, queueBytes);
      return undefined;
    }
    const ring = new ByteRing(queue, queueBytes, queueFrames);
    this.#buffers = { queue, stage, ring };
    return this.#buffers;
  }

  /** Hands over what was in the queue at the start; what that causes waits for the next round. */
  #drain(): boolean {
    for (let left = this.#count; left > 0 && !this.#isStopped; left--) {
      const index = this.#first;
      this.#offload.checksumValid = true;
      this.#offload.segmentBytes = this.#segmentBytes[index]!;
      try {
        this.#client?.input(this.#offsets[index]!, this.#lengths[index]!, this.#offload, false);
      } catch (error) {
        // What a handler of the application throws costs nobody else's packets.
        this.#kernel.defer(() => {
          throw error;
        });
      }
      if (this.#isStopped) return false;
      this.#first = (index + 1) % this.queueFrames;
      this.#count--;
      this.#buffers!.ring.release();
    }
    if (this.#isRoomAwaited && this.#count < this.queueFrames) {
      this.#isRoomAwaited = false;
      this.#client?.writable();
    }
    return this.#count > 0;
  }
}

/**
 * Makes the loopback (RFC 1122 3.2.1.3 (g)) and makes it part of the turn.
 *
 * It is bounded, copies each packet once, and never calls back from inside `send`.
 *
 * @param name The interface's name.
 * @param limits Default: by the size of packet memory.
 * @throws Error when packet memory has no room.
 */
export function createLoopback(
  kernel: Kernel,
  limits: LoopbackLimits = loopbackLimits(kernel.memory.totalBytes),
  name = "lo",
): Loopback {
  return new QueueLoopback(kernel, name, limits);
}
