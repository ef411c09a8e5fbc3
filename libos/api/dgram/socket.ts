/** `dgram.Socket`: datagrams over UDP, with Node's events, overloads and errors. */
import { Buffer } from "buffer";
import type { UdpHandler, UdpSocket } from "../../../components/udp/types.ts";
import { HEAP_SCOPE } from "../../kernel/heap-state.ts";
import type { LookupFunction } from "../dns/lookup.ts";
import { obeySignal } from "../shared/abort.ts";
import type { UdpContext } from "../shared/context.ts";
import {
  type AbortSignalLike,
  addressError,
  socketError,
  validateAbortSignal,
  validateFunction,
  validateNumber,
  validateString,
} from "../shared/errors.ts";
import { rethrowLater } from "../shared/guard.ts";
import { isOutOfMemory } from "../shared/out-of-memory.ts";
import { parseIPv4 } from "../shared/ip-text.ts";
import { Liveness } from "../shared/liveness.ts";
import { validatePort } from "../shared/port.ts";
import { alreadyBound, badType, isConnected, notConnected, notRunning } from "./errors.ts";
import { type Destination, Outbox } from "./outbox.ts";
import { parseSend, type SendRequest } from "./send-arguments.ts";
import { SocketSettings } from "./socket-settings.ts";

/** Bounds of one socket. */
export const DGRAM_LIMITS = {
  /** Bytes that wait because the device is full; beyond it `send` fails with ENOBUFS. */
  maxQueuedBytes: 1_048_576,
  /** Calls that wait for `bind` or `connect` to end; beyond it they fail with ENOBUFS. */
  maxQueuedCalls: 10_000,
} as const;

const LOOPBACK_ADDRESS = 0x7f000001;

export interface DgramSocketOptions {
  readonly type: "udp4" | "udp6";
  readonly reuseAddr?: boolean | undefined;
  readonly reusePort?: boolean | undefined;
  readonly ipv6Only?: boolean | undefined;
  readonly recvBufferSize?: number | undefined;
  readonly sendBufferSize?: number | undefined;
  readonly lookup?: LookupFunction | undefined;
  readonly signal?: AbortSignalLike | undefined;
}

export interface DgramBindOptions {
  readonly port?: number | undefined;
  readonly address?: string | undefined;
  readonly exclusive?: boolean | undefined;
  readonly fd?: number | undefined;
}

/** Where a datagram came from, or where a socket is. */
export interface DgramAddress {
  readonly address: string;
  readonly family: "IPv4" | "IPv6";
  readonly port: number;
}

export interface RemoteInfo extends DgramAddress {
  /** Bytes of the message. */
  readonly size: number;
}

type State = "unbound" | "binding" | "bound" | "closed";

export class Socket extends SocketSettings {
  readonly type: "udp4" | "udp6";
  readonly #context: UdpContext;
  readonly #lookup: LookupFunction;
  readonly #hasOwnLookup: boolean;
  readonly #reuse: boolean;
  readonly #liveness: Liveness;
  #state: State = "unbound";
  #udp: UdpSocket | undefined;
  #peer: Destination | undefined;
  #isConnecting = false;
  // Calls that wait for the socket to be bound, in order.
  #waiting: (() => void)[] = [];
  readonly #outbox: Outbox;

  constructor(
    context: UdpContext,
    lookup: LookupFunction,
    given: DgramSocketOptions | string,
    listener?: (message: Buffer, remote: RemoteInfo) => void,
  ) {
    super();
    const options = (
      typeof given === "object" && given !== null ? given : { type: given }
    ) as DgramSocketOptions;
    if (options.type !== "udp4" && options.type !== "udp6") throw badType();
    if (options.lookup !== undefined) validateFunction(options.lookup, "lookup");
    for (const name of ["recvBufferSize", "sendBufferSize"] as const) {
      if (options[name] !== undefined) validateNumber(options[name], `options.${name}`);
    }
    validateAbortSignal(options.signal, "options.signal");
    this.type = options.type;
    this.#context = context;
    this.#lookup = options.lookup ?? lookup;
    this.#hasOwnLookup = options.lookup !== undefined;
    this.#reuse = Boolean(options.reuseAddr || options.reusePort);
    if (options.recvBufferSize) this.receiveBufferBytes = options.recvBufferSize;
    if (options.sendBufferSize) this.sendBufferBytes = options.sendBufferSize;
    this.#liveness = new Liveness(context);
    this.#outbox = new Outbox(context, DGRAM_LIMITS.maxQueuedBytes);
    if (typeof listener === "function") this.on("message", listener);
    if (options.signal !== undefined) {
      obeySignal(context, options.signal, this, () => {
        if (this.#state !== "closed") this.close();
      });
    }
  }

  /**
   * Takes an address and a port: `(port, address)` or `(options)`, each with a listener for
   * `listening`.
   *
   * @throws ERR_SOCKET_ALREADY_BOUND, ERR_SOCKET_DGRAM_NOT_RUNNING.
   */
  bind(...list: unknown[]): this {
    this.#checkRunning();
    if (this.#state !== "unbound") throw alreadyBound();
    const [first] = list;
    const options = (typeof first === "object" && first !== null ? first : {}) as DgramBindOptions;
    const isOptions = first === options;
    const port = isOptions ? options.port : typeof first === "function" ? 0 : first;
    const second = typeof list[1] === "function" ? undefined : list[1];
    const address = (isOptions ? options.address : second) || undefined;
    if (address !== undefined) validateString(address, "hostname");
    const listener = list.at(-1);
    if (typeof listener === "function") this.#onceListening(listener as () => void);
    this.#state = "binding";
    const number = Number(port) & 0xffff;
    if (address === undefined) {
      const any = this.type === "udp4" ? "0.0.0.0" : "::";
      this.#context.defer(() => this.#bindTo(any, number));
    } else {
      this.#resolve(address as string, (error, ip) => {
        if (this.#state !== "binding") return;
        if (error === null) this.#bindTo(ip, number);
        else this.#bindFailed(error);
      });
    }
    return this;
  }

  /** Chooses the peer: other senders are ignored, and `send` needs no address. */
  connect(port: number, address?: unknown, callback?: unknown): void {
    const number = validatePort(port, "Port", false);
    const listener = typeof address === "function" ? address : callback;
    const host = typeof address === "string" && address !== "" ? address : undefined;
    this.#checkRunning();
    if (this.#peer !== undefined || this.#isConnecting) throw isConnected();
    this.#isConnecting = true;
    if (this.#state === "unbound") this.bind({ port: 0 });
    this.#whenBound(() => {
      this.#resolve(host ?? "127.0.0.1", (error, ip) => {
        if (this.#state === "closed") return;
        this.#isConnecting = false;
        if (error !== null) {
          if (typeof listener === "function") listener(error);
          else this.emit("error", error);
          return;
        }
        this.#peer = { text: ip, address: toAddress(ip), port: number };
        if (typeof listener === "function") this.once("connect", listener as () => void);
        this.emit("connect");
      });
    });
  }

  /** Forgets the peer. @throws ERR_SOCKET_DGRAM_NOT_CONNECTED. */
  disconnect(): void {
    if (this.#peer === undefined) throw notConnected();
    this.#peer = undefined;
  }

  /**
   * Sends one datagram: `(msg, port, address, callback)`, with offset and length after `msg`, or on
   * a connected socket `(msg, callback)`. `msg` may be an array of parts.
   */
  send(...list: unknown[]): void {
    const request = parseSend(list, this.#peer !== undefined);
    this.#checkRunning();
    if (this.#state === "unbound") this.bind({ port: 0 });
    this.#whenBound(() => this.#route(request));
  }

  /** The own end. @throws getsockname EBADF while the socket is not bound. */
  address(): DgramAddress {
    this.#checkRunning();
    const udp = this.#udp;
    if (udp === undefined) throw socketError("EBADF", "getsockname");
    const { network } = this.#context;
    const chosen = this.#peer && network.route(this.#peer.address, udp.localAddress)?.source;
    return {
      address: network.format(chosen ?? udp.localAddress),
      family: "IPv4",
      port: udp.localPort,
    };
  }

  /** The peer. @throws ERR_SOCKET_DGRAM_NOT_CONNECTED. */
  remoteAddress(): DgramAddress {
    this.#checkRunning();
    if (this.#peer === undefined) throw notConnected();
    return { address: this.#peer.text, family: "IPv4", port: this.#peer.port };
  }

  /** Gives the port back; `close` is emitted. What waits is forgotten. */
  close(callback?: () => void): this {
    if (typeof callback === "function") this.on("close", callback);
    this.#checkRunning();
    if (this.#waiting.length > 0) {
      // As in Node: what was asked before comes first.
      this.#waiting.push(() => this.close());
      return this;
    }
    this.#closeNow();
    return this;
  }

  /** Bytes of datagrams that wait for the device. */
  getSendQueueSize(): number {
    return this.#outbox.bytes;
  }

  /** Datagrams that wait for the device. */
  getSendQueueCount(): number {
    return this.#outbox.count;
  }

  /** Lets the system live while this socket is open (the default). */
  ref(): this {
    this.#liveness.setReferenced(true);
    return this;
  }

  /** Lets the system end though this socket is open. */
  unref(): this {
    this.#liveness.setReferenced(false);
    return this;
  }

  #checkRunning(): void {
    if (this.#state === "closed") throw notRunning();
  }

  protected override bound(call: string): UdpSocket {
    this.#checkRunning();
    if (this.#udp === undefined) throw socketError("EBADF", call);
    return this.#udp;
  }

  protected override get isBound(): boolean {
    return this.#udp !== undefined;
  }

  #onceListening(listener: () => void): void {
    const remove = (): void => {
      this.removeListener("error", remove);
      this.removeListener("listening", listening);
    };
    const listening = (): void => {
      remove();
      listener.call(this);
    };
    this.on("error", remove);
    this.on("listening", listening);
  }

  /** From a name or an address to an address of this socket's family, in a later turn. */
  #resolve(host: string, done: (error: Error | null, ip: string) => void): void {
    const family = this.type === "udp4" ? 4 : 6;
    if (this.#literal(host) >= 0) this.#context.defer(() => done(null, host));
    else this.#lookup(host, family, (error, ip) => done(error ?? null, ip as string));
  }

  /** The address of a text that needs no lookup, else -1. A `lookup` option is always asked. */
  #literal(host: string): number {
    return this.type === "udp4" && !this.#hasOwnLookup ? parseIPv4(host) : -1;
  }

  #bindTo(ip: string, port: number): void {
    if (this.#state !== "binding") return;
    if (this.type === "udp6") {
      this.#bindFailed(addressError("EAFNOSUPPORT", "bind", ip, port));
      return;
    }
    const udp = this.#context.udp.bind({
      address: parseIPv4(ip),
      port,
      reuse: this.#reuse,
      handler: this.#handler(),
    });
    if (typeof udp === "string") {
      this.#bindFailed(addressError(udp, "bind", ip, port));
      return;
    }
    this.#udp = udp;
    this.#state = "bound";
    this.#liveness.setActive(true);
    const waiting = this.#waiting;
    this.#waiting = [];
    this.emit("listening");
    for (const call of waiting) call();
  }

  #handler(): UdpHandler {
    const context = this.#context;
    return {
      onDatagram: (_socket, offset, length, address, port) => {
        const peer = this.#peer;
        if (peer !== undefined && (peer.address !== address || peer.port !== port)) return;
        const { heapState } = context;
        const scope = heapState[0]!;
        heapState[0] = HEAP_SCOPE.PEER;
        try {
          const message = Buffer.allocUnsafe(length);
          context.memory.copyOut(message, 0, offset, length);
          const text = context.network.format(address);
          this.emit("message", message, { address: text, family: "IPv4", port, size: length });
        } catch (error) {
          // Where memory runs out a datagram is lost, as the network may lose it.
          if (!isOutOfMemory(error)) rethrowLater(context, error);
        } finally {
          heapState[0] = scope;
        }
      },
      // Only a connected socket hears of it (POSIX).
      onUnreachable: (_socket, address, port) => {
        const peer = this.#peer;
        if (peer === undefined || peer.address !== address || peer.port !== port) return;
        context.defer(() => this.emit("error", socketError("ECONNREFUSED", "recvmsg")));
      },
      onSpace: (socket) => this.#outbox.sendQueued(socket),
    };
  }

  #bindFailed(error: Error): void {
    this.#state = "unbound";
    this.#isConnecting = false;
    const wantsClose = this.#waiting.length > 0;
    this.#waiting = [];
    this.emit("error", error);
    if (wantsClose && this.#state === "unbound") this.#closeNow();
  }

  #whenBound(call: () => void): void {
    if (this.#state === "bound") call();
    else if (this.#waiting.length < DGRAM_LIMITS.maxQueuedCalls) this.#waiting.push(call);
    else this.#context.defer(() => this.emit("error", socketError("ENOBUFS", "send")));
  }

  /** Finds the destination's address; a literal needs no further turn. */
  #route(request: SendRequest): void {
    const peer = this.#peer;
    if (peer !== undefined && request.port === 0) {
      this.#transmit(request, peer.address, peer.port, peer.text);
      return;
    }
    const host = request.address ?? (this.type === "udp4" ? "127.0.0.1" : "::1");
    const literal = this.#literal(host);
    if (literal >>> 24 === 127) {
      this.#transmit(request, literal, request.port, host);
    } else if (literal >= 0) {
      this.#context.whenConfigured(() => {
        this.#transmit(request, literal || LOOPBACK_ADDRESS, request.port, host);
      });
    } else {
      this.#resolve(host, (error, ip) => {
        if (error === null) this.#transmit(request, toAddress(ip), request.port, ip);
        else this.#sendFailed(request, error);
      });
    }
  }

  #transmit(request: SendRequest, address: number, port: number, text: string): void {
    if (this.#udp !== undefined) this.#outbox.send(this.#udp, request, { address, port, text });
  }

  #sendFailed(request: SendRequest, error: Error): void {
    if (this.#state === "closed") return;
    if (request.callback !== undefined) request.callback(error);
    else this.emit("error", error);
  }

  #closeNow(): void {
    this.#state = "closed";
    this.#udp?.close();
    this.#udp = undefined;
    this.#peer = undefined;
    this.#waiting = [];
    this.#outbox.clear();
    this.#liveness.setActive(false);
    this.#context.defer(() => this.emit("close"));
  }
}

function toAddress(ip: string): number {
  return parseIPv4(ip) || LOOPBACK_ADDRESS;
}
