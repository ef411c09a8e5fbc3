import type { Address } from "../ip/mod.ts";
import { inPrefix, networkOf } from "./address.ts";
import type { Interface } from "./interface.ts";

/** One way: packets to the network leave through the interface, by the gateway if there is one. */
export interface RouteEntry {
  readonly network: Address;
  /** 0 (the default route) .. 32. */
  readonly prefixLength: number;
  /** The router's address, or 0 when the network is on the link itself. */
  readonly gateway: Address;
  readonly interface: Interface;
  /** Among routes of equal length the lowest counts. */
  readonly metric: number;
}

/** The routing table: the longest prefix wins (RFC 1122 3.3.1.2, RFC 1812 5.2.4.3). */
export class RoutingTable {
  /** Sorted: longest prefix first, then lowest metric. */
  #entries: RouteEntry[] = [];
  readonly #maxRoutes: number;

  constructor(maxRoutes: number) {
    this.#maxRoutes = maxRoutes;
  }

  get entries(): readonly RouteEntry[] {
    return this.#entries;
  }

  /** @returns The way to `destination` through an interface that is up. */
  find(destination: Address): RouteEntry | undefined {
    for (const entry of this.#entries) {
      if (!inPrefix(destination, entry.network, entry.prefixLength)) continue;
      if (entry.interface.link.linkUp()) return entry;
    }
    return undefined;
  }

  /** As `find`, among the entries of one interface, up or not. */
  findVia(destination: Address, through: Interface): RouteEntry | undefined {
    return this.#entries.find(
      (entry) =>
        entry.interface === through && inPrefix(destination, entry.network, entry.prefixLength),
    );
  }

  /** @returns False when the table is full. An entry that differs in nothing is kept once. */
  add(entry: RouteEntry): boolean {
    this.remove(entry.network, entry.prefixLength, entry.interface, entry.gateway);
    if (this.#entries.length >= this.#maxRoutes) return false;
    const { prefixLength, metric } = entry;
    const network = networkOf(entry.network, prefixLength);
    const isBefore = (other: RouteEntry): boolean =>
      other.prefixLength > prefixLength ||
      (other.prefixLength === prefixLength && other.metric <= metric);
    this.#entries = [
      ...this.#entries.filter(isBefore),
      { ...entry, network },
      ...this.#entries.filter((other) => !isBefore(other)),
    ];
    return true;
  }

  /** @returns True when there was such an entry. */
  remove(network: Address, prefixLength: number, through: Interface, gateway?: Address): boolean {
    const before = this.#entries.length;
    const wanted = networkOf(network, prefixLength);
    this.#entries = this.#entries.filter(
      (entry) =>
        entry.network !== wanted ||
        entry.prefixLength !== prefixLength ||
        entry.interface !== through ||
        (gateway !== undefined && entry.gateway !== gateway),
    );
    return this.#entries.length < before;
  }

  /** Forgets what leads through an interface. */
  removeInterface(through: Interface): void {
    this.#entries = this.#entries.filter((entry) => entry.interface !== through);
  }
}
