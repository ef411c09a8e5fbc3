/** A pool of connections for requests: `http.Agent`. */
import { validateNumber, validateOneOf } from "../shared/errors.ts";
import { EmitterBase } from "./callable.ts";
import type { ClientRequest } from "./client-request.ts";
import type { HttpSocket } from "./needs.ts";
import type { RequestOptions, SocketCreated } from "./request-options.ts";
import type { HttpRuntime } from "./runtime.ts";

/** Options of an agent. What is not listed goes to `net.connect` as it is. */
export interface AgentOptions {
  /** Keeps sockets for later requests. Default: false. */
  readonly keepAlive?: boolean | undefined;
  /** Milliseconds before TCP probes an idle connection. Default: 1,000. */
  readonly keepAliveMsecs?: number | undefined;
  /** Milliseconds by which a kept socket is given up before the server's own limit. Default: 1,000. */
  readonly agentKeepAliveTimeoutBuffer?: number | undefined;
  /** Sockets for each origin; further requests wait. Default: Infinity. */
  readonly maxSockets?: number | undefined;
  /** Sockets for all origins; further requests wait. Default: Infinity. */
  readonly maxTotalSockets?: number | undefined;
  /** Kept sockets for each origin; further ones are closed. Default: 256. */
  readonly maxFreeSockets?: number | undefined;
  /** Which kept socket is used first: the one used last (default), or the oldest. */
  readonly scheduling?: "lifo" | "fifo" | undefined;
  /** Milliseconds without traffic after which a socket times out. */
  readonly timeout?: number | undefined;
  readonly [other: string]: unknown;
}

type Pool<Item> = Record<string, Item[]>;

const MAX_FREE_SOCKETS = 256;
const KEEP_ALIVE_MS = 1_000;
const TIMEOUT_HINT = /^timeout=(\d+)/;

/** The options under which a request waits for its socket. */
interface WaitingRequest extends ClientRequest {
  _agentOptions?: RequestOptions;
}

/** A free socket is not supposed to receive: whatever comes could be taken for an answer. */
function dropSocket(this: HttpSocket): void {
  this.destroy();
}

export class Agent extends EmitterBase {
  declare readonly _runtime: HttpRuntime;
  readonly defaultPort: number = 80;
  readonly protocol: string = "http:";
  readonly options: AgentOptions & Record<string, unknown>;
  readonly requests: Pool<ClientRequest> = Object.create(null) as Pool<ClientRequest>;
  readonly sockets: Pool<HttpSocket> = Object.create(null) as Pool<HttpSocket>;
  readonly freeSockets: Pool<HttpSocket> = Object.create(null) as Pool<HttpSocket>;
  readonly keepAliveMsecs: number;
  readonly keepAlive: boolean;
  readonly maxSockets: number;
  readonly maxFreeSockets: number;
  readonly maxTotalSockets: number;
  readonly scheduling: "lifo" | "fifo";
  readonly agentKeepAliveTimeoutBuffer: number;
  totalSocketCount = 0;

  /** @param self For `Agent.call(this, options)`; see `callable.ts`. */
  constructor(options: AgentOptions = {}, self?: unknown) {
    super(self);
    this.options = { ...options, noDelay: options["noDelay"] ?? true, path: null };
    this.keepAliveMsecs = options.keepAliveMsecs || KEEP_ALIVE_MS;
    this.keepAlive = options.keepAlive || false;
    this.maxSockets = options.maxSockets || Infinity;
    this.maxFreeSockets = options.maxFreeSockets || MAX_FREE_SOCKETS;
    this.scheduling = options.scheduling || "lifo";
    this.agentKeepAliveTimeoutBuffer = options.agentKeepAliveTimeoutBuffer ?? 1_000;
    validateOneOf(this.scheduling, "scheduling", ["fifo", "lifo"]);
    if (options.maxTotalSockets !== undefined) {
      validateNumber(options.maxTotalSockets, "maxTotalSockets", 1);
    }
    this.maxTotalSockets = options.maxTotalSockets ?? Infinity;
    this.on("free", (socket: HttpSocket, socketOptions: RequestOptions) => {
      this.#takeBack(socket, socketOptions);
    });
  }

  /** The name of the pool for a request: host, port, local address, family, path. */
  getName(options: RequestOptions = {}): string {
    let name = `${options.host || "localhost"}:${options.port ?? ""}:${options.localAddress ?? ""}`;
    if (options.family === 4 || options.family === 6) name += `:${options.family}`;
    if (options.socketPath) name += `:${options.socketPath}`;
    return name;
  }

  /** Opens a connection; a subclass may do it in another way. */
  createConnection(
    options: RequestOptions,
    _created?: SocketCreated,
  ): HttpSocket | null | undefined {
    return this._runtime.needs.net.connect(options);
  }

  /** Finds or opens a socket for the request, or lets it wait for one. */
  addRequest(request: ClientRequest, given: RequestOptions): void {
    const options: RequestOptions = { ...given, ...this.options };
    options["path"] = options.socketPath;
    const name = this.getName(options);
    const socket = this.#takeFree(name);
    if (socket !== undefined) {
      this.reuseSocket(socket, request);
      this.#assign(request, socket);
      (this.sockets[name] ??= []).push(socket);
      return;
    }
    const inUse = (this.sockets[name]?.length ?? 0) + (this.freeSockets[name]?.length ?? 0);
    if (inUse < this.maxSockets && this.totalSocketCount < this.maxTotalSockets) {
      this.createSocket(request, options, (error, created) => {
        if (created === undefined) request.onSocket(undefined, error);
        else this.#assign(request, created);
      });
      return;
    }
    (request as WaitingRequest)._agentOptions = options;
    (this.requests[name] ??= []).push(request);
  }

  createSocket(_request: ClientRequest, given: RequestOptions, done: SocketCreated): void {
    const options: RequestOptions = { ...given, ...this.options };
    options["path"] = options.socketPath;
    if (this.keepAlive) {
      options["keepAlive"] = true;
      options["keepAliveInitialDelay"] = this.keepAliveMsecs;
    }
    const name = this.getName(options);
    let isDone = false;
    const created: SocketCreated = (error, socket) => {
      if (isDone) return;
      isDone = true;
      if (error || socket === undefined) {
        done(error);
        return;
      }
      (this.sockets[name] ??= []).push(socket);
      this.totalSocketCount++;
      this.#watch(socket, options);
      done(null, socket);
    };
    const connect = options.createConnection ?? this.createConnection;
    const socket = connect.call(this, options, created);
    if (socket) created(null, socket);
  }

  /**
   * Prepares a socket for the pool.
   *
   * @returns False when it should be closed instead.
   */
  keepSocketAlive(socket: HttpSocket): boolean {
    socket.setKeepAlive?.(true, this.keepAliveMsecs);
    socket.unref?.();
    let idleMs = this.options.timeout ?? 0;
    const { res } = (socket._httpMessage ?? {}) as { res?: ClientRequest["res"] };
    const hint = TIMEOUT_HINT.exec(String(res?.headers["keep-alive"] ?? ""));
    if (hint !== null) {
      const hintMs = Number(hint[1]) * 1_000 - this.agentKeepAliveTimeoutBuffer;
      if (hintMs <= 0) return false;
      if (idleMs === 0 || hintMs < idleMs) idleMs = hintMs;
    }
    if (socket.timeout !== idleMs) socket.setTimeout?.(idleMs);
    return true;
  }

  reuseSocket(socket: HttpSocket, request: ClientRequest): void {
    request.reusedSocket = true;
    socket.ref?.();
  }

  /** Closes every socket of the agent, in use or free. */
  destroy(): void {
    for (const pool of [this.freeSockets, this.sockets]) {
      for (const name of Object.keys(pool)) {
        for (const socket of pool[name]!.slice()) socket.destroy();
      }
    }
  }

  /** A socket left its pool: a waiting request gets a new one in its place. */
  removeSocket(socket: HttpSocket, options: RequestOptions): void {
    const name = this.getName(options);
    drop(this.sockets, name, socket);
    if (!socket.writable) drop(this.freeSockets, name, socket);
    const request = this.#nextWaiting(name);
    if (request === undefined || this.totalSocketCount >= this.maxTotalSockets) return;
    const waitingOptions = (request as WaitingRequest)._agentOptions ?? options;
    this.createSocket(request, waitingOptions, (error, created) => {
      if (created !== undefined) created.emit("free");
      else request.onSocket(undefined, error);
    });
  }

  #nextWaiting(name: string): ClientRequest | undefined {
    const own = this.requests[name]?.[0];
    if (own !== undefined) return own;
    // Under the limit for all origins, another origin's request may be waiting for this socket.
    for (const other of Object.keys(this.requests)) {
      if ((this.sockets[other]?.length ?? 0) < this.maxSockets) return this.requests[other]![0];
    }
    return undefined;
  }

  #takeFree(name: string): HttpSocket | undefined {
    const free = this.freeSockets[name] ?? [];
    for (;;) {
      const socket = this.scheduling === "fifo" ? free.shift() : free.pop();
      if (free.length === 0) delete this.freeSockets[name];
      if (socket === undefined) return undefined;
      socket.removeListener("error", dropSocket);
      socket.removeListener("data", dropSocket);
      if (!socket.destroyed && socket.writable) return socket;
    }
  }

  #assign(request: ClientRequest, socket: HttpSocket): void {
    request.onSocket(socket);
    const { timeout } = request;
    if (timeout !== undefined && timeout !== (this.options.timeout ?? 0)) {
      socket.setTimeout?.(timeout);
    }
  }

  /** A request is done with its socket: the next one takes it, or the pool, or it is closed. */
  #takeBack(socket: HttpSocket, options: RequestOptions): void {
    const name = this.getName(options);
    if (!socket.writable) {
      socket.destroy();
      return;
    }
    const waiting = this.requests[name];
    const request = waiting?.shift();
    if (waiting?.length === 0) delete this.requests[name];
    if (request !== undefined) {
      this.#assign(request, socket);
      return;
    }
    if (!this.#mayKeep(socket, name)) {
      socket.destroy();
      return;
    }
    socket._httpMessage = null;
    drop(this.sockets, name, socket);
    socket.once("error", dropSocket);
    socket.on("data", dropSocket);
    (this.freeSockets[name] ??= []).push(socket);
    const other = this.#nextWaiting(name);
    if (other !== undefined && this.totalSocketCount >= this.maxTotalSockets) socket.destroy();
  }

  #mayKeep(socket: HttpSocket, name: string): boolean {
    const request = socket._httpMessage as ClientRequest | null | undefined;
    if (!this.keepAlive || !request?.shouldKeepAlive) return false;
    const freeCount = this.freeSockets[name]?.length ?? 0;
    const count = freeCount + (this.sockets[name]?.length ?? 0);
    return (
      this.totalSocketCount <= this.maxTotalSockets &&
      count <= this.maxSockets &&
      freeCount < this.maxFreeSockets &&
      this.keepSocketAlive(socket)
    );
  }

  #watch(socket: HttpSocket, options: RequestOptions): void {
    const onFree = (): void => {
      this.emit("free", socket, options);
    };
    const onTimeout = (): void => {
      if (this.freeSockets[this.getName(options)]?.includes(socket)) socket.destroy();
    };
    const leave = (): void => {
      this.totalSocketCount--;
      socket.removeListener("free", onFree);
      socket.removeListener("timeout", onTimeout);
      socket.removeListener("close", leave);
      socket.removeListener("agentRemove", leave);
      this.removeSocket(socket, options);
    };
    socket.on("free", onFree);
    socket.on("timeout", onTimeout);
    socket.on("close", leave);
    socket.on("agentRemove", leave);
    if (this.options.timeout) socket.setTimeout?.(this.options.timeout);
  }
}

function drop(pool: Pool<HttpSocket>, name: string, socket: HttpSocket): void {
  const sockets = pool[name];
  const index = sockets?.indexOf(socket) ?? -1;
  if (index < 0) return;
  sockets!.splice(index, 1);
  if (sockets!.length === 0) delete pool[name];
}
