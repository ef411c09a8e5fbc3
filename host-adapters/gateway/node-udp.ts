/** UDP sockets of the host by `node:dgram`. */
import dgram from "node:dgram";
import type { HostSocketLimits, HostUdpHandler, HostUdpSocket } from "./host-sockets.ts";

interface Waiting {
  readonly payload: Uint8Array;
  readonly address: string;
  readonly port: number;
}

/** Addresses here are numeric: no look-up, and no wait for one. */
function lookupNothing(
  address: string,
  _options: unknown,
  done: (error: null, address: string, family: number) => void,
): void {
  done(null, address, address.includes(":") ? 6 : 4);
}

class NodeUdpSocket implements HostUdpSocket {
  port = 0;
  readonly #handler: HostUdpHandler;
  readonly #maxWaiting: number;
  readonly #sockets: Set<NodeUdpSocket>;
  readonly #socket: dgram.Socket;
  readonly #onSent: (error: Error | null) => void;
  #waiting: Waiting[] | undefined = [];
  #isConnected = false;
  #peerAddress = "";
  #peerPort = 0;
  #isClosed = false;

  constructor(
    sockets: Set<NodeUdpSocket>,
    handler: HostUdpHandler,
    limits: HostSocketLimits,
    address: string,
  ) {
    this.#handler = handler;
    this.#maxWaiting = limits.maxWaitingDatagrams;
    this.#sockets = sockets;
    this.#socket = dgram.createSocket({
      type: address.includes(":") ? "udp6" : "udp4",
      lookup: lookupNothing,
    });
    this.#socket.unref();
    sockets.add(this);
    this.#socket.on("message", (bytes, remote) => {
      if (this.#isClosed || this.#isStranger(remote)) return;
      handler.onDatagram(this, bytes, remote.address, remote.port);
    });
    this.#onSent = (error) => {
      if (error !== null) this.#report(error);
    };
    this.#socket.on("error", this.#onSent);
  }

  connect(address: string, port: number): void {
    this.#peerAddress = address;
    this.#peerPort = port;
    this.#socket.connect(port, address, ((error?: Error) => {
      if (error !== undefined && error !== null) return this.#report(error);
      this.#isConnected = true;
      this.#open();
    }) as () => void);
  }

  bind(address: string, port: number): void {
    this.#socket.bind({ address, port, exclusive: true }, () => {
      this.#open();
      if (!this.#isClosed) this.#handler.onListening?.(this);
    });
  }

  send(memory: Uint8Array, offset: number, length: number, address: string, port: number): boolean {
    if (this.#isClosed) return false;
    // The copy is the host's: it may keep it until its kernel takes it.
    const payload = Buffer.from(memory.buffer, memory.byteOffset + offset, length);
    const copy = Buffer.allocUnsafe(length);
    payload.copy(copy);
    if (this.#waiting !== undefined) {
      if (this.#waiting.length >= this.#maxWaiting) return false;
      this.#waiting.push({ payload: copy, address, port });
      return true;
    }
    this.#sendNow(copy, address, port);
    return true;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#waiting = undefined;
    this.#sockets.delete(this);
    this.#socket.close();
  }

  /** The kernel filters for a connected socket; Deno's `node:dgram` leaves it to its user. */
  #isStranger(remote: { readonly address: string; readonly port: number }): boolean {
    if (this.#peerPort === 0) return false;
    return remote.port !== this.#peerPort || remote.address !== this.#peerAddress;
  }

  #open(): void {
    if (this.#isClosed) return;
    this.port = this.#socket.address().port;
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const { payload, address, port } of waiting) this.#sendNow(payload, address, port);
  }

  #sendNow(payload: Uint8Array, address: string, port: number): void {
    if (this.#isConnected) this.#socket.send(payload, this.#onSent);
    else this.#socket.send(payload, port, address, this.#onSent);
  }

  #report(error: NodeJS.ErrnoException): void {
    if (!this.#isClosed) this.#handler.onError(this, error.code ?? "EIO");
  }
}

/** The UDP half of `HostSockets` on Node. */
export class NodeUdp {
  readonly #limits: HostSocketLimits;
  readonly #sockets: Set<NodeUdpSocket> = new Set();

  constructor(limits: HostSocketLimits) {
    this.#limits = limits;
  }

  connect(address: string, port: number, handler: HostUdpHandler): HostUdpSocket {
    const socket = new NodeUdpSocket(this.#sockets, handler, this.#limits, address);
    socket.connect(address, port);
    return socket;
  }

  bind(address: string, port: number, handler: HostUdpHandler): HostUdpSocket {
    const socket = new NodeUdpSocket(this.#sockets, handler, this.#limits, address);
    socket.bind(address, port);
    return socket;
  }

  close(): void {
    for (const socket of this.#sockets) socket.close();
  }
}
