/**
 * `net.Socket`: a Duplex over one TCP connection, with Node's events, options and errors.
 *
 * Read next: `flow.ts` for the data path, `connecting.ts` for the way to a connection. What always
 * holds: `#flow` exists from `connect` (or accept) until the socket is destroyed, and `connecting`
 * is true while `#connecting` is under way.
 */
import { Buffer } from "buffer";
import type { TcpConnection } from "../../../components/tcp/types.ts";
import { HEAP_SCOPE, inHeapScope } from "../../kernel/heap-state.ts";
import { obeySignal } from "../shared/abort.ts";
import { abortError, addressError, validateFunction } from "../shared/errors.ts";
import { Duplex } from "../shared/stream.ts";
import type { BlockList } from "./block-list.ts";
import { Connecting } from "./connecting.ts";
import { socketClosed } from "./errors.ts";
import { Flow, type ReadInto, readInto, type WriteCallback } from "./flow.ts";
import { IdleTimer } from "./idle-timer.ts";
import {
  type ConnectOptions,
  duplexOptions,
  normalizeArguments,
  planConnect,
  type SocketOptions,
  validateSocketOptions,
  validateTimeout,
} from "./options.ts";
import type {
  AcceptedConnection,
  AcceptingServer,
  AddressInfo,
  SocketEnvironment,
} from "./types.ts";
import { refuseWritesAfterEnd } from "./write-after-end.ts";

export class Socket extends Duplex {
  connecting = false;
  /** The time of `setTimeout` in milliseconds. */
  timeout: number | undefined = undefined;
  /** The server that accepted this socket. */
  server: AcceptingServer | null = null;
  declare autoSelectFamilyAttemptedAddresses?: string[];
  readonly #environment: SocketEnvironment;
  readonly #idle: IdleTimer;
  readonly #readInto: ReadInto | undefined;
  #consumer: ((bytes: Uint8Array) => void) | undefined;
  #blockList: BlockList | undefined;
  #flow: Flow | undefined;
  #connecting: Connecting | undefined;
  #connection: TcpConnection | undefined;
  #pendingOptions: ((connection: TcpConnection) => void)[] | undefined;
  #isReferenced = true;
  #isReset = false;

  constructor(
    environment: SocketEnvironment,
    options: SocketOptions = {},
    accepted?: AcceptedConnection,
  ) {
    validateSocketOptions(options);
    super(duplexOptions(options));
    this.#environment = environment;
    this.#idle = new IdleTimer(environment.context, () => this.emit("timeout"));
    this.#readInto = options.onread === undefined ? undefined : readInto(this, options.onread);
    this.#blockList = options.blockList ?? undefined;
    refuseWritesAfterEnd(this, environment.context.defer);
    if (options.noDelay) this.setNoDelay(true);
    if (options.keepAlive) this.setKeepAlive(true, options.keepAliveInitialDelay);
    const { signal } = options;
    if (signal !== undefined) {
      obeySignal(environment.context, signal, this, () => {
        this.destroy(abortError(signal.reason));
      });
    }
    if (accepted !== undefined) this.#accept(accepted);
  }

  /**
   * Starts to connect: `(options)`, `(port, host)`, each with a listener for `connect`.
   *
   * @throws As Node does for arguments; what goes wrong later is an `error` event.
   */
  connect(...list: unknown[]): this {
    const [options, listener] = normalizeArguments(list);
    const { context, defaults } = this.#environment;
    const plan = planConnect(options as ConnectOptions, defaults);
    if (this.destroyed) this.#revive();
    if (this.connecting || this.#flow?.connection !== undefined) {
      const code = this.connecting ? "EALREADY" : "EISCONN";
      const error = addressError(code, "connect", plan.path ?? plan.host, plan.port);
      context.defer(() => this.destroy(error));
      return this;
    }
    if (listener !== undefined) this.once("connect", listener);
    if ((options as ConnectOptions).blockList) {
      this.#blockList = (options as ConnectOptions).blockList;
    }
    const flow = this.#flow ?? new Flow(context, this, this.#idle, this.#readInto);
    this.#flow = flow;
    flow.liveness.setReferenced(this.#isReferenced);
    this.#idle.touch();
    this.connecting = true;
    if (plan.path !== undefined) {
      const error = addressError("ENOTSUP", "connect", plan.path);
      context.defer(() => this.destroy(error));
      return this;
    }
    this.#connecting = new Connecting(context, this, plan, this.#blockList, {
      connected: (connection) => this.#connected(connection),
      failed: (error) => this.destroy(error),
    });
    this.#connecting.start((options as ConnectOptions).lookup ?? this.#environment.lookup);
    return this;
  }

  /** True until the socket has a connection. */
  get pending(): boolean {
    return this.#flow === undefined || this.connecting;
  }

  get readyState(): "opening" | "open" | "readOnly" | "writeOnly" | "closed" {
    if (this.connecting) return "opening";
    if (this.readable) return this.writable ? "open" : "readOnly";
    return this.writable ? "writeOnly" : "closed";
  }

  /** Bytes that wait in the stream; undefined without a connection. */
  get bufferSize(): number | undefined {
    return this.#flow === undefined ? undefined : this.writableLength;
  }

  get bytesRead(): number {
    return this.#bytesRead + (this.#flow?.bytesRead ?? 0);
  }

  /** Bytes handed to the connection, and those that still wait for it. */
  get bytesWritten(): number {
    let bytes = this.#bytesWritten + (this.#flow?.bytesWritten ?? 0);
    const waiting = (this as unknown as { writableBuffer: { chunk: Uint8Array }[] }).writableBuffer;
    for (const { chunk } of waiting) bytes += chunk.length;
    return bytes;
  }

  #bytesRead = 0;
  #bytesWritten = 0;

  get remoteAddress(): string | undefined {
    return this.#format(this.#connection?.remoteAddress);
  }

  get remotePort(): number | undefined {
    return this.#connection?.remotePort;
  }

  get remoteFamily(): string | undefined {
    return familyName(this.remoteAddress);
  }

  get localAddress(): string | undefined {
    return this.#format(this.#connection?.localAddress);
  }

  get localPort(): number | undefined {
    return this.#connection?.localPort;
  }

  get localFamily(): string | undefined {
    return familyName(this.localAddress);
  }

  /** The own end; an empty object without a connection. */
  address(): AddressInfo | Record<string, never> {
    const { localAddress, localPort } = this;
    if (this.destroyed || localAddress === undefined || localPort === undefined) return {};
    return { address: localAddress, family: familyName(localAddress)!, port: localPort };
  }

  /**
   * Emits `timeout` after `ms` without traffic; the connection stays.
   *
   * @param ms 0 switches it off.
   */
  setTimeout(ms: number, callback?: () => void): this {
    if (this.destroyed) return this;
    this.timeout = ms;
    const idleMs = validateTimeout(ms);
    if (callback !== undefined) {
      validateFunction(callback, "callback");
      if (idleMs === 0) this.removeListener("timeout", callback);
      else this.once("timeout", callback);
    }
    this.#idle.setIdleMs(idleMs);
    return this;
  }

  /** Switches Nagle's algorithm off (RFC 9293 3.7.4), or on with false. */
  setNoDelay(noDelay?: boolean): this {
    const value = noDelay === undefined ? true : Boolean(noDelay);
    this.#configure((connection) => connection.setNoDelay(value));
    return this;
  }

  /** Switches keepalive probes on or off (RFC 9293 3.8.4). `initialDelayMs` 0 keeps the default. */
  setKeepAlive(enable?: boolean, initialDelayMs?: number): this {
    const idleUs = Math.floor(Number(initialDelayMs ?? 0) / 1000) * 1_000_000;
    this.#configure((connection) => {
      if (!enable) connection.setKeepAlive(0);
      else connection.setKeepAlive(idleUs > 0 ? idleUs : DEFAULT_KEEP_ALIVE_US);
    });
    return this;
  }

  /** Lets the system live while this socket is open (the default). */
  ref(): this {
    this.#isReferenced = true;
    this.#flow?.liveness.setReferenced(true);
    return this;
  }

  /** Lets the system end though this socket is open. */
  unref(): this {
    this.#isReferenced = false;
    this.#flow?.liveness.setReferenced(false);
    return this;
  }

  override pause(): this {
    if (this.#readInto !== undefined || this.#consumer !== undefined) this.#flow?.pause();
    return super.pause();
  }

  override resume(): this {
    if (this.#readInto !== undefined || this.#consumer !== undefined) this.#flow?.resume();
    return super.resume();
  }

  override on(event: string | symbol, listener: (...values: never[]) => void): this {
    if (this.#consumer !== undefined && (event === "data" || event === "readable")) {
      const take = this.#consumer;
      this._release();
      super.on("data", take);
    }
    return super.on(event as string, listener as (...values: unknown[]) => void);
  }

  override addListener(event: string | symbol, listener: (...values: never[]) => void): this {
    return this.on(event, listener);
  }

  /**
   * For a protocol above, as Node's HTTP parser does it: `take` gets what arrives, in place of
   * 'data' and past the stream's queue. Once somebody listens for 'data', both get it as an event.
   */
  _consume(take: (bytes: Uint8Array) => void): void {
    this.#consumer = take;
    this.#flow?.consume(take);
    this.resume();
  }

  /** Ends what `_consume` began: the stream gets what arrives. */
  _release(): void {
    this.#consumer = undefined;
    this.#flow?.consume(undefined);
  }

  /** Ends, and destroys the socket once everything is written. */
  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once("finish", this.destroy);
  }

  /** Closes by RST instead of FIN; while connecting, as soon as that is done. */
  resetAndDestroy(): this {
    if (this.#flow === undefined) {
      this.destroy(socketClosed());
    } else if (this.connecting) {
      // A turn later, so that the handshake's last segment is sent before the RST.
      this.once("connect", () => this.#environment.context.defer(() => this.#reset()));
    } else {
      this.#reset();
    }
    return this;
  }

  /**
   * As every Writable's. A chunk that fits into the send queue while nothing waits goes there at
   * once, past the stream's own queue, which costs more than a small message does.
   */
  override write(chunk: unknown, encoding?: unknown, callback?: unknown): boolean {
    const state = this._writableState as unknown as WritableState;
    const { nextTick } = this.#environment.context;
    const isIdle = state.length === 0 && !state.corked && !state.ending && !state.destroyed;
    const isPlain = callback === undefined || (typeof callback === "function" && nextTick);
    if (!isIdle || !isPlain) return this.#writeThrough(chunk, encoding, callback);
    let bytes: Uint8Array;
    let length: number;
    const isText = typeof chunk === "string";
    if (isText && (encoding === "latin1" || encoding === "utf8")) {
      // Short texts go by memory that all sockets share, so that nothing is made for them.
      const { scratch } = this.#environment;
      const isShort = chunk.length * MAX_UTF8_BYTES <= scratch.length;
      bytes = isShort ? scratch : Buffer.from(chunk, encoding);
      length = isShort ? scratch.write(chunk, 0, encoding) : bytes.length;
    } else if (chunk instanceof Uint8Array && typeof encoding !== "function") {
      bytes = chunk;
      length = chunk.length;
    } else {
      return this.#writeThrough(chunk, encoding, callback);
    }
    const isLong = length === 0 || length >= state.highWaterMark;
    const taken = isLong ? 0 : (this.#flow?.writeNow(bytes, length) ?? 0);
    if (length === 0 || taken < length) {
      const rest = bytes.subarray(taken, length);
      const isShared = bytes === this.#environment.scratch;
      return this.#writeThrough(isShared ? Buffer.from(rest) : rest, undefined, callback);
    }
    if (callback !== undefined) nextTick!(callback as WriteCallback, null);
    return true;
  }

  override _read(): void {
    this.#flow?.resume();
  }

  override _write(chunk: Uint8Array, _encoding: string, callback: WriteCallback): void {
    if (this.#flow === undefined) callback(socketClosed());
    else this.#flow.write(chunk, callback);
  }

  override _writev(
    chunks: { chunk: Uint8Array; encoding: string }[],
    callback: WriteCallback,
  ): void {
    const bytes = chunks.map(({ chunk }) => chunk);
    if (this.#flow === undefined) callback(socketClosed());
    else this.#flow.writeAll(bytes, callback);
  }

  override _final(callback: WriteCallback): void {
    if (this.#flow === undefined) callback();
    else this.#flow.finish(() => this.#environment.context.defer(callback));
  }

  /** In the system's scope: half an end would leave a connection to nobody. */
  override destroy(error?: Error): this {
    inHeapScope(this.#environment.context.heapState, HEAP_SCOPE.SYSTEM, () => super.destroy(error));
    return this;
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.connecting = false;
    this.#connecting?.cancel();
    this.#connecting = undefined;
    this.#idle.stop();
    const flow = this.#flow;
    let failWrite: (() => void) | undefined;
    if (flow !== undefined) {
      this.#bytesRead += flow.bytesRead;
      this.#bytesWritten += flow.bytesWritten;
      this.#flow = undefined;
      failWrite = flow.close(this.#isReset);
    }
    callback(error);
    this.#environment.context.defer(() => {
      if (flow === undefined) this.emit("close");
      else this.emit("close", error !== null);
      failWrite?.();
    });
    this.server?.forget();
  }

  #writeThrough(...values: unknown[]): boolean {
    return (super.write as (...list: unknown[]) => boolean).apply(this, values);
  }

  #accept({ connection, server, paused }: AcceptedConnection): void {
    const flow = new Flow(this.#environment.context, this, this.#idle, this.#readInto);
    this.server = server;
    this.#flow = flow;
    this.#adopt(connection);
    flow.attach(connection);
    if (paused) this.pause();
    else this.read(0);
  }

  #connected(connection: TcpConnection): void {
    this.connecting = false;
    this.#connecting = undefined;
    this.#adopt(connection);
    this.#idle.touch();
    this.#flow!.attach(connection);
    this.emit("connect");
    this.emit("ready");
    if (!this.isPaused()) this.read(0);
  }

  #adopt(connection: TcpConnection): void {
    this.#connection = connection;
    for (const configure of this.#pendingOptions ?? []) configure(connection);
    this.#pendingOptions = undefined;
  }

  #configure(configure: (connection: TcpConnection) => void): void {
    const connection = this.#flow?.connection;
    if (connection !== undefined) configure(connection);
    else if (this.pending) (this.#pendingOptions ??= []).push(configure);
  }

  #reset(): void {
    this.#isReset = true;
    this.destroy();
    this.#isReset = false;
  }

  /** A destroyed socket connects anew: its streams begin again. */
  #revive(): void {
    (this as unknown as { _undestroy(): void })._undestroy();
    this.#connection = undefined;
    this.#bytesRead = 0;
    this.#bytesWritten = 0;
    if (Object.hasOwn(this, "write")) delete (this as { write?: unknown }).write;
  }

  #format(address: number | undefined): string | undefined {
    return address === undefined ? undefined : this.#environment.context.network.format(address);
  }
}

/** What the short way of `write` asks of the stream's state. */
interface WritableState {
  readonly length: number;
  readonly corked: number;
  readonly ending: boolean;
  readonly destroyed: boolean;
  readonly highWaterMark: number;
}

/** UTF-8 takes no more for each unit of a string. */
const MAX_UTF8_BYTES = 3;

/** RFC 9293 3.8.4 asks for no less than two hours as the default, in microseconds. */
const DEFAULT_KEEP_ALIVE_US = 7_200_000_000;

function familyName(address: string | undefined): string | undefined {
  if (address === undefined) return undefined;
  return address.includes(":") ? "IPv6" : "IPv4";
}
