import { Buffer } from "buffer";
import { encodeRequestLine, isRequestTarget, isToken } from "../../../components/http/mod.ts";
import {
  abortError,
  codedError,
  describeReceived,
  invalidArgType,
  validateNumber,
} from "../shared/errors.ts";
import { ClientConnection } from "./client-connection.ts";
import {
  connectionReset,
  headersSent,
  invalidProtocol,
  invalidToken,
  unescapedCharacters,
} from "./errors.ts";
import type { IncomingMessage } from "./incoming-message.ts";
import type { HttpSocket } from "./needs.ts";
import { OutgoingMessage } from "./outgoing-message.ts";
import {
  normalizeRequest,
  type AgentLike,
  type RequestOptions,
  type SocketCreated,
} from "./request-options.ts";
import type { HttpRuntime } from "./runtime.ts";

/** Methods whose requests have no body unless the application says so. */
const BODYLESS_METHODS: ReadonlySet<string> = new Set(
  "GET HEAD DELETE OPTIONS TRACE CONNECT".split(" "),
);

/** What a system's requests share: its agent, and a way to make another. */
export interface ClientEnvironment {
  readonly runtime: HttpRuntime;
  readonly globalAgent: AgentLike;
  makeAgent(): AgentLike;
}

export class ClientRequest extends OutgoingMessage {
  declare readonly _environment: ClientEnvironment;
  readonly method: string;
  path: string;
  readonly host: string;
  readonly protocol: string;
  readonly agent: AgentLike | undefined;
  readonly socketPath: string | undefined;
  timeout: number | undefined = undefined;
  aborted = false;
  /** The socket carried a request before: ECONNRESET then means that the server had closed it. */
  reusedSocket = false;
  maxHeadersCount: number | null = null;
  readonly joinDuplicateHeaders: boolean;
  res: IncomingMessage | null = null;
  upgradeOrConnect = false;
  _responseEnded = false;
  _reason: Error | undefined = undefined;
  readonly #maxHeaderBytes: number;
  #connection: ClientConnection | undefined;
  #timeoutListener: (() => void) | undefined;

  /**
   * `(url, options, listener)`, `(url, listener)` or `(options, listener)`.
   *
   * @throws ERR_INVALID_URL, ERR_INVALID_PROTOCOL, ERR_UNESCAPED_CHARACTERS, ERR_INVALID_HTTP_TOKEN,
   *   ERR_INVALID_ARG_TYPE, ERR_HTTP_INVALID_HEADER_VALUE, ERR_INVALID_CHAR
   */
  constructor(input: unknown, second?: unknown, third?: unknown) {
    super();
    const { runtime, globalAgent } = this._environment;
    const [options, listener] = normalizeRequest(runtime, input, second, third);
    this.agent = this.#chooseAgent(options);
    this.protocol = this.#checkProtocol(options, options._defaultAgent ?? globalAgent);
    const path = options.path ? String(options.path) : "/";
    if (!isSendablePath(path)) throw unescapedCharacters("Request path");
    this.path = path;
    const defaultPort = options.defaultPort || this.agent?.defaultPort;
    const port = options.port || defaultPort || 80;
    const host =
      hostOf(options.hostname, "hostname") ?? hostOf(options.host, "host") ?? "localhost";
    this.host = host;
    this.method = methodOf(options.method);
    this.socketPath = options.socketPath;
    this.joinDuplicateHeaders = options.joinDuplicateHeaders === true;
    this.#maxHeaderBytes = options.maxHeaderSize || runtime.maxHeaderSize;
    if (options.timeout !== undefined) {
      validateNumber(options.timeout, "timeout");
      this.timeout = options.timeout;
    }
    if (listener !== undefined) this.once("response", listener as () => void);
    this.useChunkedEncodingByDefault = !BODYLESS_METHODS.has(this.method);
    this.shouldKeepAlive = this.#isReusable();
    this._last = !this.shouldKeepAlive;
    this._uniqueHeaders = uniqueNames(options.uniqueHeaders);
    this.#setHeaders(options, port, defaultPort);
    if (options.signal !== undefined) this.#obey(options);
    // The signal is the request's: its socket, which may not be anybody's yet, does not hear it.
    this.#connect({ ...options, host, port, path: options.socketPath, signal: undefined });
  }

  override _implicitHeader(): void {
    if (this._header !== null) throw headersSent("render");
    this._storeHeader(encodeRequestLine(this.method, encodePath(this.path)), undefined);
  }

  override _hasAgent(): boolean {
    return this.agent !== undefined;
  }

  /** Ends the request at once; the former name of `destroy`, which also emits 'abort'. */
  abort(): void {
    if (this.aborted) return;
    this.aborted = true;
    this._runtime.defer(() => this.emit("abort"));
    this.destroy();
  }

  /**
   * Ends the request at once, with its connection.
   *
   * @param error What 'error' carries; without one, a request that has no response yet gets
   *   "socket hang up".
   */
  override destroy(error?: Error): this {
    if (this.destroyed) return this;
    this.destroyed = true;
    this.errored = error ?? null;
    this._reason = error;
    this.res?._dump();
    this.socket?.destroy(error);
    return this;
  }

  /** Takes the socket that the agent found, or the reason why there is none. */
  onSocket(socket: HttpSocket | undefined, error?: Error | null): void {
    this._runtime.defer(() => this.#onSocket(socket, error ?? undefined));
  }

  /** Emits 'timeout' after so many milliseconds without traffic on the socket. */
  override setTimeout(milliseconds: number, callback?: () => void): this {
    if (this._responseEnded) return this;
    validateNumber(milliseconds, "msecs");
    if (callback !== undefined) this.once("timeout", callback);
    this.timeout = milliseconds;
    this.#listenForTimeout();
    this.#withSocket((socket) => socket.setTimeout?.(milliseconds));
    return this;
  }

  clearTimeout(callback?: () => void): this {
    return this.setTimeout(0, callback);
  }

  setNoDelay(noDelay?: boolean): void {
    this.#withSocket((socket) => socket.setNoDelay?.(noDelay));
  }

  setSocketKeepAlive(enable?: boolean, initialDelay?: number): void {
    this.#withSocket((socket) => socket.setKeepAlive?.(enable, initialDelay));
  }

  override _finished(): void {
    this.#connection?.requestFinished();
  }

  _fail(error: Error): void {
    this.errored = error;
    this.emit("error", error);
  }

  _close(): void {
    if (this._closed) return;
    this._closed = true;
    this.emit("close");
  }

  _limitHeaders(rawHeaders: string[]): string[] {
    const pairs = (this.maxHeadersCount ?? 0) * 2;
    return pairs > 0 && rawHeaders.length > pairs ? rawHeaders.slice(0, pairs) : rawHeaders;
  }

  _clearSocketTimeout(): void {
    const { socket } = this;
    if (socket === null || this.#timeoutListener === undefined) return;
    socket.removeListener("timeout", this.#timeoutListener);
    this.#timeoutListener = undefined;
    socket.setTimeout?.(0);
  }

  #chooseAgent(options: RequestOptions): AgentLike | undefined {
    const { agent } = options;
    if (agent === false) return this._environment.makeAgent();
    if (agent === null || agent === undefined) {
      if (typeof options.createConnection === "function") return undefined;
      return options._defaultAgent ?? this._environment.globalAgent;
    }
    if (typeof agent !== "object" || typeof agent.addRequest !== "function") {
      throw codedError(
        "ERR_INVALID_ARG_TYPE",
        `The "options.agent" property must be one of Agent-like Object, undefined, or false. Received ${describeReceived(agent)}`,
        TypeError,
      );
    }
    return agent;
  }

  #checkProtocol(options: RequestOptions, defaultAgent: AgentLike): string {
    const protocol = options.protocol || defaultAgent.protocol || "http:";
    const expected = this.agent?.protocol || defaultAgent.protocol || "http:";
    if (protocol !== expected) throw invalidProtocol(protocol, expected);
    return protocol;
  }

  #isReusable(): boolean {
    const { agent } = this;
    if (agent === undefined) return false;
    return agent.keepAlive === true || Number.isFinite(agent.maxSockets);
  }

  #setHeaders(options: RequestOptions, port: number | string, defaultPort: unknown): void {
    const isDefault = options.setDefaultHeaders !== false;
    if (!isDefault) {
      this._removedConnection = true;
      this._removedContLen = true;
      this._removedTE = true;
    }
    const { headers } = options;
    if (Array.isArray(headers)) {
      this._storeHeader(encodeRequestLine(this.method, encodePath(this.path)), headers);
      return;
    }
    for (const [name, value] of Object.entries((headers ?? {}) as Record<string, string>)) {
      this.setHeader(name, value);
    }
    if ((options.setHost ?? isDefault) && !this.hasHeader("host")) {
      this.setHeader("Host", hostField(this.host, Number(port), defaultPort));
    }
    if (options.auth && !this.hasHeader("authorization")) {
      const credentials = Buffer.from(options.auth).toString("base64");
      this.setHeader("Authorization", `Basic ${credentials}`);
    }
    if (this.hasHeader("expect")) this._implicitHeader();
  }

  #obey(options: RequestOptions): void {
    const { signal } = options;
    if (signal === undefined) return;
    const abort = (): void => {
      this.destroy(abortError(signal.reason));
    };
    if (signal.aborted) {
      abort();
      return;
    }
    signal.addEventListener("abort", abort, { once: true });
    this.once("close", () => signal.removeEventListener("abort", abort));
  }

  #connect(options: RequestOptions): void {
    const { agent } = this;
    if (agent !== undefined) {
      agent.addRequest(this as never, options);
      return;
    }
    let isDone = false;
    const done: SocketCreated = (error, socket) => {
      if (isDone) return;
      isDone = true;
      this.onSocket(socket, error);
    };
    const socket = options.createConnection!(options, done);
    if (socket) done(null, socket);
  }

  #onSocket(socket: HttpSocket | undefined, error: Error | undefined): void {
    if (this.destroyed || error !== undefined || socket === undefined) {
      this.#refuseSocket(socket, error);
      return;
    }
    this.socket = socket;
    socket._httpMessage = this;
    this.#connection = new ClientConnection(this, socket, this.#maxHeaderBytes);
    const idleMs = this.timeout ?? this.agent?.options?.["timeout"];
    if (idleMs !== undefined) this.#listenForTimeout();
    this.emit("socket", socket);
    socket.resume();
    this._flushQueue();
  }

  /** The request was destroyed before it had a socket, or there is none to have. */
  #refuseSocket(socket: HttpSocket | undefined, error: Error | undefined): void {
    const reason = this._reason ?? error;
    this.destroyed = true;
    if (reason !== undefined) this._fail(reason);
    else if (!this.aborted) this._fail(connectionReset("socket hang up"));
    this._close();
    if (socket === undefined) return;
    if (error === undefined && this.agent !== undefined && !socket.destroyed) socket.emit("free");
    else socket.destroy(error);
  }

  #listenForTimeout(): void {
    if (this.#timeoutListener !== undefined) return;
    const listener = (): void => {
      this.emit("timeout");
    };
    this.#timeoutListener = listener;
    this.#withSocket((socket) => {
      socket.once("timeout", listener);
    }, false);
  }

  /** Calls back with the socket, once there is one (and it is connected). */
  #withSocket(use: (socket: HttpSocket) => void, isConnected = true): void {
    const whenConnected = (socket: HttpSocket): void => {
      if (isConnected && socket.connecting === true) socket.once("connect", () => use(socket));
      else use(socket);
    };
    if (this.socket !== null) whenConnected(this.socket);
    else this.once("socket", whenConnected);
  }
}

function methodOf(method: unknown): string {
  if (method === undefined || method === null || method === "") return "GET";
  if (typeof method !== "string") throw invalidArgType("options.method", "string", method);
  if (!isToken(method)) throw invalidToken("Method", method);
  return method.toUpperCase();
}

function hostOf(host: unknown, name: string): string | undefined {
  if (host !== null && host !== undefined && typeof host !== "string") {
    throw invalidArgType(`options.${name}`, ["string", "undefined", "null"], host);
  }
  return host || undefined;
}

/** As Node, a path may have characters up to 0xff; they are sent as ISO 8859-1. */
function isSendablePath(path: string): boolean {
  for (let index = 0; index < path.length; index++) {
    const unit = path.charCodeAt(index);
    if (unit <= 0x20 || unit > 0xff) return false;
  }
  return true;
}

/** A target is US-ASCII (RFC 9112 3.2): what is beyond it goes out percent-encoded. */
function encodePath(path: string): string {
  if (isRequestTarget(path)) return path;
  let encoded = "";
  for (const byte of Buffer.from(path, "latin1")) {
    const isPlain = byte > 0x20 && byte < 0x7f;
    encoded += isPlain
      ? String.fromCharCode(byte)
      : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}

/** The value of Host: an IPv6 address in brackets, the port when it is not the default. */
function hostField(host: string, port: number, defaultPort: unknown): string {
  const colons = host.split(":").length - 1;
  const name = colons > 1 && !host.startsWith("[") ? `[${host}]` : host;
  return port && port !== defaultPort ? `${name}:${port}` : name;
}

function uniqueNames(
  names: readonly (string | readonly string[])[] | undefined,
): ReadonlySet<string> | undefined {
  if (names === undefined) return undefined;
  return new Set(names.flat().map((name) => name.toLowerCase()));
}
