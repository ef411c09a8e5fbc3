/**
 * A message to send: a response at a server, a request at a client. Not one of the stream classes,
 * as in Node, but with the same face: `write`, `end`, 'drain', 'finish', 'close'.
 *
 * What always holds: the head goes out with the first bytes of the body, in one write where both are
 * small. Without a socket, what is written waits in `_queue`; `_flushQueue` sends it.
 */
import { Buffer } from "buffer";
import {
  classifyFieldValue,
  encodeChunkSize,
  encodeTrailers,
  LAST_CHUNK,
} from "../../../components/http/mod.ts";
import { invalidArgType } from "../shared/errors.ts";
import { byteLength, isJoinable, joinBytes, type Chunk } from "./chunks.ts";
import { setDefaults } from "./defaults.ts";
import {
  alreadyFinished,
  bodyNotAllowed,
  cannotPipe,
  contentLengthMismatch,
  invalidCharacter,
  methodNotImplemented,
  nullValues,
  streamDestroyed,
  writeAfterEnd,
} from "./errors.ts";
import { validateHeaderName } from "./header-fields.ts";
import { hasListeners } from "./listeners.ts";
import type { HttpSocket, WriteCallback } from "./needs.ts";
import { OutgoingFraming, type HeaderSource } from "./outgoing-framing.ts";

interface QueuedWrite {
  readonly data: Chunk;
  readonly encoding: string | undefined;
  readonly callback: WriteCallback | undefined;
}

/** Up to this size a body's bytes are copied behind the head, so that both leave in one write. */
const JOIN_BYTES = 16_384;

/** What waits for a socket before `write` asks to pause. */
const QUEUE_BYTES = 65_536;

const usualEmit = OutgoingFraming.prototype.emit;

export class OutgoingMessage extends OutgoingFraming {
  declare socket: HttpSocket | null;
  declare readonly writable: boolean;
  declare destroyed: boolean;
  /** `end` was called. */
  declare finished: boolean;
  /** Throws when the body's bytes are not as many as Content-Length says. */
  declare strictContentLength: boolean;
  declare _closed: boolean;
  declare _rejectsBody: boolean;
  declare errored: Error | null;
  declare _isHeadSent: boolean;
  declare _bodyBytes: number;
  declare _trailers: string[] | undefined;
  declare _queue: QueuedWrite[] | undefined;
  declare _queuedBytes: number;
  declare _needsDrain: boolean;
  declare _corked: number;
  declare _isFlushed: boolean;

  // oxlint-disable-next-line no-useless-constructor
  constructor(self?: unknown) {
    super(self);
  }

  get connection(): HttpSocket | null {
    return this.socket;
  }

  set connection(socket: HttpSocket | null) {
    this.socket = socket;
  }

  get writableEnded(): boolean {
    return this.finished;
  }

  /** All of the message has been handed to the socket. */
  get writableFinished(): boolean {
    return this.finished && this._isFlushed;
  }

  get writableObjectMode(): boolean {
    return false;
  }

  get writableCorked(): number {
    return this._corked;
  }

  get writableLength(): number {
    return this._queuedBytes + (this.socket?.writableLength ?? 0);
  }

  get writableHighWaterMark(): number {
    return this.socket?.writableHighWaterMark ?? QUEUE_BYTES;
  }

  get writableNeedDrain(): boolean {
    return !this.destroyed && !this.finished && this._needsDrain;
  }

  get closed(): boolean {
    return this._closed;
  }

  /** Holds back what is written until `uncork`. */
  cork(): void {
    this._corked++;
    this.socket?.cork();
  }

  uncork(): void {
    if (this._corked === 0) return;
    this._corked--;
    this.socket?.uncork();
  }

  setTimeout(milliseconds: number, callback?: () => void): this {
    if (callback !== undefined) this.on("timeout", callback);
    if (this.socket === null) {
      this.once("socket", (socket: HttpSocket) => socket.setTimeout?.(milliseconds));
    } else {
      this.socket.setTimeout?.(milliseconds);
    }
    return this;
  }

  /** Ends the message with its connection. */
  destroy(error?: Error): this {
    if (this.destroyed) return this;
    this.destroyed = true;
    this.errored = error ?? null;
    if (this.socket !== null) this.socket.destroy(error);
    else this.once("socket", (socket: HttpSocket) => socket.destroy(error));
    return this;
  }

  /** Fields behind the last chunk (RFC 9110 6.5); sent only when the body is chunked. */
  addTrailers(headers: HeaderSource): void {
    const fields: string[] = [];
    for (const [name, value] of Object.entries(headers) as [string, unknown][]) {
      const pair = Array.isArray(headers) ? (value as [string, string]) : [name, value];
      validateHeaderName(pair[0] as string, "Trailer name");
      const values = Array.isArray(pair[1]) ? (pair[1] as unknown[]) : [pair[1]];
      for (const item of values) {
        if (classifyFieldValue(String(item)) === "invalid") {
          throw invalidCharacter("trailer content", pair[0] as string);
        }
        fields.push(pair[0] as string, String(item));
      }
    }
    this._trailers = fields;
  }

  /** Sends the head now, without waiting for the body. */
  flushHeaders(): void {
    if (this._header === null) this._implicitHeader();
    this._send("", undefined, undefined);
  }

  /**
   * Sends a part of the body.
   *
   * @returns False when the application should wait for 'drain'.
   * @throws ERR_STREAM_NULL_VALUES, ERR_INVALID_ARG_TYPE, ERR_HTTP_CONTENT_LENGTH_MISMATCH
   */
  write(
    chunk: Chunk,
    encoding?: string | WriteCallback | null,
    callback?: WriteCallback | null,
  ): boolean {
    if (typeof encoding === "function") return this.#write(chunk, undefined, encoding);
    return this.#write(chunk, encoding ?? undefined, callback ?? undefined);
  }

  /** Ends the message, after a last part of its body. */
  end(
    chunk?: Chunk | WriteCallback | null,
    encoding?: string | WriteCallback | null,
    callback?: WriteCallback | null,
  ): this {
    if (typeof chunk === "function") return this.#end(undefined, undefined, chunk);
    if (typeof encoding === "function") return this.#end(chunk, undefined, encoding);
    return this.#end(chunk, encoding ?? undefined, callback ?? undefined);
  }

  override _flushHead(): void {
    this._send("", undefined, undefined);
  }

  pipe(): never {
    throw cannotPipe();
  }

  /** Makes the head out of what is set; each kind of message does it in its own way. */
  _implicitHeader(): void {
    throw methodNotImplemented("_implicitHeader()");
  }

  /** Everything has been handed on; the connection takes it from here. */
  _ended(): void {}

  #write(chunk: Chunk, encoding: string | undefined, callback: WriteCallback | undefined): boolean {
    this.#checkChunk(chunk);
    if (this.finished || this.destroyed) {
      const error = this.finished ? writeAfterEnd() : streamDestroyed("write");
      this.#failLater(error, callback);
      return false;
    }
    if (this._header === null) this._implicitHeader();
    if (!this._hasBody) {
      if (this._rejectsBody) throw bodyNotAllowed();
      this.#laterWith(callback);
      return true;
    }
    if (this.strictContentLength) this.#countBody(byteLength(chunk, encoding), false);
    const isAccepted = this.chunkedEncoding
      ? this.#sendChunk(chunk, encoding, callback)
      : this._send(chunk, encoding, callback);
    if (!isAccepted) this._needsDrain = true;
    return isAccepted;
  }

  #checkChunk(chunk: unknown): void {
    if (chunk === null) throw nullValues();
    if (typeof chunk !== "string" && !(chunk instanceof Uint8Array)) {
      throw invalidArgType("chunk", ["string", "Buffer", "Uint8Array"], chunk);
    }
  }

  #end(
    chunk: Chunk | null | undefined,
    encoding: string | undefined,
    callback: WriteCallback | undefined,
  ): this {
    const hasChunk = chunk !== undefined && chunk !== null && chunk !== "";
    if (hasChunk) this.#checkChunk(chunk);
    if (this.finished) {
      const error = hasChunk ? writeAfterEnd() : alreadyFinished("end");
      if (hasChunk) this.#failLater(error, callback);
      else if (callback !== undefined) this.#endAgain(error, callback);
      return this;
    }
    // Only who has to say it asks how many bytes a text is.
    const isCounted = hasChunk && (this._header === null || this.strictContentLength);
    const bytes = isCounted ? byteLength(chunk, encoding) : 0;
    if (this._header === null) {
      this._contentLength = bytes;
      this._implicitHeader();
    }
    const sendsBody = hasChunk && this._hasBody;
    if (hasChunk && !this._hasBody && this._rejectsBody) throw bodyNotAllowed();
    if (this.strictContentLength) this.#countBody(sendsBody ? bytes : 0, true);
    if (callback !== undefined) this.once("finish", callback);
    this.finished = true;
    const onFlushed = (error?: Error | null): void => this.#flushed(error);
    if (this.chunkedEncoding && this._hasBody) {
      if (sendsBody) this.#sendChunk(chunk, encoding, undefined);
      const trailers = this._trailers === undefined ? LAST_CHUNK : encodeTrailers(this._trailers);
      this._send(trailers, "latin1", onFlushed);
    } else if (sendsBody) {
      this._send(chunk, encoding ?? "utf8", onFlushed);
    } else {
      this._send("", "latin1", onFlushed);
    }
    while (this._corked > 0) this.uncork();
    this._ended();
    return this;
  }

  #endAgain(error: Error, callback: WriteCallback): void {
    if (this.writableFinished) this._runtime.defer(() => callback(error));
    else this.once("finish", callback);
  }

  /** RFC 9110 8.6: a body is as long as its Content-Length says. */
  #countBody(bytes: number, isLast: boolean): void {
    if (this._contentLength === null || !this._hasBody || this.chunkedEncoding) return;
    const total = this._bodyBytes + bytes;
    const isWrong = isLast ? total !== this._contentLength : total > this._contentLength;
    if (isWrong) throw contentLengthMismatch(total, this._contentLength);
    this._bodyBytes = total;
  }

  #failLater(error: Error, callback: WriteCallback | undefined): void {
    const isHeard = !this.destroyed;
    this._runtime.defer(() => {
      callback?.(error);
      if (isHeard) this.emit("error", error);
    });
  }

  #laterWith(callback: WriteCallback | undefined): void {
    if (callback !== undefined) this._runtime.defer(() => callback());
  }

  #sendChunk(
    chunk: Chunk,
    encoding: string | undefined,
    callback: WriteCallback | undefined,
  ): boolean {
    const bytes = byteLength(chunk, encoding);
    if (bytes === 0) {
      this.#laterWith(callback);
      return true;
    }
    const size = encodeChunkSize(bytes);
    if (typeof chunk === "string" && isJoinable(encoding)) {
      return this._send(`${size}${chunk}\r\n`, encoding, callback);
    }
    const data = typeof chunk === "string" ? Buffer.from(chunk, encoding as "utf8") : chunk;
    if (bytes <= JOIN_BYTES) {
      return this._send(joinBytes(size, data, "\r\n"), undefined, callback);
    }
    this.socket?.cork();
    this._send(size, "latin1", undefined);
    this._send(data, undefined, undefined);
    const isAccepted = this._send("\r\n", "latin1", callback);
    this.socket?.uncork();
    return isAccepted;
  }

  /** Sends bytes of the message, behind the head when that has not been sent. */
  _send(data: Chunk, encoding: string | undefined, callback: WriteCallback | undefined): boolean {
    if (this._isHeadSent) {
      return data.length === 0 && callback === undefined
        ? true
        : this._writeRaw(data, encoding, callback);
    }
    this._isHeadSent = true;
    const head = this._header!;
    if (typeof data === "string") {
      if (data === "") return this._writeRaw(head, "latin1", callback);
      if (encoding === "latin1" || (this._isHeadAscii && isJoinable(encoding))) {
        return this._writeRaw(head + data, encoding, callback);
      }
    } else if (data.length <= JOIN_BYTES) {
      return this._writeRaw(joinBytes(head, data, ""), undefined, callback);
    }
    this.socket?.cork();
    this._writeRaw(head, "latin1", undefined);
    const isAccepted = this._writeRaw(data, encoding, callback);
    this.socket?.uncork();
    return isAccepted;
  }

  _writeRaw(
    data: Chunk,
    encoding: string | undefined,
    callback: WriteCallback | undefined,
  ): boolean {
    const { socket } = this;
    // The socket may carry another message, or not be connected to this one yet.
    if (socket !== null && this._queue === undefined && socket._httpMessage === this) {
      if (socket.destroyed) {
        if (callback !== undefined) this._runtime.defer(() => callback(streamDestroyed("write")));
        return false;
      }
      return socket.write(data, encoding, callback);
    }
    (this._queue ??= []).push({ data, encoding, callback });
    this._queuedBytes += data.length;
    return this._queuedBytes < QUEUE_BYTES;
  }

  /** Sends what was written before there was a socket. */
  _flushQueue(): void {
    const queue = this._queue;
    const { socket } = this;
    if (socket === null) return;
    this._queue = undefined;
    this._queuedBytes = 0;
    for (let count = this._corked; count > 0; count--) socket.cork();
    if (queue === undefined) return;
    socket.cork();
    for (const { data, encoding, callback } of queue) this._writeRaw(data, encoding, callback);
    socket.uncork();
    if (this.finished) this._ended();
    else this._drained();
  }

  /** The socket has room again. */
  _drained(): void {
    if (!this._needsDrain || this.finished) return;
    this._needsDrain = false;
    this.emit("drain");
  }

  #flushed(error: Error | null | undefined): void {
    if (error !== undefined && error !== null) return;
    this._isFlushed = true;
    this._tell("finish");
    this._finished();
  }

  /** 'finish' has been emitted. */
  _finished(): void {}

  /** Emits what mostly nobody listens for: without a listener, only where `emit` is not the usual. */
  _tell(event: "finish" | "close"): void {
    if (hasListeners(this) || this.emit !== usualEmit) this.emit(event);
  }

  static {
    setDefaults(this.prototype, {
      socket: null,
      writable: true,
      destroyed: false,
      finished: false,
      strictContentLength: false,
      _closed: false,
      _rejectsBody: false,
      errored: null,
      _isHeadSent: false,
      _bodyBytes: 0,
      _trailers: undefined,
      _queue: undefined,
      _queuedBytes: 0,
      _needsDrain: false,
      _corked: 0,
      _isFlushed: false,
    });
  }
}
