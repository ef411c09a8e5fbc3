/**
 * A learning switch: the devices of several systems as one device of the gateway's stack, so that
 * all of them are on one Ethernet (IEEE 802.1D, 7.7 and 7.8, without a spanning tree).
 *
 * Frames from one system to another go straight from ring to ring. With one system there is one
 * comparison for each frame.
 */
import { type ReceiveOffload, type TransmitFrame } from "../../libos/hal/mod.ts";
import type { AcceptFrame, NetDevice, NetDeviceInfo } from "../../libos/hal/mod.ts";
import {
  ETHERNET,
  ETHERTYPE,
  isGroupMac,
  type MacAddress,
  readMac,
} from "../../components/ethernet/mod.ts";
import { createTransmitFrame, IP_PROTOCOL, resetFrame } from "../../components/ip/mod.ts";
import { readU16 } from "../../libos/kernel/mod.ts";

/** Offsets in an IPv4 packet and in TCP that forwarding has to look at (RFC 791, RFC 9293). */
const IPV4 = { FRAGMENT: 6, PROTOCOL: 9, FRAGMENT_MASK: 0x3fff } as const;
const TCP_CHECKSUM = 16;
const TCP_DATA_OFFSET = 12;
const UDP_CHECKSUM = 6;

/** What a switch counts. */
export interface SwitchCounters {
  /** Frames from one system to another. */
  forwarded: number;
  /** Frames that found a full queue at a system. */
  dropped: number;
}

interface Port {
  readonly device: NetDevice;
  /** The system's own hardware address: nobody else may send under it. */
  readonly peerMac: MacAddress;
  readonly accept: AcceptFrame;
  isDirty: boolean;
  isUnplugged: boolean;
}

/** The gateway's end of the cable to one or more systems. */
export class Switch implements NetDevice {
  readonly info: NetDeviceInfo;
  readonly counters: SwitchCounters = { forwarded: 0, dropped: 0 };
  readonly #bytes: Uint8Array;
  readonly #mac: MacAddress;
  readonly #onEmpty: () => void;
  readonly #ports: Port[] = [];
  readonly #frame: TransmitFrame = createTransmitFrame();
  #handler: (() => void) | undefined;
  #accept: AcceptFrame = () => {};
  #submitted = 0;
  /** Where `receive` begins, so that one busy system does not starve the others. */
  #first = 0;

  /**
   * @param bytes Packet memory, where all frames lie.
   * @param onEmpty The last system has been unplugged, and its last frames have been received.
   */
  constructor(info: NetDeviceInfo, bytes: Uint8Array, onEmpty: () => void = () => {}) {
    this.info = info;
    this.#bytes = bytes;
    this.#onEmpty = onEmpty;
    this.#mac = readMac(info.hardwareAddress, 0);
  }

  /** Plugs in the gateway's end of a pair whose far end has the address `peerMac`. */
  addPort(device: NetDevice, peerMac: MacAddress): void {
    const port: Port = {
      device,
      peerMac,
      isDirty: false,
      isUnplugged: false,
      accept: (offset, length, offload) => this.#receive(port, offset, length, offload),
    };
    this.#ports.push(port);
    if (this.#handler !== undefined) device.onReady(this.#handler);
  }

  receive(accept: AcceptFrame, budget: number): number {
    this.#accept = accept;
    const ports = this.#ports;
    let count = 0;
    for (let step = 0; step < ports.length && count < budget; step++) {
      const port = ports[(this.#first + step) % ports.length]!;
      count += port.device.receive(port.accept, budget - count);
      if (count < budget && !port.isUnplugged && !port.device.linkUp()) this.#unplug(port);
    }
    if (ports.length > 1) this.#first = (this.#first + 1) % ports.length;
    return count;
  }

  transmit(frame: TransmitFrame): boolean {
    const destination = readMac(this.#bytes, frame.partOffset[0]! + ETHERNET.DESTINATION);
    const port = isGroupMac(destination) ? undefined : this.#portOf(destination);
    if (port !== undefined) {
      if (!port.device.transmit(frame)) return false;
      port.isDirty = true;
    } else {
      this.#flood(frame, undefined);
    }
    this.#submitted++;
    return true;
  }

  flush(): void {
    for (const port of this.#ports) {
      if (!port.isDirty) continue;
      port.isDirty = false;
      port.device.flush();
    }
  }

  /** A device pair copies at once: what it took, it has finished with. */
  transmitted(): number {
    return this.#submitted;
  }

  linkUp(): boolean {
    return true;
  }

  onReady(handler: () => void): void {
    this.#handler = handler;
    for (const port of this.#ports) port.device.onReady(handler);
  }

  #unplug(port: Port): void {
    port.isUnplugged = true;
    if (this.#ports.every(({ isUnplugged }) => isUnplugged)) this.#onEmpty();
  }

  #receive(from: Port, offset: number, length: number, offload: ReceiveOffload): void {
    if (length < ETHERNET.HEADER_BYTES) return;
    const destination = readMac(this.#bytes, offset + ETHERNET.DESTINATION);
    if (destination !== this.#mac && this.#ports.length > 1) {
      this.#forward(from, destination, offset, length, offload);
    }
    this.#accept(offset, length, offload);
  }

  #forward(
    from: Port,
    destination: MacAddress,
    offset: number,
    length: number,
    offload: ReceiveOffload,
  ): void {
    const frame = this.#frame;
    resetFrame(frame, offset, length);
    if (offload.checksumValid) this.#describe(frame, offset, length, offload.segmentBytes);
    this.counters.forwarded++;
    const port = isGroupMac(destination) ? undefined : this.#portOf(destination);
    if (port === undefined) this.#flood(frame, from);
    else if (port !== from) this.#pass(frame, port);
    this.flush();
  }

  /**
   * A frame whose checksum nobody has checked may carry an unfinished one: say again where it is,
   * as the sender had said it, and how its payload is cut.
   */
  #describe(frame: TransmitFrame, offset: number, length: number, segmentBytes: number): void {
    const bytes = this.#bytes;
    const ip = offset + ETHERNET.HEADER_BYTES;
    if (readU16(bytes, offset + ETHERNET.TYPE) !== ETHERTYPE.IPV4) return;
    const headerBytes = (bytes[ip]! & 15) * 4;
    const transport = ETHERNET.HEADER_BYTES + headerBytes;
    if (headerBytes < 20 || length < transport + 8) return;
    if ((readU16(bytes, ip + IPV4.FRAGMENT) & IPV4.FRAGMENT_MASK) !== 0) return;
    const protocol = bytes[ip + IPV4.PROTOCOL]!;
    if (protocol === IP_PROTOCOL.UDP) {
      frame.checksumStart = transport;
      frame.checksumOffset = UDP_CHECKSUM;
    } else if (protocol === IP_PROTOCOL.TCP && length >= transport + 20) {
      frame.checksumStart = transport;
      frame.checksumOffset = TCP_CHECKSUM;
      frame.segmentBytes = segmentBytes;
      const tcpBytes = (bytes[offset + transport + TCP_DATA_OFFSET]! >> 4) * 4;
      if (segmentBytes > 0) frame.headerBytes = transport + tcpBytes;
    }
  }

  #flood(frame: TransmitFrame, except: Port | undefined): void {
    for (const port of this.#ports) if (port !== except) this.#pass(frame, port);
  }

  #pass(frame: TransmitFrame, port: Port): void {
    if (port.device.transmit(frame)) port.isDirty = true;
    else this.counters.dropped++;
  }

  #portOf(mac: MacAddress): Port | undefined {
    for (const port of this.#ports) if (port.peerMac === mac) return port;
    return undefined;
  }
}
