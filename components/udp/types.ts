/** The service of UDP (RFC 768), as `libos/api/dgram`, DNS, DHCP and the gateway see it. */
import type { Address, SendResult } from "../ip/mod.ts";

export interface UdpHandler {
  /**
   * A datagram has arrived; its payload lies in packet memory and is valid during the call.
   *
   * @param localAddress Where it was sent to (one of ours, or a broadcast address).
   */
  onDatagram(
    socket: UdpSocket,
    offset: number,
    length: number,
    remoteAddress: Address,
    remotePort: number,
    localAddress: Address,
  ): void;
  /** ICMP says that nobody listens there (POSIX: ECONNREFUSED on a connected socket). */
  onUnreachable?(socket: UdpSocket, remoteAddress: Address, remotePort: number): void;
  /** The device has room again after a send that answered FULL. */
  onSpace?(socket: UdpSocket): void;
}

export interface UdpSocket {
  readonly localAddress: Address;
  readonly localPort: number;
  /**
   * Sends one datagram; its payload is copied.
   *
   * @param length 0 .. 65,507; what exceeds the path's MTU is fragmented by IP.
   * @returns FULL: nothing was sent and `onSpace` follows. DENIED: see `setBroadcast`.
   */
  send(
    bytes: Uint8Array,
    offset: number,
    length: number,
    address: Address,
    port: number,
  ): SendResult;
  /** With true, datagrams to broadcast addresses may be sent (POSIX SO_BROADCAST). */
  setBroadcast(allowed: boolean): void;
  setTtl(ttl: number): void;
  close(): void;
}

export interface UdpBindOptions {
  readonly address: Address;
  /** 0: a random free ephemeral port (RFC 6056). */
  readonly port: number;
  /** Several sockets may share address and port; each datagram goes to the one bound last. */
  readonly reuse?: boolean;
  /**
   * The name of an interface: only datagrams that come in there are taken, and all leave there,
   * whatever the routing table says (Linux SO_BINDTODEVICE).
   */
  readonly device?: string;
  readonly handler: UdpHandler;
}

/**
 * Takes datagrams for which no socket is bound, to any address (the gateway). It may answer by
 * `reply`, with any source address.
 */
export interface UdpForwarder {
  onDatagram(
    offset: number,
    length: number,
    remoteAddress: Address,
    remotePort: number,
    localAddress: Address,
    localPort: number,
  ): void;
}

export interface Udp {
  /** @returns The socket, or EADDRINUSE / EADDRNOTAVAIL. */
  bind(options: UdpBindOptions): UdpSocket | "EADDRINUSE" | "EADDRNOTAVAIL";
  setForwarder(forwarder: UdpForwarder | undefined): void;
  /** Sends a datagram from any local address and port, without a socket (the gateway's replies). */
  sendFrom(
    localAddress: Address,
    localPort: number,
    remoteAddress: Address,
    remotePort: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): SendResult;
  readonly sockets: Iterable<UdpSocket>;
  readonly counters: Readonly<UdpCounters>;
  stop(): void;
}

/** Counters in the manner of RFC 4113. */
export interface UdpCounters {
  datagramsReceived: number;
  datagramsSent: number;
  noPort: number;
  badDatagrams: number;
  badChecksums: number;
  /** Datagrams that were not sent: no route, no room, too long, not allowed. */
  sendFailures: number;
}
