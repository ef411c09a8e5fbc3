/**
 * What protocols that send single packets (UDP, ICMP) need of the network layer beyond what a
 * connection needs: payload memory, time to live, fragmentation, one chosen device.
 */
import type { Address, NetworkLayer, ReceiveMeta, Route } from "./network-layer.ts";

/** A route for single packets. */
export interface DatagramRoute extends Route {
  /** Time to live (hop limit) of what is sent, 1 .. 255; 64 on a new route. */
  ttl: number;
  /**
   * True: packets above the path's MTU are cut into fragments, and routers may do so too. False
   * (on a new route): they get TOO_BIG, and "don't fragment" is set (RFC 1191).
   */
  mayFragment: boolean;
  /** True when the destination is a broadcast or multicast address. */
  readonly isBroadcast: boolean;
  /**
   * Takes memory for a payload that is copied: it stays as it is until the frame that is sent next
   * has been transmitted. The caller neither counts nor frees.
   *
   * @param bytes 1 .. 65,535.
   * @returns An offset in packet memory, a multiple of 4; or -1 when there is no room: answer FULL,
   *   `TransportProtocol.writable` follows.
   */
  stage(bytes: number): number;
}

/** Why a received packet is refused with an ICMP error. */
export type Refusal = "protocol-unreachable" | "port-unreachable" | "reassembly-timeout";

/** The network layer, as protocols that send single packets see it. */
export interface DatagramNetwork extends NetworkLayer {
  route(destination: Address, source: Address): DatagramRoute | undefined;
  replyRoute(destination: Address, source: Address): DatagramRoute | undefined;
  /** As `route`, out of one interface, whatever the routing table says (SO_BINDTODEVICE). */
  routeVia(device: string, destination: Address, source: Address): DatagramRoute | undefined;
  /** The interface of the packet that is being delivered; valid during `TransportProtocol.input`. */
  readonly inputDevice: string;
  /** True when packets to any destination are ours (a gateway). */
  readonly isPromiscuous: boolean;
  /** Answers the packet that is being delivered with an ICMP error, where the standards allow it. */
  refuse(why: Refusal, meta: ReceiveMeta): void;
  /** Lowers the path MTU to a destination (RFC 1191). */
  reduceMtu(destination: Address, mtuBytes: number): void;
}
