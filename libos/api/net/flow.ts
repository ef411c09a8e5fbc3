/**
 * The data path between one TCP connection and one stream.
 *
 * Towards the application each delivered piece is copied once, from packet memory into a fresh
 * Buffer, and pushed within the turn that received it; when the stream has enough, nothing more is
 * consumed, TCP's window closes, and `resume` opens it again. Towards the peer, bytes are copied
 * once into the send queue; what does not fit waits for `onSpace`, and with it the stream's write
 * callback. No promise, closure or timer for each piece.
 *
 * Here is also the border of heap scopes (`Hal.heapState`): TCP works in the system's, whoever calls it,
 * and what arrives is work for one peer, whose stream ends where memory runs out.
 */
import { Buffer } from "buffer";
import type { TcpConnection, TcpError, TcpHandler } from "../../../components/tcp/types.ts";
import { HEAP_SCOPE, inHeapScope } from "../../kernel/heap-state.ts";
import type { TcpContext } from "../shared/context.ts";
import { socketError } from "../shared/errors.ts";
import { rethrowLater } from "../shared/guard.ts";
import { isOutOfMemory } from "../shared/out-of-memory.ts";
import { Liveness } from "../shared/liveness.ts";
import { closedBeforeConnection, socketClosed } from "./errors.ts";
import type { IdleTimer } from "./idle-timer.ts";
import type { OnReadOptions } from "./options.ts";

/** Bounds of the data path. */
export const FLOW_LIMITS = {
  /** The longest Buffer that one `data` event carries, in bytes; more arrives as several. */
  maxPieceBytes: 65_536,
  /** Corked writes up to this sum are joined into one before they are sent, in bytes. */
  maxJoinBytes: 65_536,
  /** A text of a third of this goes to the send queue without a Buffer of its own, in bytes. */
  scratchBytes: 4_096,
} as const;

/** The part of a stream that a flow drives. */
export interface FlowStream {
  push(chunk: Uint8Array | null): boolean;
  read(size: number): unknown;
  destroy(error?: Error): unknown;
}

export type WriteCallback = (error?: Error | null) => void;

/** `onread`: the application's own buffer takes the data, and the stream sees only the end. */
export interface ReadInto {
  /** The buffer to fill now, at least one byte long. */
  buffer(): Uint8Array;
  /** @returns False to stop reading until `resume`. */
  received(length: number, buffer: Uint8Array): boolean;
}

const NO_CHUNKS: readonly Uint8Array[] = [];

export class Flow implements TcpHandler {
  /** Payload so far, in bytes; `bytesWritten` counts what the stream handed down. */
  bytesRead = 0;
  bytesWritten = 0;
  readonly liveness: Liveness;
  readonly #context: TcpContext;
  readonly #stream: FlowStream;
  readonly #idle: IdleTimer;
  readonly #readInto: ReadInto | undefined;
  #connection: TcpConnection | undefined;
  #isAttached = false;
  #isClosed = false;
  #failure: Error | undefined;
  /** Takes what arrives in place of the stream. */
  #consume: ((bytes: Uint8Array) => void) | undefined;
  // Nothing is consumed before the stream has asked for it.
  #isPaused = true;
  #isDelivering = false;
  // The write under way: what is left of it, and whom to tell.
  #chunks: readonly Uint8Array[] = NO_CHUNKS;
  #chunkIndex = 0;
  #chunkOffset = 0;
  #written: WriteCallback | undefined;
  #finished: WriteCallback | undefined;

  constructor(
    context: TcpContext,
    stream: FlowStream,
    idle: IdleTimer,
    readInto: ReadInto | undefined,
  ) {
    this.#context = context;
    this.#stream = stream;
    this.#idle = idle;
    this.#readInto = readInto;
    this.liveness = new Liveness(context);
    this.liveness.setActive(true);
  }

  /** The connection, from `attach` until it is gone. */
  get connection(): TcpConnection | undefined {
    return this.#connection;
  }

  /** Takes an established connection over; what was written meanwhile is sent. */
  attach(connection: TcpConnection): void {
    this.#connection = connection;
    this.#isAttached = true;
    connection.handler = this;
    if (this.#written !== undefined) this.#continueWrite();
    if (this.#finished !== undefined) this.finish(this.#finished);
  }

  /** From now on `take` gets what arrives, and the stream its end alone; undefined: the stream again. */
  consume(take: ((bytes: Uint8Array) => void) | undefined): void {
    this.#consume = take;
  }

  /** Stops consuming: received data stays with TCP, and its window closes. */
  pause(): void {
    this.#isPaused = true;
  }

  /** The stream has room. Cheap when nothing waits. */
  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    const connection = this.#connection;
    if (this.#isDelivering || connection === undefined) return;
    const { heapState } = this.#context;
    const scope = heapState[0]!;
    heapState[0] = HEAP_SCOPE.SYSTEM;
    try {
      connection.resume();
    } finally {
      heapState[0] = scope;
    }
  }

  /**
   * Sends what fits of the first `length` bytes at once.
   *
   * @returns How many were taken; 0 without a connection.
   */
  writeNow(chunk: Uint8Array, length: number): number {
    const connection = this.#connection;
    if (connection === undefined) return 0;
    const taken = this.#send(connection, chunk, 0, length);
    this.bytesWritten += taken;
    this.#idle.touch();
    return taken;
  }

  /** Sends one chunk; `callback` is called once all of it lies in the send queue. */
  write(chunk: Uint8Array, callback: WriteCallback): void {
    const length = chunk.length;
    this.bytesWritten += length;
    const connection = this.#connection;
    if (connection !== undefined) {
      const taken = this.#send(connection, chunk, 0, length);
      if (taken === length) {
        this.#idle.touch();
        callback();
        return;
      }
      this.#chunkOffset = taken;
    } else {
      if (this.#isClosed) return callback(socketError("EPIPE", "write"));
      this.#chunkOffset = 0;
    }
    this.#chunks = [chunk];
    this.#chunkIndex = 0;
    this.#written = callback;
  }

  /** As `write`, for several chunks; small ones leave as one. */
  writeAll(chunks: readonly Uint8Array[], callback: WriteCallback): void {
    let total = 0;
    for (const chunk of chunks) total += chunk.length;
    if (total <= FLOW_LIMITS.maxJoinBytes) {
      this.write(Buffer.concat(chunks as Uint8Array[], total), callback);
      return;
    }
    this.bytesWritten += total;
    if (this.#isClosed) return callback(socketError("EPIPE", "write"));
    this.#chunks = chunks;
    this.#chunkIndex = 0;
    this.#chunkOffset = 0;
    this.#written = callback;
    if (this.#connection !== undefined) this.#continueWrite();
  }

  /** Sends FIN after everything that was written (half-close). */
  finish(callback: WriteCallback): void {
    if (this.#connection === undefined && !this.#isClosed) {
      this.#finished = callback;
      return;
    }
    this.#finished = undefined;
    const connection = this.#connection;
    if (connection !== undefined) {
      inHeapScope(this.#context.heapState, HEAP_SCOPE.SYSTEM, () => connection.shutdown());
    }
    callback();
  }

  /**
   * Parts from the connection: it closes by FIN, or with `reset` by RST.
   *
   * @returns Tells a write under way that it failed; undefined when there is none.
   */
  close(reset: boolean): (() => void) | undefined {
    this.#isClosed = true;
    const connection = this.#connection;
    const written = this.#written;
    this.#written = undefined;
    this.#finished = undefined;
    if (connection === undefined || reset) this.#release();
    if (reset) connection?.abort();
    else connection?.close();
    if (written === undefined) return undefined;
    const closed = this.#isAttached ? socketClosed : closedBeforeConnection;
    return () => written(this.#failure ?? closed());
  }

  onConnect(): void {}

  onData(_connection: TcpConnection, offset: number, length: number): number {
    if (this.#isPaused) return 0;
    this.#idle.touch();
    this.#isDelivering = true;
    let consumed = 0;
    const { heapState } = this.#context;
    const scope = heapState[0]!;
    heapState[0] = HEAP_SCOPE.PEER;
    try {
      while (consumed < length && !this.#isPaused && !this.#isClosed) {
        const left = length - consumed;
        consumed +=
          this.#readInto === undefined
            ? this.#deliver(offset + consumed, left)
            : this.#deliverInto(this.#readInto, offset + consumed, left);
      }
    } catch (error) {
      if (!isOutOfMemory(error)) throw error;
      this.#threw(error);
    } finally {
      heapState[0] = scope;
      this.#isDelivering = false;
    }
    return consumed;
  }

  onEnd(): void {
    try {
      this.#stream.push(null);
      this.#stream.read(0);
    } catch (error) {
      this.#threw(error);
    }
  }

  onSpace(): void {
    if (this.#written === undefined) return;
    this.#idle.touch();
    try {
      this.#continueWrite();
    } catch (error) {
      this.#threw(error);
    }
  }

  onClose(_connection: TcpConnection, error: TcpError | undefined): void {
    const isBlocked = this.#written !== undefined && this.#isPaused;
    this.#release();
    if (error === undefined || this.#isClosed) return;
    this.#isClosed = true;
    this.#failure = socketError(error, isBlocked ? "write" : "read");
    this.#stream.destroy(this.#failure);
  }

  #deliver(offset: number, left: number): number {
    const length = left < FLOW_LIMITS.maxPieceBytes ? left : FLOW_LIMITS.maxPieceBytes;
    const chunk = Buffer.allocUnsafe(length);
    this.#context.memory.copyOut(chunk, 0, offset, length);
    this.bytesRead += length;
    try {
      if (this.#consume !== undefined) this.#consume(chunk);
      else if (!this.#stream.push(chunk)) this.#isPaused = true;
    } catch (error) {
      this.#threw(error);
    }
    return length;
  }

  #deliverInto(into: ReadInto, offset: number, left: number): number {
    let length = 0;
    try {
      const buffer = into.buffer();
      length = Math.min(left, buffer.length);
      this.#context.memory.copyOut(buffer, 0, offset, length);
      this.bytesRead += length;
      if (!into.received(length, buffer)) this.#isPaused = true;
    } catch (error) {
      this.#threw(error);
      if (length === 0) this.#isPaused = true;
    }
    return length;
  }

  #send(connection: TcpConnection, chunk: Uint8Array, offset: number, length: number): number {
    const { heapState } = this.#context;
    const scope = heapState[0]!;
    heapState[0] = HEAP_SCOPE.SYSTEM;
    try {
      return connection.send(chunk, offset, length);
    } finally {
      heapState[0] = scope;
    }
  }

  #continueWrite(): void {
    const connection = this.#connection!;
    while (this.#chunkIndex < this.#chunks.length) {
      const chunk = this.#chunks[this.#chunkIndex]!;
      const left = chunk.length - this.#chunkOffset;
      const taken = this.#send(connection, chunk, this.#chunkOffset, left);
      if (taken < left) {
        this.#chunkOffset += taken;
        return;
      }
      this.#chunkIndex++;
      this.#chunkOffset = 0;
    }
    const written = this.#written!;
    this.#written = undefined;
    this.#chunks = NO_CHUNKS;
    written();
  }

  /** What the application throws surfaces in a turn of its own; without memory the stream ends. */
  #threw(error: unknown): void {
    if (isOutOfMemory(error)) this.#stream.destroy(socketError("ENOMEM", "read"));
    else rethrowLater(this.#context, error);
  }

  #release(): void {
    this.#connection = undefined;
    this.liveness.setActive(false);
  }
}

/** Makes `onread` uniform: a buffer, or a function that gives one for each piece. */
export function readInto(socket: FlowStream, options: OnReadOptions): ReadInto | undefined {
  const { buffer, callback } = options;
  if (typeof callback !== "function") return undefined;
  if (typeof buffer !== "function" && !(buffer instanceof Uint8Array)) return undefined;
  const next = typeof buffer === "function" ? buffer : (): Uint8Array => buffer;
  return {
    buffer: next,
    received: (length, filled) => callback.call(socket, length, filled) !== false,
  };
}
