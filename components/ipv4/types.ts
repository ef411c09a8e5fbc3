import type { Entropy } from "../../libos/hal/mod.ts";
import type { Kernel } from "../../libos/kernel/mod.ts";
import type {
  Address,
  DatagramNetwork,
  IpLink,
  NetworkErrorKind,
  ReceiveMeta,
  Refusal,
} from "../ip/mod.ts";
import type { Interface } from "./interface.ts";
import type { RouteEntry } from "./routing-table.ts";

/** What IPv4 needs. */
export interface Ipv4Needs {
  readonly kernel: Kernel;
  readonly entropy: Entropy;
  /**
   * True for a gateway: packets to any destination are delivered here, and transports may send from
   * any source. Default: false.
   */
  readonly promiscuous?: boolean;
}

export interface InterfaceOptions {
  readonly link: IpLink;
  /** Absent, or 0: configured later (DHCP). */
  readonly address?: Address;
  /** 0 .. 32; default 32. */
  readonly prefixLength?: number;
  /** Lower than the link's own; at least 576. */
  readonly mtuBytes?: number;
}

/** Addresses for an interface. */
export interface InterfaceAddress {
  /** 0 takes all addresses away. */
  readonly address: Address;
  readonly prefixLength: number;
  /** Further addresses that are ours on this link. */
  readonly aliases?: readonly Address[];
  readonly mtuBytes?: number;
}

export interface RouteOptions {
  readonly network: Address;
  readonly prefixLength: number;
  /** Absent or 0: the network is on the link itself. */
  readonly gateway?: Address;
  readonly interface: Interface;
  /** Default 0. */
  readonly metric?: number;
}

/** Answers a received packet by an ICMP error; the header lies at `meta.headerOffset`. */
export type Refuse = (why: Refusal, meta: ReceiveMeta) => void;

/** Counters in the manner of RFC 4293: what was dropped, and why. */
export interface Ipv4Counters {
  packetsReceived: number;
  packetsDelivered: number;
  /** Too short, of another version, or with lengths that lie. */
  badHeaders: number;
  badChecksums: number;
  badOptions: number;
  /** With an option by which the sender chooses the way. */
  sourceRouted: number;
  /** From or to addresses that can't be on that link (RFC 1812 5.3.7). */
  martians: number;
  /** To somebody else. */
  notForUs: number;
  unknownProtocols: number;
  fragmentsReceived: number;
  packetsReassembled: number;
  /** Packets under reassembly that were given up: time, bounds, overlaps. */
  reassemblyFailures: number;
  /** How many of those had overlapping fragments. */
  overlappingFragments: number;
  noRoutes: number;
}

/** The service of IPv4 (RFC 791, RFC 1122 3). */
export interface Ipv4 extends DatagramNetwork {
  readonly interfaces: readonly Interface[];
  readonly routes: readonly RouteEntry[];
  readonly counters: Readonly<Ipv4Counters>;
  /**
   * Adds an interface, and the route to its own network.
   *
   * @throws RangeError at the bound of interfaces, or for an address, prefix or MTU that can't be.
   */
  addInterface(options: InterfaceOptions): Interface;
  /** Replaces the addresses of an interface, and the route to its own network. */
  configure(target: Interface, address: InterfaceAddress): void;
  interface(name: string): Interface | undefined;
  /** @returns False when the table is full. */
  addRoute(route: RouteOptions): boolean;
  /** @returns False when there was no such route. */
  removeRoute(route: RouteOptions): boolean;
  /** Sets who answers packets that are refused (ICMP). */
  setRefuse(refuse: Refuse): void;
  /**
   * Tells the transport that sent it of what became of a packet.
   *
   * @param offset Where the packet's IP header lies; `length` may be only its beginning.
   * @returns False when the packet can't be one of ours.
   */
  deliverError(kind: NetworkErrorKind, offset: number, length: number, mtuBytes: number): boolean;
  stop(): void;
}
