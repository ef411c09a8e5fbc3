/**
 * The seam between transports (TCP, UDP, ICMP users) and the network layer. IPv4 implements it now;
 * IPv6 fits behind the same interface.
 */
import type { NetOffloads, TransmitFrame } from "../../libos/hal/mod.ts";

/**
 * An address as a transport sees it: a number to compare and to hash, nothing more. An IPv4
 * address is its u32 in host order (10.0.2.15 is 0x0a00020f). A network layer with longer addresses
 * interns them and hands out integers from 2^32 on.
 */
export type Address = number;

/** "Any address" in binds; never a peer's. */
export const ANY_ADDRESS: Address = 0;

/** Protocol numbers (IANA). */
export const IP_PROTOCOL = { ICMP: 1, TCP: 6, UDP: 17, ICMPV6: 58 } as const;

/** What became of a packet that was sent. Numbers, because every packet returns one. */
export const SEND = {
  /** Handed to the device, or kept while the neighbour is resolved. */
  OK: 0,
  /** The device's queue is full: nothing was sent; `TransportProtocol.writable` follows. */
  FULL: 1,
  /** No route to the destination, or the source address is gone. */
  NO_ROUTE: 2,
  /** Longer than the path's MTU, and it must not be fragmented. */
  TOO_BIG: 3,
  /** To a broadcast address, by a socket that may not (POSIX EACCES). Only UDP says so. */
  DENIED: 4,
} as const;

export type SendResult = (typeof SEND)[keyof typeof SEND];

/** What the network layer knows about a packet that it delivers. Reused for every packet. */
export interface ReceiveMeta {
  /** The transport checksum is right for sure; else the transport verifies it. */
  checksumValid: boolean;
  /** Payload bytes of each TCP segment that was joined into this packet; 0: it is one segment. */
  segmentBytes: number;
  /** Where the IP header begins in packet memory (for quoting in ICMP errors). */
  headerOffset: number;
  /** Time to live or hop limit. */
  ttl: number;
  /** Type of service or traffic class: DSCP << 2 | ECN. */
  trafficClass: number;
  /** Sent to a broadcast or multicast address. */
  isBroadcast: boolean;
}

/** Why the network says that a packet of ours did not arrive (ICMP, RFC 1122 3.2.2.1). */
export type NetworkErrorKind =
  "net-unreachable" | "host-unreachable" | "port-unreachable" | "too-big" | "time-exceeded";

/** A protocol above IP. */
export interface TransportProtocol {
  readonly protocol: number;
  /**
   * Takes one packet's payload, which lies in packet memory and is valid during the call.
   *
   * @param offset Where the transport header begins (aligned to 2 at least).
   * @param length Bytes of transport header and payload, >= 0; nothing of them was checked.
   */
  input(
    offset: number,
    length: number,
    source: Address,
    destination: Address,
    meta: ReceiveMeta,
  ): void;
  /**
   * An ICMP error quotes a packet that this protocol seems to have sent. It may be forged.
   *
   * @param offset Where the quoted transport header begins; at least 8 bytes are there.
   * @param source Our address in the quoted packet; `destination` is the peer's.
   * @param mtuBytes With "too-big": the next hop's MTU as reported, else 0.
   */
  error(
    kind: NetworkErrorKind,
    offset: number,
    length: number,
    source: Address,
    destination: Address,
    mtuBytes: number,
  ): void;
  /** A device that answered FULL has room again. */
  writable(): void;
}

/**
 * A way to one destination: what a connection keeps instead of looking routes up for each packet.
 * It stays usable when routes change: `send` looks up again, and says NO_ROUTE when there is none.
 */
export interface Route {
  readonly source: Address;
  readonly destination: Address;
  /** The path MTU as known now: the largest IP packet in bytes. */
  readonly mtuBytes: number;
  /** Bytes of the IP header that `send` adds. */
  readonly networkHeaderBytes: number;
  /** What the device on this way does for us. */
  readonly offloads: NetOffloads;
  /**
   * Starts a frame. Part 0 is `headerBytes` long, lies in memory of the network layer and has room
   * before it for the lower headers; the caller writes its header there, adds parts that lie in
   * packet memory (they must stay as they are until `route.transmitted() >` the number of this
   * frame), and calls `send`. The object is reused: one frame is under construction at a time.
   *
   * The caller may set `checksumStart` (from the start of part 0) and `checksumOffset`,
   * `segmentBytes` and `headerBytes` (of its own header); lower layers add their own lengths.
   *
   * @param headerBytes 8 .. 192, a multiple of 4.
   */
  begin(headerBytes: number): TransmitFrame;
  /** Sends the frame that `begin` started. */
  send(frame: TransmitFrame, protocol: number, trafficClass: number): SendResult;
  /**
   * The checksum's sum over the pseudo-header (RFC 9293 3.1, RFC 8200 8.1).
   *
   * @param length Bytes of transport header and payload.
   */
  pseudoHeaderSum(protocol: number, length: number): number;
  /**
   * The number of the last frame handed to this route's device, counted as
   * `NetDevice.transmitted` counts. Memory of that frame is free once `transmitted()` has reached
   * it. A device that copies at once always has `transmitted() === submitted()`.
   */
  submitted(): number;
  transmitted(): number;
  /** Lowers the path MTU after "too-big" (RFC 1191, RFC 8201); never below the minimum of 576. */
  reduceMtu(mtuBytes: number): void;
}

/** What transports need of the network layer. */
export interface NetworkLayer {
  /**
   * Finds the way to `destination`.
   *
   * @param source Our address to send from, or ANY_ADDRESS to let the route choose. A network layer
   *   in promiscuous mode (a gateway) accepts any.
   * @returns A new route, or undefined when there is none.
   */
  route(destination: Address, source: Address): Route | undefined;
  /** As `route`, but into one shared object that is valid until the next call (for replies). */
  replyRoute(destination: Address, source: Address): Route | undefined;
  /** True when `address` is one of ours. */
  isLocal(address: Address): boolean;
  /** True for broadcast and multicast addresses, which TCP never answers. */
  isBroadcast(address: Address): boolean;
  /** Pseudo-header sum of a received packet. */
  pseudoHeaderSum(source: Address, destination: Address, protocol: number, length: number): number;
  /** Connects a transport. One for each protocol number. */
  register(transport: TransportProtocol): void;
  /** Text for people and for errors: "10.0.2.15". */
  format(address: Address): string;
}
