/**
 * The least that TCP can stand on: two network layers of one process, joined by rings of packets
 * with an address in front and nothing else. With it a benchmark measures the TCP component alone.
 */
import type { NetOffloads, PacketMemory, TransmitFrame } from "../../libos/hal/mod.ts";
import {
  type Address,
  createTransmitFrame,
  frameBytes,
  type NetworkLayer,
  type ReceiveMeta,
  resetFrame,
  type Route,
  SEND,
  type SendResult,
  type TransportProtocol,
} from "../../components/ip/mod.ts";

/** Packets between `send` and `deliver`; beyond it `send` says FULL. */
const RING_PACKETS = 64;
const SLOT_BYTES = 2048;
const HEADER_BYTES = 64;

export interface WireEnd extends NetworkLayer {
  /** Hands the packets that wait to the transport. @returns How many. */
  deliver(): number;
}

class End implements WireEnd, Route {
  readonly source: Address;
  readonly networkHeaderBytes = 20;
  readonly mtuBytes: number;
  readonly offloads: NetOffloads = {
    transmitChecksum: false,
    tcp4SegmentationBytes: 0,
    receiveChecksum: false,
    largeReceiveBytes: 0,
  };
  destination: Address = 0;
  readonly #memory: PacketMemory;
  readonly #header: number;
  readonly #slots: number;
  readonly #lengths: Int32Array = new Int32Array(RING_PACKETS);
  readonly #frame: TransmitFrame = createTransmitFrame();
  readonly #meta: ReceiveMeta = {
    checksumValid: false,
    segmentBytes: 0,
    headerOffset: 0,
    ttl: 64,
    trafficClass: 0,
    isBroadcast: false,
  };
  #peer!: End;
  #transport!: TransportProtocol;
  #first = 0;
  #count = 0;
  #submitted = 0;
  #isRefused = false;

  constructor(memory: PacketMemory, address: Address, mtuBytes: number) {
    this.#memory = memory;
    this.source = address;
    this.mtuBytes = mtuBytes;
    this.#header = memory.regionOffset;
    this.#slots = memory.regionOffset + HEADER_BYTES;
  }

  join(peer: End): void {
    this.#peer = peer;
    this.destination = peer.source;
  }

  deliver(): number {
    const count = this.#count;
    for (let index = 0; index < count; index++) {
      const slot = this.#first;
      this.#transport.input(
        this.#slots + slot * SLOT_BYTES,
        this.#lengths[slot]!,
        this.destination,
        this.source,
        this.#meta,
      );
      this.#first = (slot + 1) % RING_PACKETS;
      this.#count--;
    }
    if (count > 0 && this.#isRefused) {
      this.#isRefused = false;
      this.#peer.#transport.writable();
    }
    return count;
  }

  begin(headerBytes: number): TransmitFrame {
    resetFrame(this.#frame, this.#header, headerBytes);
    return this.#frame;
  }

  send(frame: TransmitFrame): SendResult {
    const peer = this.#peer;
    if (peer.#count === RING_PACKETS) {
      peer.#isRefused = true;
      return SEND.FULL;
    }
    const slot = (peer.#first + peer.#count++) % RING_PACKETS;
    let to = peer.#slots + slot * SLOT_BYTES;
    peer.#lengths[slot] = frameBytes(frame);
    for (let part = 0; part < frame.partCount; part++) {
      const length = frame.partLength[part]!;
      this.#memory.copy(to, frame.partOffset[part]!, length);
      to += length;
    }
    this.#submitted++;
    return SEND.OK;
  }

  pseudoHeaderSum(): number {
    return 0;
  }

  submitted(): number {
    return this.#submitted;
  }

  transmitted(): number {
    return this.#submitted;
  }

  reduceMtu(): void {}

  route(): Route {
    return this;
  }

  replyRoute(): Route {
    return this;
  }

  isLocal(address: Address): boolean {
    return address === this.source;
  }

  isBroadcast(): boolean {
    return false;
  }

  register(transport: TransportProtocol): void {
    this.#transport = transport;
  }

  format(address: Address): string {
    return String(address);
  }
}

/** Bytes of packet memory that one end needs. */
export const WIRE_BYTES: number = HEADER_BYTES + RING_PACKETS * SLOT_BYTES;

/** @param memoryA A region of `WIRE_BYTES` for each end, of one slab. */
export function createWire(
  memoryA: PacketMemory,
  memoryB: PacketMemory,
  mtuBytes: number,
): [WireEnd, WireEnd] {
  const a = new End(memoryA, 0x0a000001, mtuBytes);
  const b = new End(memoryB, 0x0a000002, mtuBytes);
  a.join(b);
  b.join(a);
  return [a, b];
}
