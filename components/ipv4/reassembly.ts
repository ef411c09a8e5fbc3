/**
 * Reassembly (RFC 791 3.2, RFC 815, RFC 1122 3.3.2).
 *
 * A packet whose fragments overlap is dropped whole (the lesson of RFC 5722; RFC 8900 3.7), except
 * that an exact repetition is ignored. Everything is bounded: packets, bytes, fragments, time; at a
 * bound the eldest packet gives way, or the new fragment.
 *
 * What always holds for a packet under reassembly: `starts` and `ends` are sorted and do not
 * overlap; its block holds `HEADER_ROOM` bytes for the first fragment's header, then the payload.
 */
import type { Kernel, MemoryOwner, TimerEntry } from "../../libos/kernel/mod.ts";
import { blockBytes, readU16, readU32, writeU16 } from "../../libos/kernel/mod.ts";
import type { Address } from "../ip/mod.ts";
import type { Ipv4Limits } from "./limits.ts";
import type { Ipv4Counters } from "./types.ts";
import { FRAGMENT_OFFSET_MASK, IPV4, MAX_PACKET_BYTES, MORE_FRAGMENTS } from "./wire.ts";

/** Room for the longest header, and a multiple of 4. */
const HEADER_ROOM = 64;
const FIRST_BLOCK_BYTES = 4_096;

/** Congestion experienced (RFC 3168 5.3: a mark on any fragment marks the packet). */
const ECN_MASK = 3;

/** What reassembly needs. */
export interface ReassemblyNeeds {
  readonly kernel: Kernel;
  readonly limits: Ipv4Limits;
  readonly counters: Ipv4Counters;
  /** The time of a packet is over whose first fragment came; its header and 8 bytes are there. */
  timeExceeded(headerOffset: number): void;
}

interface Partial {
  readonly source: Address;
  readonly destination: Address;
  readonly protocol: number;
  readonly identification: number;
  readonly expiresUs: number;
  readonly isBroadcast: boolean;
  block: number;
  blockBytes: number;
  /** Payload bytes of the whole packet; -1 until the last fragment came. */
  totalBytes: number;
  receivedBytes: number;
  /** Length of the first fragment's header; 0 until it came. */
  headerBytes: number;
  trafficClass: number;
  isMarked: boolean;
  readonly starts: number[];
  readonly ends: number[];
}

export class Reassembly {
  /** Of the packet that `input` completed. */
  headerOffset = 0;
  payloadOffset = 0;
  payloadBytes = 0;
  trafficClass = 0;
  readonly #needs: ReassemblyNeeds;
  readonly #bytes: Uint8Array;
  readonly #owner: MemoryOwner;
  readonly #timer: TimerEntry;
  /** In the order of expiry. */
  #partials: Partial[] = [];
  #complete: Partial | undefined;

  constructor(needs: ReassemblyNeeds) {
    this.#needs = needs;
    const { kernel, limits } = needs;
    this.#bytes = kernel.memory.packet.bytes;
    this.#owner = kernel.memory.owner("ipv4.reassembly", limits.reassemblyBytes);
    this.#timer = kernel.timers.create(() => this.#expire(), undefined);
  }

  /** Packets under reassembly. */
  get size(): number {
    return this.#partials.length;
  }

  /**
   * Takes one fragment, whose header was checked.
   *
   * @returns True when it completes its packet: the fields say where that lies, until `release`.
   */
  input(offset: number, headerBytes: number, totalBytes: number, isBroadcast: boolean): boolean {
    const { counters } = this.#needs;
    counters.fragmentsReceived++;
    const field = readU16(this.#bytes, offset + IPV4.FLAGS_FRAGMENT);
    const start = (field & FRAGMENT_OFFSET_MASK) * 8;
    const length = totalBytes - headerBytes;
    const end = start + length;
    const isLast = (field & MORE_FRAGMENTS) === 0;
    if (
      length === 0 ||
      end > MAX_PACKET_BYTES - IPV4.HEADER_BYTES ||
      (!isLast && length % 8 !== 0)
    ) {
      counters.badHeaders++;
      return false;
    }
    const partial = this.#obtain(offset, isBroadcast);
    const verdict = this.#insert(partial, start, end, isLast);
    if (verdict === "repeated") return false;
    if (verdict !== "new" || !this.#makeRoom(partial, end)) {
      if (verdict === "overlapping") counters.overlappingFragments++;
      this.#fail(partial);
      return false;
    }
    this.#store(partial, offset, headerBytes, start, length);
    if (partial.receivedBytes !== partial.totalBytes) return false;
    this.#finish(partial);
    return true;
  }

  /** Frees the packet that `input` completed. */
  release(): void {
    if (this.#complete === undefined) return;
    this.#owner.free(this.#complete.block, this.#complete.blockBytes);
    this.#complete = undefined;
  }

  stop(): void {
    this.#timer.cancel();
    for (const partial of this.#partials) this.#free(partial);
    this.#partials = [];
  }

  #obtain(offset: number, isBroadcast: boolean): Partial {
    const bytes = this.#bytes;
    const source = readU32(bytes, offset + IPV4.SOURCE);
    const destination = readU32(bytes, offset + IPV4.DESTINATION);
    const protocol = bytes[offset + IPV4.PROTOCOL]!;
    const identification = readU16(bytes, offset + IPV4.IDENTIFICATION);
    const known = this.#partials.find(
      (one) =>
        one.identification === identification &&
        one.source === source &&
        one.destination === destination &&
        one.protocol === protocol,
    );
    if (known !== undefined) return known;
    const { kernel, limits } = this.#needs;
    if (this.#partials.length >= limits.maxReassemblies) this.#fail(this.#partials[0]!);
    const partial: Partial = {
      source,
      destination,
      protocol,
      identification,
      expiresUs: kernel.nowUs() + limits.reassemblyUs,
      isBroadcast,
      block: -1,
      blockBytes: 0,
      totalBytes: -1,
      receivedBytes: 0,
      headerBytes: 0,
      trafficClass: 0,
      isMarked: false,
      starts: [],
      ends: [],
    };
    this.#partials.push(partial);
    if (this.#timer.deadlineUs === Infinity) this.#timer.set(partial.expiresUs);
    return partial;
  }

  #insert(
    partial: Partial,
    start: number,
    end: number,
    isLast: boolean,
  ): "new" | "repeated" | "overlapping" | "too-many" {
    const { starts, ends } = partial;
    let index = starts.length;
    while (index > 0 && starts[index - 1]! > start) index--;
    if (index > 0 && starts[index - 1] === start && ends[index - 1] === end) {
      // Only the last fragment may say where the packet ends.
      return isLast === (end === partial.totalBytes) ? "repeated" : "overlapping";
    }
    const isOverlap =
      (index > 0 && ends[index - 1]! > start) || (index < starts.length && starts[index]! < end);
    const isBeyond = partial.totalBytes >= 0 && (isLast || end > partial.totalBytes);
    const isShort = isLast && starts.length > 0 && ends[ends.length - 1]! > end;
    if (isOverlap || isBeyond || isShort) return "overlapping";
    if (starts.length >= this.#needs.limits.maxFragments) return "too-many";
    starts.splice(index, 0, start);
    ends.splice(index, 0, end);
    if (isLast) partial.totalBytes = end;
    return "new";
  }

  /** Grows the packet's block, so that payload up to `end` fits. */
  #makeRoom(partial: Partial, end: number): boolean {
    const wanted = HEADER_ROOM + Math.max(end, partial.totalBytes);
    if (wanted <= partial.blockBytes) return true;
    const size = blockBytes(Math.max(wanted, FIRST_BLOCK_BYTES));
    const block = this.#owner.allocate(size);
    if (block < 0) return false;
    if (partial.block >= 0) {
      this.#needs.kernel.memory.packet.copy(block, partial.block, partial.blockBytes);
      this.#owner.free(partial.block, partial.blockBytes);
    }
    partial.block = block;
    partial.blockBytes = size;
    return true;
  }

  #store(
    partial: Partial,
    offset: number,
    headerBytes: number,
    start: number,
    length: number,
  ): void {
    const { packet } = this.#needs.kernel.memory;
    const payload = partial.block + HEADER_ROOM;
    packet.copy(payload + start, offset + headerBytes, length);
    partial.receivedBytes += length;
    const trafficClass = this.#bytes[offset + IPV4.TYPE_OF_SERVICE]!;
    if ((trafficClass & ECN_MASK) === ECN_MASK) partial.isMarked = true;
    if (start > 0) return;
    packet.copy(payload - headerBytes, offset, headerBytes);
    partial.headerBytes = headerBytes;
    partial.trafficClass = trafficClass;
  }

  #finish(partial: Partial): void {
    this.#partials = this.#partials.filter((one) => one !== partial);
    this.#needs.counters.packetsReassembled++;
    this.#complete = partial;
    this.payloadOffset = partial.block + HEADER_ROOM;
    this.headerOffset = this.payloadOffset - partial.headerBytes;
    this.payloadBytes = partial.totalBytes;
    this.trafficClass = partial.trafficClass | (partial.isMarked ? ECN_MASK : 0);
    // Whoever quotes the packet quotes one that was never cut.
    writeU16(this.#bytes, this.headerOffset + IPV4.FLAGS_FRAGMENT, 0);
    const whole = Math.min(partial.headerBytes + partial.totalBytes, MAX_PACKET_BYTES);
    writeU16(this.#bytes, this.headerOffset + IPV4.TOTAL_LENGTH, whole);
  }

  #fail(partial: Partial): void {
    this.#needs.counters.reassemblyFailures++;
    this.#partials = this.#partials.filter((one) => one !== partial);
    this.#free(partial);
  }

  #free(partial: Partial): void {
    if (partial.block >= 0) this.#owner.free(partial.block, partial.blockBytes);
    partial.block = -1;
  }

  #expire(): void {
    const nowUs = this.#needs.kernel.nowUs();
    while (this.#partials.length > 0 && this.#partials[0]!.expiresUs <= nowUs) {
      const partial = this.#partials[0]!;
      const isFirst = partial.headerBytes > 0 && partial.ends[0]! >= 8;
      if (isFirst && !partial.isBroadcast) {
        this.#needs.timeExceeded(partial.block + HEADER_ROOM - partial.headerBytes);
      }
      this.#fail(partial);
    }
    const next = this.#partials[0];
    if (next !== undefined) this.#timer.set(next.expiresUs);
  }
}
