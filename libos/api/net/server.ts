/** `net.Server`: accepts connections, with Node's events, options and errors. */
import { EventEmitter } from "events";
import type { TcpConnection, TcpListener } from "../../../components/tcp/types.ts";
import { HEAP_SCOPE, inHeapScope } from "../../kernel/heap-state.ts";
import { obeySignal } from "../shared/abort.ts";
import { addAsyncDispose } from "../shared/async-dispose.ts";
import {
  bindError,
  invalidArgType,
  invalidArgValue,
  validateAbortSignal,
  validateFunction,
} from "../shared/errors.ts";
import { rethrowLater } from "../shared/guard.ts";
import { parseIPv4 } from "../shared/ip-text.ts";
import { isOutOfMemory } from "../shared/out-of-memory.ts";
import { validatePort } from "../shared/port.ts";
import { Liveness } from "../shared/liveness.ts";
import type { BlockList } from "./block-list.ts";
import { alreadyListening, notRunning } from "./errors.ts";
import {
  type ListenOptions,
  normalizeArguments,
  type ServerOptions,
  type SocketOptions,
  validateBlockList,
  validateKeepAliveDelay,
} from "./options.ts";
import type { Socket } from "./socket.ts";
import type { AcceptedConnection, AddressInfo, SocketEnvironment } from "./types.ts";

/** Connections that may wait for `accept`, where the caller does not say (Node's default). */
export const DEFAULT_BACKLOG = 511;

/** What a server needs besides its environment: how to make the sockets of its system. */
export type MakeSocket = (options: SocketOptions, accepted: AcceptedConnection) => Socket;

/** What `drop` tells of a connection that was refused because of `maxConnections`. */
export interface DropArgument {
  readonly localAddress: string;
  readonly localPort: number;
  readonly localFamily: string;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly remoteFamily: string;
}

export class Server extends EventEmitter {
  allowHalfOpen: boolean;
  pauseOnConnect: boolean;
  noDelay: boolean;
  keepAlive: boolean;
  keepAliveInitialDelay: number;
  highWaterMark: number | undefined;
  /** Connections beyond this number are closed at once, with a `drop` event. */
  maxConnections: number | undefined = undefined;
  readonly #environment: SocketEnvironment;
  readonly #makeSocket: MakeSocket;
  readonly #liveness: Liveness;
  readonly #blockList: BlockList | undefined;
  #listener: TcpListener | undefined;
  #isStarting = false;
  #connections = 0;

  constructor(
    environment: SocketEnvironment,
    makeSocket: MakeSocket,
    options?: ServerOptions | ((socket: Socket) => void) | null,
    connectionListener?: (socket: Socket) => void,
  ) {
    super();
    this.#environment = environment;
    this.#makeSocket = makeSocket;
    this.#liveness = new Liveness(environment.context);
    let settings: ServerOptions = {};
    if (typeof options === "function") {
      this.on("connection", options);
    } else if (options === undefined || options === null || typeof options === "object") {
      settings = { ...options };
      if (typeof connectionListener === "function") this.on("connection", connectionListener);
    } else {
      throw invalidArgType("options", "Object", options);
    }
    validateKeepAliveDelay(settings.keepAliveInitialDelay);
    if (settings.blockList !== undefined && settings.blockList !== null) {
      validateBlockList(settings.blockList);
    }
    this.#blockList = settings.blockList ?? undefined;
    this.allowHalfOpen = settings.allowHalfOpen ?? false;
    this.pauseOnConnect = Boolean(settings.pauseOnConnect);
    this.noDelay = Boolean(settings.noDelay);
    this.keepAlive = Boolean(settings.keepAlive);
    this.keepAliveInitialDelay = settings.keepAliveInitialDelay ?? 0;
    this.highWaterMark = settings.highWaterMark;
  }

  get listening(): boolean {
    return this.#listener !== undefined;
  }

  /**
   * Starts to listen: `(port, host, backlog)` or `(options)`, each with a listener for `listening`.
   * Without a host the port is taken before `listen` returns, so that `address()` knows it.
   *
   * @throws ERR_SERVER_ALREADY_LISTEN, ERR_SOCKET_BAD_PORT, ERR_INVALID_ARG_VALUE.
   */
  listen(...list: unknown[]): this {
    const [given, callback] = normalizeArguments(list);
    const options = given as ListenOptions & Record<string, unknown>;
    if (this.#listener !== undefined || this.#isStarting) throw alreadyListening();
    if (callback !== undefined) this.once("listening", callback);
    if (options.signal !== undefined) {
      validateAbortSignal(options.signal, "options.signal");
      obeySignal(this.#environment.context, options.signal, this, () => void this.close());
    }
    if (typeof options.fd === "number" && options.fd >= 0) {
      this.#failLater(bindError("EINVAL", "listen", ""));
      return this;
    }
    const isPortAbsent =
      list.length === 0 ||
      typeof list[0] === "function" ||
      ("port" in options && options.port === undefined) ||
      options.port === null;
    const port = isPortAbsent ? 0 : options.port;
    if (typeof port === "number" || typeof port === "string") {
      const number = validatePort(port, "options.port") | 0;
      const backlog = options.backlog || toNumber(list[1]) || toNumber(list[2]) || DEFAULT_BACKLOG;
      if (options.host) this.#listenOn(options.host, number, backlog);
      else this.#start(0, "0.0.0.0", number, backlog);
      return this;
    }
    if (typeof options.path === "string" && options.path !== "") {
      this.#failLater(bindError("ENOTSUP", "listen", options.path));
      return this;
    }
    const reason =
      "port" in options || "path" in options
        ? "is invalid"
        : 'must have the property "port" or "path"';
    throw invalidArgValue("options", given, reason);
  }

  /** Where the server listens; null before `listening` and after `close`. */
  address(): AddressInfo | null {
    const listener = this.#listener;
    if (listener === undefined) return null;
    const { network } = this.#environment.context;
    return { address: network.format(listener.address), family: "IPv4", port: listener.port };
  }

  /** Calls back with the number of open connections. */
  getConnections(callback: (error: Error | null, count: number) => void): this {
    validateFunction(callback, "callback");
    const count = this.#connections;
    this.#environment.context.defer(() => callback(null, count));
    return this;
  }

  /**
   * Accepts no more connections; `close` is emitted when the last one has ended.
   *
   * @param callback Called with that event; with ERR_SERVER_NOT_RUNNING if it did not listen.
   */
  close(callback?: (error?: Error) => void): this {
    if (typeof callback === "function") {
      if (this.#listener === undefined && !this.#isStarting) {
        this.once("close", () => callback(notRunning()));
      } else {
        this.once("close", callback);
      }
    }
    this.#isStarting = false;
    if (this.#listener !== undefined) {
      this.#listener.close();
      this.#listener = undefined;
      this.#liveness.setActive(false);
    }
    this.#emitCloseIfDrained();
    return this;
  }

  /** Lets the system live while this server listens (the default). */
  ref(): this {
    this.#liveness.setReferenced(true);
    return this;
  }

  /** Lets the system end though this server listens. */
  unref(): this {
    this.#liveness.setReferenced(false);
    return this;
  }

  /** One of its sockets is gone; called by the socket. */
  forget(): void {
    this.#connections--;
    this.#emitCloseIfDrained();
  }

  #listenOn(host: string, port: number, backlog: number): void {
    const { context, lookup } = this.#environment;
    this.#isStarting = true;
    const found = (error: Error | null, address: unknown, family: number | undefined): void => {
      if (!this.#isStarting) return;
      this.#isStarting = false;
      if (error) this.emit("error", error);
      else if (family !== 4) {
        this.#failLater(bindError("EAFNOSUPPORT", "listen", String(address), port));
      } else {
        this.#start(parseIPv4(address as string), address as string, port, backlog);
      }
    };
    if (parseIPv4(host) >= 0) context.defer(() => found(null, host, 4));
    else lookup(host, {}, found as never);
  }

  #start(address: number, text: string, port: number, backlog: number): void {
    const { context } = this.#environment;
    const listener = context.tcp.listen({
      address,
      port,
      backlog,
      onConnection: (connection) => this.#accept(connection),
    });
    if (typeof listener === "string") {
      this.#failLater(bindError(listener, "listen", text, port));
      return;
    }
    this.#listener = listener;
    this.#liveness.setActive(true);
    context.defer(() => {
      if (this.#listener === listener) this.emit("listening");
    });
  }

  /** Runs inside TCP: what the application throws surfaces in a turn of its own. */
  #accept(connection: TcpConnection): void {
    const { context } = this.#environment;
    let socket: Socket | undefined;
    try {
      if (this.#refuses(connection)) return;
      const accepted = (socket = this.#socketOf(connection));
      this.#connections++;
      inHeapScope(context.heapState, HEAP_SCOPE.PEER, () => this.emit("connection", accepted));
    } catch (error) {
      if (!isOutOfMemory(error)) rethrowLater(context, error);
      // One connection less gives the others their memory back.
      else if (socket !== undefined) socket.destroy();
      else connection.abort();
    }
  }

  #socketOf(connection: TcpConnection): Socket {
    return this.#makeSocket(
      {
        allowHalfOpen: this.allowHalfOpen,
        highWaterMark: this.highWaterMark,
        noDelay: this.noDelay,
        keepAlive: this.keepAlive,
        keepAliveInitialDelay: this.keepAliveInitialDelay,
      },
      { connection, server: this, paused: this.pauseOnConnect },
    );
  }

  #refuses(connection: TcpConnection): boolean {
    const { network } = this.#environment.context;
    const { maxConnections } = this;
    if (typeof maxConnections === "number" && this.#connections >= maxConnections) {
      connection.handler = IGNORE;
      connection.close();
      const dropped: DropArgument = {
        localAddress: network.format(connection.localAddress),
        localPort: connection.localPort,
        localFamily: "IPv4",
        remoteAddress: network.format(connection.remoteAddress),
        remotePort: connection.remotePort,
        remoteFamily: "IPv4",
      };
      this.emit("drop", dropped);
      return true;
    }
    if (this.#blockList?.check(network.format(connection.remoteAddress), "ipv4") !== true) {
      return false;
    }
    connection.handler = IGNORE;
    connection.close();
    return true;
  }

  #emitCloseIfDrained(): void {
    if (this.#listener !== undefined || this.#connections > 0) return;
    this.#environment.context.defer(() => this.emit("close"));
  }

  #failLater(error: Error): void {
    this.#environment.context.defer(() => this.emit("error", error));
  }
}

/** The handler of a connection that nobody wants. */
const IGNORE = {
  onConnect(): void {},
  onData(_connection: TcpConnection, _offset: number, length: number): number {
    return length;
  },
  onEnd(): void {},
  onSpace(): void {},
  onClose(): void {},
} as const;

function toNumber(value: unknown): number {
  // Mostly it is the callback, whose text is no number either.
  const number = typeof value === "function" ? 0 : Number(value);
  return number >= 0 ? number : 0;
}

addAsyncDispose(Server, (server, done) => void server.close(done));
