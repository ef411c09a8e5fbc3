import type { NetOffloads, PacketMemory, TransmitFrame } from "../../../libos/hal/mod.ts";
import {
  type Address,
  ANY_ADDRESS,
  createTransmitFrame,
  type NetworkErrorKind,
  type NetworkLayer,
  type ReceiveMeta,
  resetFrame,
  type Route,
  SEND,
  type SendResult,
  type TransportProtocol,
} from "../../ip/mod.ts";

/** A TCP packet that was sent: everything behind the IP header, and what the device was asked. */
export interface SentPacket {
  readonly bytes: Uint8Array;
  readonly source: Address;
  readonly destination: Address;
  /** Payload bytes of each segment into which the device is to cut it, or 0. */
  readonly segmentBytes: number;
  /** True when the checksum field holds the pseudo-header's sum only. */
  readonly isPartial: boolean;
}

export const NO_OFFLOADS: NetOffloads = {
  transmitChecksum: false,
  tcp4SegmentationBytes: 0,
  receiveChecksum: false,
  largeReceiveBytes: 0,
};

/** Everything that a device can do for us. */
export const ALL_OFFLOADS: NetOffloads = {
  transmitChecksum: true,
  tcp4SegmentationBytes: 65_535,
  receiveChecksum: true,
  largeReceiveBytes: 65_535,
};

const HEADER_SLOT_BYTES = 256;
const NETWORK_HEADER_BYTES = 20;
const MIN_MTU_BYTES = 576;

/**
 * A network layer of numbers and arrays: what TCP sends goes to `transmit`, and `deliver` hands
 * packets to TCP. The pseudo-header's sum is that of IPv4.
 */
export class FakeNetwork implements NetworkLayer {
  readonly address: Address;
  offloads: NetOffloads = NO_OFFLOADS;
  mtuBytes = 1500;
  /** What `send` answers, unless it is OK. */
  answer: SendResult = SEND.OK;
  /** While true, no frame counts as transmitted: the device still reads it. */
  isHeld = false;
  /** The device reads held frames only now: TCP must not have touched their parts. */
  heldFrames: { parts: [number, number][]; copy: Uint8Array }[] = [];
  submitted = 0;
  hasRoute = true;
  readonly memory: PacketMemory;
  readonly frame: TransmitFrame = createTransmitFrame();
  readonly headerOffset: number;
  readonly #transmit: (packet: SentPacket) => void;
  readonly #packetOffset: number;
  readonly #packetBytes: number;
  #transport: TransportProtocol | undefined;

  /** @param memory A region of its own: 256 bytes, and the rest for one received packet. */
  constructor(memory: PacketMemory, address: Address, transmit: (packet: SentPacket) => void) {
    this.memory = memory;
    this.address = address;
    this.#transmit = transmit;
    this.headerOffset = memory.regionOffset + 64;
    this.#packetOffset = memory.regionOffset + HEADER_SLOT_BYTES;
    this.#packetBytes = memory.regionBytes - HEADER_SLOT_BYTES;
  }

  /** Hands a packet to TCP. */
  deliver(
    bytes: Uint8Array,
    source: Address,
    destination: Address,
    meta: Partial<ReceiveMeta> = {},
  ): void {
    const length = Math.min(bytes.length, this.#packetBytes);
    this.memory.copyIn(this.#packetOffset, bytes, 0, length);
    this.#transport?.input(this.#packetOffset, length, source, destination, {
      checksumValid: false,
      segmentBytes: 0,
      headerOffset: this.#packetOffset,
      ttl: 64,
      trafficClass: 0,
      isBroadcast: false,
      ...meta,
    });
  }

  /** Hands an ICMP error to TCP that quotes `bytes`. */
  deliverError(
    kind: NetworkErrorKind,
    bytes: Uint8Array,
    destination: Address,
    mtuBytes: number,
  ): void {
    this.memory.copyIn(this.#packetOffset, bytes, 0, bytes.length);
    this.#transport?.error(
      kind,
      this.#packetOffset,
      bytes.length,
      this.address,
      destination,
      mtuBytes,
    );
  }

  /** The device has room again. */
  writable(): void {
    this.#transport?.writable();
  }

  /** The device reads what it was told to send, and is done with it. */
  release(): void {
    for (const { parts, copy } of this.heldFrames) {
      const now = readParts(this.memory, parts);
      if (!now.every((byte, index) => byte === copy[index])) {
        throw new Error("a frame changed before the device had read it");
      }
    }
    this.heldFrames = [];
    this.isHeld = false;
  }

  send(frame: TransmitFrame, source: Address, destination: Address): SendResult {
    if (this.answer !== SEND.OK) return this.answer;
    const parts: [number, number][] = [];
    for (let part = 0; part < frame.partCount; part++) {
      parts.push([frame.partOffset[part]!, frame.partLength[part]!]);
    }
    const bytes = readParts(this.memory, parts);
    const most = frame.segmentBytes > 0 ? this.offloads.tcp4SegmentationBytes : this.mtuBytes;
    if (bytes.length + NETWORK_HEADER_BYTES > most) return SEND.TOO_BIG;
    this.submitted++;
    if (this.isHeld) {
      const payload = parts.slice(1);
      this.heldFrames.push({ parts: payload, copy: readParts(this.memory, payload) });
    }
    const { segmentBytes } = frame;
    this.#transmit({
      bytes,
      source,
      destination,
      segmentBytes,
      isPartial: frame.checksumStart >= 0,
    });
    return SEND.OK;
  }

  route(destination: Address, source: Address): Route | undefined {
    if (!this.hasRoute) return undefined;
    return new FakeRoute(this, source === ANY_ADDRESS ? this.address : source, destination);
  }

  replyRoute(destination: Address, source: Address): Route | undefined {
    return this.route(destination, source);
  }

  isLocal(address: Address): boolean {
    return address === this.address;
  }

  isBroadcast(address: Address): boolean {
    return address === 0xffffffff || address >>> 28 === 0xe;
  }

  pseudoHeaderSum(source: Address, destination: Address, protocol: number, length: number): number {
    let sum = (source >>> 16) + (source & 0xffff) + (destination >>> 16) + (destination & 0xffff);
    sum += protocol + length;
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
    return sum;
  }

  register(transport: TransportProtocol): void {
    this.#transport = transport;
  }

  format(address: Address): string {
    return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join(".");
  }
}

class FakeRoute implements Route {
  readonly source: Address;
  readonly destination: Address;
  readonly networkHeaderBytes = NETWORK_HEADER_BYTES;
  readonly #network: FakeNetwork;

  constructor(network: FakeNetwork, source: Address, destination: Address) {
    this.#network = network;
    this.source = source;
    this.destination = destination;
  }

  get mtuBytes(): number {
    return this.#network.mtuBytes;
  }

  get offloads(): NetOffloads {
    return this.#network.offloads;
  }

  begin(headerBytes: number): TransmitFrame {
    const { frame, headerOffset } = this.#network;
    resetFrame(frame, headerOffset, headerBytes);
    return frame;
  }

  send(frame: TransmitFrame): SendResult {
    return this.#network.send(frame, this.source, this.destination);
  }

  pseudoHeaderSum(protocol: number, length: number): number {
    return this.#network.pseudoHeaderSum(this.source, this.destination, protocol, length);
  }

  submitted(): number {
    return this.#network.submitted;
  }

  transmitted(): number {
    return this.#network.submitted - this.#network.heldFrames.length;
  }

  reduceMtu(mtuBytes: number): void {
    const least = Math.max(mtuBytes, MIN_MTU_BYTES);
    this.#network.mtuBytes = Math.min(this.#network.mtuBytes, least);
  }
}

function readParts(memory: PacketMemory, parts: readonly [number, number][]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, [, length]) => sum + length, 0));
  let at = 0;
  for (const [offset, length] of parts) {
    bytes.set(memory.bytes.subarray(offset, offset + length), at);
    at += length;
  }
  return bytes;
}
