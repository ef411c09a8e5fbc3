/**
 * Captures of the network in the classic pcap format (draft-ietf-opsawg-pcap), microsecond
 * timestamps, link type Ethernet; tshark and Wireshark read them.
 */
import type {
  AcceptFrame,
  Clock,
  Hal,
  NetDevice,
  PacketMemory,
  ReceiveOffload,
  TransmitFrame,
} from "../hal/mod.ts";
import { completeChecksum } from "./complete-checksum.ts";
import { deriveHal } from "./derive-hal.ts";

const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const LINKTYPE_ETHERNET = 1;
/** The longest frame that segmentation offload makes, and room for its headers. */
const SNAP_LENGTH = 262_144;
const RECORD_HEADER_BYTES = 16;

/** Writes records; the sink gets a view that is valid for the call. */
export class PcapWriter {
  readonly #write: (bytes: Uint8Array) => void;
  #record: Uint8Array = new Uint8Array(2048);

  constructor(write: (bytes: Uint8Array) => void) {
    this.#write = write;
    const header = new DataView(new ArrayBuffer(24));
    header.setUint32(0, MAGIC_MICROSECONDS);
    header.setUint16(4, 2);
    header.setUint16(6, 4);
    header.setUint32(16, SNAP_LENGTH);
    header.setUint32(20, LINKTYPE_ETHERNET);
    write(new Uint8Array(header.buffer));
  }

  /**
   * Starts a record.
   *
   * @param wallUs Microseconds since the Unix epoch.
   * @returns Where the caller puts the frame's `length` bytes before it calls `commit`.
   */
  begin(wallUs: number, length: number): Uint8Array {
    const total = RECORD_HEADER_BYTES + length;
    if (this.#record.length < total) this.#record = new Uint8Array(2 * total);
    const view = new DataView(this.#record.buffer);
    view.setUint32(0, Math.floor(wallUs / 1e6));
    view.setUint32(4, wallUs % 1e6);
    view.setUint32(8, length);
    view.setUint32(12, length);
    return this.#record.subarray(RECORD_HEADER_BYTES, total);
  }

  commit(frame: Uint8Array): void {
    this.#write(this.#record.subarray(0, RECORD_HEADER_BYTES + frame.length));
  }
}

/** Captures all frames of all network devices of `hal`, with the wall time of `clock`. */
export function captureHal(hal: Hal, clock: Clock, writer: PcapWriter): Hal {
  return deriveHal(hal, {
    net: hal.net.map((device) => new CapturedDevice(device, hal.memory, clock, writer)),
  });
}

class CapturedDevice implements NetDevice {
  readonly info;
  readonly #device: NetDevice;
  readonly #clock: Clock;
  readonly #memory: PacketMemory;
  readonly #writer: PcapWriter;
  readonly #acceptAndCapture: AcceptFrame;
  #accept: AcceptFrame = () => {};

  constructor(device: NetDevice, memory: PacketMemory, clock: Clock, writer: PcapWriter) {
    this.info = device.info;
    this.#device = device;
    this.#clock = clock;
    this.#memory = memory;
    this.#writer = writer;
    this.#acceptAndCapture = (offset, length, offload) => this.#received(offset, length, offload);
  }

  receive(accept: AcceptFrame, budget: number): number {
    this.#accept = accept;
    return this.#device.receive(this.#acceptAndCapture, budget);
  }

  #received(offset: number, length: number, offload: ReceiveOffload): void {
    const record = this.#writer.begin(this.#clock.wallUs(), length);
    this.#memory.copyOut(record, 0, offset, length);
    if (offload.checksumValid) completeChecksum(record);
    this.#writer.commit(record);
    this.#accept(offset, length, offload);
  }

  transmit(frame: TransmitFrame): boolean {
    if (!this.#device.transmit(frame)) return false;
    let length = 0;
    for (let part = 0; part < frame.partCount; part++) length += frame.partLength[part]!;
    const record = this.#writer.begin(this.#clock.wallUs(), length);
    let at = 0;
    for (let part = 0; part < frame.partCount; part++) {
      this.#memory.copyOut(record, at, frame.partOffset[part]!, frame.partLength[part]!);
      at += frame.partLength[part]!;
    }
    if (frame.checksumStart >= 0) completeChecksum(record);
    this.#writer.commit(record);
    return true;
  }

  flush(): void {
    this.#device.flush();
  }

  transmitted(): number {
    return this.#device.transmitted();
  }

  linkUp(): boolean {
    return this.#device.linkUp();
  }

  onReady(handler: () => void): void {
    this.#device.onReady(handler);
  }
}
