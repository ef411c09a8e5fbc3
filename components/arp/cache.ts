/**
 * The ARP cache: who is where, and what happens when (RFC 826, RFC 1122 2.3.2).
 *
 * Read the states in `neighbour.ts` first. What always holds: an entry that `isResolved` has a
 * unicast address of one host; packets wait only at an entry that is "incomplete"; an entry that was
 * replaced or forgotten is not resolved, so whoever still keeps it asks again.
 *
 * Against poisoning: a known address is never overwritten by what somebody says. If another hardware
 * address claims it, the known one is asked first; only when it stays silent is the entry forgotten,
 * and the question put to everybody. Entries are made for hosts that we ask for; from requests to us
 * they are made only while at least half of the table is free.
 */
import type { TransmitFrame } from "../../libos/hal/mod.ts";
import type { Kernel } from "../../libos/kernel/mod.ts";
import type { MacAddress } from "../ethernet/mod.ts";
import { BROADCAST_MAC } from "../ethernet/mod.ts";
import type { Address } from "../ip/mod.ts";
import type { ArpLimits } from "./limits.ts";
import { ArpNeighbour, permanentNeighbour } from "./neighbour.ts";
import type { PendingQueue } from "./pending-queue.ts";

/** Counters of address resolution. */
export interface ArpCounters {
  requestsSent: number;
  requestsReceived: number;
  repliesSent: number;
  repliesReceived: number;
  malformedPackets: number;
  /** Packets that were lost while they waited. */
  droppedPackets: number;
  /** Neighbours that did not answer. */
  failures: number;
  /** Claims of a known address by another hardware address. */
  suspectClaims: number;
  /** Somebody else used an address of ours. */
  conflicts: number;
}

/** What the cache asks of its owner. */
export interface CacheNeeds {
  readonly kernel: Kernel;
  readonly pending: PendingQueue;
  readonly limits: ArpLimits;
  readonly counters: ArpCounters;
  /** Asks `hardware` (or everybody) who has `address`. */
  request(address: Address, hardware: MacAddress): void;
  /** A packet is dropped, since its neighbour does not answer. */
  unresolved(offset: number, length: number): void;
}

export class ArpCache {
  readonly #needs: CacheNeeds;
  readonly #entries = new Map<Address, ArpNeighbour>();
  #unresolved = 0;

  constructor(needs: CacheNeeds) {
    this.#needs = needs;
  }

  get entries(): Iterable<ArpNeighbour> {
    return this.#entries.values();
  }

  /** @returns The entry of `address`, made if it is new. */
  obtain(address: Address): ArpNeighbour {
    return this.#entries.get(address) ?? this.#add(new ArpNeighbour(address));
  }

  /** Makes an entry that no packet changes; replaces what is there. */
  addStatic(address: Address, hardware: MacAddress): void {
    const earlier = this.#entries.get(address);
    const entry = permanentNeighbour(address, hardware);
    if (earlier !== undefined) {
      entry.pending.push(...earlier.pending.splice(0));
      this.#forget(earlier);
    }
    this.#add(entry);
    this.#sendPending(entry);
  }

  /** Forgets the entry of `address`, also a static one. */
  remove(address: Address): void {
    const entry = this.#entries.get(address);
    if (entry !== undefined) this.#forget(entry);
  }

  /** Keeps a packet until its neighbour is known, and asks for it. */
  hold(entry: ArpNeighbour, frame: TransmitFrame): void {
    const { counters, limits, pending } = this.#needs;
    const isFirst = entry.state === "idle" && this.#unresolved < limits.maxUnresolved;
    if (!isFirst && entry.state !== "incomplete") {
      counters.droppedPackets++;
      return;
    }
    counters.droppedPackets += pending.hold(entry, frame);
    if (!isFirst) return;
    this.#unresolved++;
    entry.state = "incomplete";
    entry.requests = 0;
    // Only now, with the packet copied: the request is built in the memory of the same frame.
    this.#ask(entry, BROADCAST_MAC);
  }

  /**
   * Takes what a packet says about its sender.
   *
   * @param isForUs The packet is a request for our address, or a reply to it.
   * @param isRequest The packet is a request.
   */
  learn(address: Address, hardware: MacAddress, isForUs: boolean, isRequest: boolean): void {
    let entry = this.#entries.get(address);
    if (entry === undefined) {
      const isRoom = this.#entries.size * 2 < this.#needs.limits.maxNeighbours;
      if (!isForUs || !isRequest || !isRoom) return;
      entry = this.#add(new ArpNeighbour(address));
    }
    if (entry.state === "permanent") return;
    if (!entry.isResolved) {
      if (entry.state === "incomplete" || isForUs) this.#confirm(entry, hardware);
    } else if (entry.hardware === hardware) {
      if (isForUs) this.#confirm(entry, hardware);
    } else {
      this.#needs.counters.suspectClaims++;
      if (entry.state === "reachable") this.#probe(entry);
    }
  }

  /** Drops everything that waits, and all entries. */
  clear(): void {
    for (const entry of this.#entries.values()) this.#forget(entry);
  }

  #confirm(entry: ArpNeighbour, hardware: MacAddress): void {
    if (entry.state === "incomplete") this.#unresolved--;
    entry.hardware = hardware;
    entry.state = "reachable";
    entry.isResolved = true;
    entry.isUsed = false;
    entry.requests = 0;
    this.#setTimer(entry, this.#needs.limits.reachableUs);
    // The order of the map is the order of confirmation: the eldest entry gives way first.
    this.#entries.delete(entry.address);
    this.#entries.set(entry.address, entry);
    this.#sendPending(entry);
  }

  #sendPending(entry: ArpNeighbour): void {
    if (entry.pending.length === 0) return;
    entry.isUsed = true;
    this.#needs.counters.droppedPackets += this.#needs.pending.send(entry);
  }

  #probe(entry: ArpNeighbour): void {
    entry.state = "probing";
    entry.requests = 0;
    this.#ask(entry, entry.hardware);
  }

  #ask(entry: ArpNeighbour, hardware: MacAddress): void {
    entry.requests++;
    this.#setTimer(entry, this.#needs.limits.requestIntervalUs);
    this.#needs.request(entry.address, hardware);
  }

  #expired(entry: ArpNeighbour): void {
    const { limits, counters } = this.#needs;
    switch (entry.state) {
      case "incomplete":
        if (entry.requests < limits.maxRequests) {
          this.#ask(entry, BROADCAST_MAC);
          return;
        }
        counters.failures++;
        counters.droppedPackets += entry.pending.length;
        this.#unresolved--;
        entry.state = "failed";
        this.#setTimer(entry, limits.failedUs);
        this.#needs.pending.drop(entry, this.#needs.unresolved);
        return;
      case "probing":
        if (entry.requests < limits.maxRequests) this.#ask(entry, entry.hardware);
        else this.#forget(entry);
        return;
      case "reachable":
        if (entry.isUsed) this.#probe(entry);
        else this.#forget(entry);
        return;
      default:
        this.#forget(entry);
    }
  }

  #add(entry: ArpNeighbour): ArpNeighbour {
    if (this.#entries.size >= this.#needs.limits.maxNeighbours) this.#evict();
    this.#entries.set(entry.address, entry);
    return entry;
  }

  #evict(): void {
    for (const entry of this.#entries.values()) {
      if (entry.state === "permanent") continue;
      this.#forget(entry);
      return;
    }
  }

  #forget(entry: ArpNeighbour): void {
    if (entry.state === "incomplete") this.#unresolved--;
    entry.timer?.cancel();
    entry.state = "idle";
    entry.isResolved = false;
    if (this.#entries.get(entry.address) === entry) this.#entries.delete(entry.address);
    this.#needs.counters.droppedPackets += entry.pending.length;
    this.#needs.pending.drop(entry, () => {});
  }

  #setTimer(entry: ArpNeighbour, us: number): void {
    const { kernel } = this.#needs;
    entry.timer ??= kernel.timers.create((owner) => this.#expired(owner), entry);
    entry.timer.set(kernel.nowUs() + us);
  }
}
