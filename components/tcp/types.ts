/**
 * The service of TCP (RFC 9293, 3.9.1), as its users see it: `libos/api/net`, the gateway, DNS over
 * TCP. Everything is synchronous: calls act at once, and events are methods of one handler object.
 */
import type { Address } from "../ip/mod.ts";

/** States of RFC 9293, 3.3.2. */
export type TcpState =
  | "LISTEN"
  | "SYN-SENT"
  | "SYN-RECEIVED"
  | "ESTABLISHED"
  | "FIN-WAIT-1"
  | "FIN-WAIT-2"
  | "CLOSE-WAIT"
  | "CLOSING"
  | "LAST-ACK"
  | "TIME-WAIT"
  | "CLOSED";

/** Why a connection ended or could not begin, as POSIX names it. */
export type TcpError =
  | "ECONNREFUSED"
  | "ECONNRESET"
  | "ECONNABORTED"
  | "ETIMEDOUT"
  | "EHOSTUNREACH"
  | "ENETUNREACH"
  | "EADDRINUSE"
  | "EADDRNOTAVAIL"
  | "ENOBUFS";

/** What happens on a connection. Calls come from a turn; they may call the connection at once. */
export interface TcpHandler {
  /** The three-way handshake is complete. Not called for connections handed out by a listener. */
  onConnect(connection: TcpConnection): void;
  /**
   * Data has arrived, in order. It lies in packet memory and is valid during the call.
   *
   * @returns How many bytes were consumed. The rest stays in the receive queue (and closes the
   *   window); it is not offered again before `connection.resume()`, but can be read by `receive`.
   */
  onData(connection: TcpConnection, offset: number, length: number): number;
  /** The peer has closed its direction, and all its data has been consumed. */
  onEnd(connection: TcpConnection): void;
  /** There is room in the send queue again after a `send` that took less than it was given. */
  onSpace(connection: TcpConnection): void;
  /** All that was sent has been acknowledged. */
  onDrain?(connection: TcpConnection): void;
  /**
   * The connection is gone (TIME-WAIT may go on by itself); no call follows.
   *
   * @param error Undefined after an orderly close of both directions.
   */
  onClose(connection: TcpConnection, error: TcpError | undefined): void;
}

/** Counters and estimates of one connection; filled in by `TcpConnection.info`. */
export interface TcpInfo {
  state: TcpState;
  /** Bytes of payload acknowledged by the peer, and delivered in order from it. */
  bytesSent: number;
  bytesReceived: number;
  segmentsSent: number;
  segmentsReceived: number;
  retransmits: number;
  /** Smoothed round-trip time and its variation in microseconds (RFC 6298); 0 until measured. */
  srttUs: number;
  rttvarUs: number;
  rtoUs: number;
  /** Congestion window and slow-start threshold in bytes. */
  cwndBytes: number;
  ssthreshBytes: number;
  /** The peer's window and ours in bytes, as advertised now. */
  sendWindowBytes: number;
  receiveWindowBytes: number;
  /** Bytes waiting: unacknowledged or unsent, and received but not consumed. */
  sendQueueBytes: number;
  receiveQueueBytes: number;
  /** Effective maximum segment size for sending, in bytes. */
  mssBytes: number;
}

export interface TcpConnection {
  readonly localAddress: Address;
  readonly localPort: number;
  readonly remoteAddress: Address;
  readonly remotePort: number;
  readonly state: TcpState;
  /** May be replaced at any time, e.g. by whoever accepts the connection. */
  handler: TcpHandler;
  /** Room in the send queue in bytes. */
  readonly sendSpace: number;
  /** Received bytes that wait to be consumed. */
  readonly receiveQueueBytes: number;
  /**
   * Queues bytes for sending; they are copied once, into the send queue.
   *
   * @param bytes Any memory of the application.
   * @returns How many were taken: fewer than `length` when the queue is full (`onSpace` follows),
   *   0 after `shutdown` or when the connection is gone.
   */
  send(bytes: Uint8Array, offset: number, length: number): number;
  /** As `send`, from packet memory. */
  sendPacketMemory(offset: number, length: number): number;
  /**
   * Takes bytes out of the receive queue.
   *
   * @returns How many were copied to `target[offset ..]`, 0 when there are none.
   */
  receive(target: Uint8Array, offset: number, length: number): number;
  /** Offers waiting data to `onData` again, and then a waiting end to `onEnd`. */
  resume(): void;
  /** Sends FIN after what is queued: half-close. Receiving goes on. Idempotent. */
  shutdown(): void;
  /**
   * Closes for good: as `shutdown`, and data that still arrives is answered by RST (RFC 9293
   * 3.6.1). The handler gets no more calls but `onClose`.
   */
  close(): void;
  /** Sends RST and forgets the connection at once. `onClose` is not called. */
  abort(): void;
  /** True switches Nagle's algorithm (RFC 9293 3.7.4) off. */
  setNoDelay(noDelay: boolean): void;
  /** Keepalive (RFC 9293 3.8.4). `idleUs` 0 switches it off. */
  setKeepAlive(idleUs: number, intervalUs?: number, probes?: number): void;
  /** Gives up with ETIMEDOUT when sent data stays unacknowledged for so long (RFC 9293 3.8.3). */
  setUserTimeout(us: number): void;
  info(into: TcpInfo): void;
}

export interface TcpListenOptions {
  /** A local address, or ANY_ADDRESS. */
  readonly address: Address;
  /** 1 .. 65535, or 0 for a free ephemeral one. */
  readonly port: number;
  /** Connections completed but not yet accepted; beyond it SYNs wait unanswered. Default 511. */
  readonly backlog?: number;
  /**
   * Takes a connection whose handshake is complete. It sets `connection.handler` before it returns.
   */
  onConnection(connection: TcpConnection): void;
}

export interface TcpListener {
  readonly address: Address;
  readonly port: number;
  /** Accepts nothing more; accepted connections live on. */
  close(): void;
}

export interface TcpConnectOptions {
  readonly address: Address;
  readonly port: number;
  /** Our address; ANY_ADDRESS or absent: the route decides. */
  readonly localAddress?: Address;
  /** 0 or absent: a random ephemeral port (RFC 6056). */
  readonly localPort?: number;
  readonly handler: TcpHandler;
}

/**
 * A SYN that no listener takes, offered to a forwarder (the gateway): it decides, at once or later,
 * whether the connection is to exist. Retransmissions of the SYN meanwhile are dropped.
 */
export interface TcpRequest {
  readonly localAddress: Address;
  readonly localPort: number;
  readonly remoteAddress: Address;
  readonly remotePort: number;
  /** SEG.SEQ of the SYN, 0 .. 2^32 - 1: an ICMP error about it quotes this number. */
  readonly sequence: number;
  /** Answers SYN-ACK; `handler.onConnect` follows when the handshake is complete. */
  accept(handler: TcpHandler): TcpConnection | TcpError;
  /** Answers RST, or with "drop" nothing. */
  reject(how: "reset" | "drop"): void;
}

export interface Tcp {
  /** Starts to connect. @returns The connection in SYN-SENT, or why not. */
  connect(options: TcpConnectOptions): TcpConnection | TcpError;
  /** @returns The listener, or why not (EADDRINUSE, EADDRNOTAVAIL). */
  listen(options: TcpListenOptions): TcpListener | TcpError;
  /** Offers SYNs to any address and port that no listener takes. One forwarder at the most. */
  setForwarder(forward: ((request: TcpRequest) => void) | undefined): void;
  /** Every connection, and listeners as state LISTEN, for `/net` and the dashboard. */
  readonly connections: Iterable<TcpConnection>;
  readonly listeners: Iterable<TcpListener>;
  readonly connectionCount: number;
  readonly counters: Readonly<TcpCounters>;
  /**
   * Forgets every connection, and sends RST on those that the peer may still expect something from;
   * nothing is owned afterwards.
   */
  stop(): void;
}

/** Counters in the manner of RFC 4022, and of what was dropped and why. */
export interface TcpCounters {
  activeOpens: number;
  passiveOpens: number;
  attemptFails: number;
  establishedResets: number;
  segmentsReceived: number;
  segmentsSent: number;
  retransmittedSegments: number;
  fastRetransmits: number;
  timeouts: number;
  resetsSent: number;
  badSegments: number;
  badChecksums: number;
  challengeAcks: number;
  synCookiesSent: number;
  synCookiesAccepted: number;
  synCookiesRejected: number;
  listenOverflows: number;
  outOfOrderSegments: number;
  duplicateSegments: number;
  outOfWindowSegments: number;
  memoryRefusals: number;
  /** SYNs and `connect`s refused at the limit of connections or of waiting requests. */
  connectionRefusals: number;
  /** Connections of quiet peers, given up while JavaScript's heap was full. */
  memoryEvictions: number;
  /** Early segments dropped because the receive queue had too many gaps. */
  rangeRefusals: number;
  /** Segments dropped by their timestamps (RFC 7323 5). */
  pawsDrops: number;
  /** Resets and challenge ACKs that were not sent because of their rate. */
  rateLimited: number;
  /** Connections that left TIME-WAIT early because there were too many. */
  timeWaitEvictions: number;
  /** ICMP errors that named a segment in flight. */
  networkErrors: number;
}
