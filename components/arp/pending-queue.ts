import type { TransmitFrame } from "../../libos/hal/mod.ts";
import type { Kernel, MemoryOwner } from "../../libos/kernel/mod.ts";
import type { Ethernet } from "../ethernet/mod.ts";
import { ETHERTYPE } from "../ethernet/mod.ts";
import { SEND, appendPart, frameBytes } from "../ip/mod.ts";
import type { ArpNeighbour, PendingPacket } from "./neighbour.ts";

/** Keeps copies of packets whose neighbour is being resolved; all of them share one bound. */
export class PendingQueue {
  readonly #kernel: Kernel;
  readonly #ethernet: Ethernet;
  readonly #owner: MemoryOwner;
  readonly #maxPackets: number;

  constructor(kernel: Kernel, ethernet: Ethernet, maxPackets: number, maxBytes: number) {
    this.#kernel = kernel;
    this.#ethernet = ethernet;
    this.#maxPackets = maxPackets;
    this.#owner = kernel.memory.owner(`arp.${ethernet.name}`, maxBytes);
  }

  /**
   * Copies a frame that begins with its IP header.
   *
   * @returns The number of packets that were lost: the oldest at the neighbour's bound, or this one
   *   when memory is full.
   */
  hold(neighbour: ArpNeighbour, frame: TransmitFrame): number {
    let lost = 0;
    if (neighbour.pending.length >= this.#maxPackets) {
      this.#free(neighbour.pending.shift()!);
      lost++;
    }
    const length = frameBytes(frame);
    const offset = this.#owner.allocate(length);
    if (offset < 0) return lost + 1;
    let at = offset;
    for (let part = 0; part < frame.partCount; part++) {
      const partBytes = frame.partLength[part]!;
      this.#kernel.memory.packet.copy(at, frame.partOffset[part]!, partBytes);
      at += partBytes;
    }
    const { checksumStart, checksumOffset, segmentBytes, headerBytes } = frame;
    neighbour.pending.push({
      offset,
      length,
      checksumStart,
      checksumOffset,
      segmentBytes,
      headerBytes,
    });
    return lost;
  }

  /** Sends all that waits. @returns The number of packets for which the device had no room. */
  send(neighbour: ArpNeighbour): number {
    let lost = 0;
    for (const packet of neighbour.pending) {
      if (!this.#sendOne(packet, neighbour)) lost++;
      this.#free(packet);
    }
    neighbour.pending.length = 0;
    return lost;
  }

  /** Drops all that waits, and shows each packet to `lament` before it is freed. */
  drop(neighbour: ArpNeighbour, lament: (offset: number, length: number) => void): void {
    const packets = neighbour.pending.splice(0);
    for (const packet of packets) {
      lament(packet.offset, packet.length);
      this.#free(packet);
    }
  }

  #sendOne(packet: PendingPacket, { high, low }: ArpNeighbour): boolean {
    const staged = this.#ethernet.stage(packet.length);
    if (staged < 0) return false;
    this.#kernel.memory.packet.copy(staged, packet.offset, packet.length);
    const frame = this.#ethernet.begin(0, 0);
    appendPart(frame, staged, packet.length);
    frame.checksumStart = packet.checksumStart;
    frame.checksumOffset = packet.checksumOffset;
    frame.segmentBytes = packet.segmentBytes;
    frame.headerBytes = packet.headerBytes;
    return this.#ethernet.send(frame, high, low, ETHERTYPE.IPV4) === SEND.OK;
  }

  #free(packet: PendingPacket): void {
    this.#owner.free(packet.offset, packet.length);
  }
}
