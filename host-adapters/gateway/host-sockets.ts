/**
 * What the gateway asks of a host: sockets and names, as an unprivileged process has them.
 *
 * The shapes are those of `components/tcp/types.ts`, so that a flow is two mirrored halves.
 * Addresses are text ("127.0.0.1"), because that is what hosts take and give; the gateway turns
 * them into numbers once for each flow, never for each packet.
 *
 * Handlers are called from jobs of the host, never from inside a call into this interface, with
 * the one exception that `HostTcpSocket.resume` may call `onData` and `onEnd`. They must not throw.
 */

/** Why a host refused, in the words of POSIX: "ECONNREFUSED", "EADDRINUSE", "EMFILE", … */
export type HostError = string;

/** What happens on one TCP socket of the host. */
export interface HostTcpHandler {
  /** A socket of `connectTcp` is connected. Not called for accepted sockets. */
  onConnect(socket: HostTcpSocket): void;
  /**
   * Bytes have arrived.
   *
   * @param bytes Valid during the call.
   * @returns How many were consumed. The socket keeps the rest, reads no more from the host (whose
   *   peer is thereby slowed down), and offers it again at `resume`.
   */
  onData(socket: HostTcpSocket, bytes: Uint8Array): number;
  /** The peer has closed its direction, and all its bytes have been consumed. */
  onEnd(socket: HostTcpSocket): void;
  /** There is room again after a `write` that took less than it was given. */
  onSpace(socket: HostTcpSocket): void;
  /**
   * The socket is gone; no call follows.
   *
   * @param error Undefined after both directions ended in an orderly way.
   */
  onClose(socket: HostTcpSocket, error: HostError | undefined): void;
}

/** One TCP socket of the host, with TCP_NODELAY and with half-close. */
export interface HostTcpSocket {
  handler: HostTcpHandler;
  /** The peer's address and port, as the host tells them; "" and 0 while connecting. */
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Bytes that were written and that the host's kernel has not taken yet. */
  readonly queuedBytes: number;
  /**
   * Copies bytes once and writes them; small writes in a row become one at `HostSockets.flush`.
   *
   * @returns How many were taken: fewer than `length` at `maxQueuedBytes`, 0 after `shutdown`.
   */
  write(memory: Uint8Array, offset: number, length: number): number;
  /** Starts to read an accepted socket, or reads on after `onData` consumed too little. */
  resume(): void;
  /** Half-closes after what was written. Idempotent. */
  shutdown(): void;
  /** Resets the connection (RST); `onClose` is not called. */
  abort(): void;
  /**
   * Keeps the process alive until the socket is gone. Without it, sockets and listeners do not: a
   * process lives for its application, and ends although ports are published.
   */
  hold(): void;
}

/** A listening TCP socket of the host. */
export interface HostListener {
  /** The port in use: the chosen one where 0 was asked for. 0 until `onListening`. */
  readonly port: number;
  close(): void;
}

export interface HostListenOptions {
  /** An address of the host, "127.0.0.1" or "0.0.0.0". */
  readonly address: string;
  /** 0 .. 65535; 0 lets the host choose. */
  readonly port: number;
  onListening(listener: HostListener): void;
  /** The port could not be opened; no other call follows. */
  onError(error: HostError): void;
  /**
   * Takes a connection. It is not read before `resume`, and its handler is set before this
   * returns. Connections come in the order in which the host accepted them.
   */
  onConnection(socket: HostTcpSocket): void;
}

/** What happens on one UDP socket of the host. */
export interface HostUdpHandler {
  /** A bound socket has its port. Not called for connected ones. */
  onListening?(socket: HostUdpSocket): void;
  /** @param bytes The payload, valid during the call. */
  onDatagram(
    socket: HostUdpSocket,
    bytes: Uint8Array,
    remoteAddress: string,
    remotePort: number,
  ): void;
  /**
   * Something failed. ECONNREFUSED on a connected socket means that nobody listens there (ICMP
   * port unreachable); the socket lives on. It may be reported again and again.
   */
  onError(socket: HostUdpSocket, error: HostError): void;
}

/** One UDP socket of the host. */
export interface HostUdpSocket {
  /** The local port; 0 until it is bound. */
  readonly port: number;
  /**
   * Copies and sends one datagram. What is sent before the socket is open waits, up to
   * `maxWaitingDatagrams`; beyond that it is dropped, as UDP may.
   *
   * @param address With `port`: whereto. Ignored by connected sockets.
   * @returns False when the datagram was dropped.
   */
  send(memory: Uint8Array, offset: number, length: number, address: string, port: number): boolean;
  /** Closes the socket; no call of its handler follows. Idempotent. */
  close(): void;
}

/** The answer of a name look-up. */
export type LookupResult =
  | { readonly status: "ok"; readonly records: readonly HostRecord[] }
  /** The name exists but has no record of that type. */
  | { readonly status: "no-data" }
  /** The name does not exist. */
  | { readonly status: "no-name" }
  /** The host could not find out. */
  | { readonly status: "failed" }
  /** The host cannot ask for this type. */
  | { readonly status: "unsupported" };

/** One resource record as the host's resolver tells it; names are text without the last dot. */
export type HostRecord =
  | { readonly type: "A" | "AAAA"; readonly address: string; readonly ttlSeconds?: number }
  | { readonly type: "CNAME" | "NS" | "PTR"; readonly name: string }
  | { readonly type: "MX"; readonly preference: number; readonly exchange: string }
  | { readonly type: "TXT"; readonly strings: readonly string[] }
  | {
      readonly type: "SRV";
      readonly priority: number;
      readonly weight: number;
      readonly port: number;
      readonly target: string;
    }
  | {
      readonly type: "SOA";
      readonly primary: string;
      readonly mailbox: string;
      readonly serial: number;
      readonly refresh: number;
      readonly retry: number;
      readonly expire: number;
      readonly minimum: number;
    }
  | {
      readonly type: "CAA";
      readonly critical: boolean;
      readonly tag: string;
      readonly value: string;
    }
  | {
      readonly type: "NAPTR";
      readonly order: number;
      readonly preference: number;
      readonly flags: string;
      readonly services: string;
      readonly regexp: string;
      readonly replacement: string;
    };

/** The types of `HostRecord`. */
export type HostRecordType = HostRecord["type"];

/** Bounds of the host's side of flows. */
export interface HostSocketLimits {
  /**
   * Bytes of one socket that the host's kernel has not taken, at least 16 KiB; at the bound `write`
   * takes no more.
   */
  readonly maxQueuedBytes: number;
  /** The same (at least 16 KiB) while `crowdedSockets` or more are open, so that many stuck flows stay affordable. */
  readonly crowdedQueuedBytes: number;
  readonly crowdedSockets: number;
  /** Datagrams kept while a UDP socket opens; beyond it they are dropped. */
  readonly maxWaitingDatagrams: number;
}

export const HOST_SOCKET_LIMITS: HostSocketLimits = {
  maxQueuedBytes: 262_144,
  crowdedQueuedBytes: 65_536,
  crowdedSockets: 1_000,
  maxWaitingDatagrams: 32,
};

/** Sockets and names of one host process. */
export interface HostSockets {
  /** Starts to connect to a numeric address. Failure comes as `onClose`. */
  connectTcp(address: string, port: number, handler: HostTcpHandler): HostTcpSocket;
  listenTcp(options: HostListenOptions): HostListener;
  /** A socket that talks to one peer only: others are filtered by the host's kernel. */
  connectUdp(address: string, port: number, handler: HostUdpHandler): HostUdpSocket;
  /** A socket at a port of the host. Failure comes as `onError`. */
  bindUdp(address: string, port: number, handler: HostUdpHandler): HostUdpSocket;
  /**
   * Asks the host's resolver; A and AAAA as its programs would (with /etc/hosts and the like).
   *
   * @param done Called once, in a later job; not called after `close`.
   */
  resolve(name: string, type: HostRecordType, done: (result: LookupResult) => void): void;
  /** True for addresses of this host's own interfaces, and for 127.0.0.0/8. */
  isHostAddress(address: string): boolean;
  /** Ends a batch: what was written since the last call is handed to the host. */
  flush(): void;
  /**
   * Closes every socket and listener; no handler is called afterwards. Sockets that were shut down
   * still send what was written, all others are reset. Idempotent.
   */
  close(): void;
}
