/**
 * An incremental parser for HTTP/1.0 and HTTP/1.1 messages (RFC 9112), one for each direction of a
 * connection. Read `message-head.ts`, `head-scanner.ts` and `framing.ts` next.
 *
 * What always holds: a head that lies whole in one `feed` is read where it lies. One that is cut is
 * copied, once, into `#carry`, which `limits` bound. Body bytes are never copied. After an error,
 * a hand-over or `stop()`, nothing more is read.
 */
import { CR, LF } from "./characters.ts";
import { ChunkScanner } from "./chunk-scanner.ts";
import { FIELD, fieldOf } from "./field-names.ts";
import { DONE, SPAN_SIZE } from "./head-state.ts";
import { MessageHead, type ParserOptions } from "./message-head.ts";
import type { ParseError, ParseErrorCode } from "./parse-error.ts";

export type { ParserOptions } from "./message-head.ts";

/**
 * What follows a head. "body": what its framing says. "no-body": nothing, whatever the fields say (the
 * answer to HEAD). "hand-over": another protocol (CONNECT, an accepted upgrade); `feed` returns.
 */
export type HeadAnswer = "body" | "no-body" | "hand-over";

/** Takes the parts of each message, in order, from within `feed` and `finish`. */
export interface MessageHandler {
  /** The head is in the parser's fields, which hold until the next message's head. */
  onHead(parser: MessageParser): HeadAnswer;
  /** A part of the body, borrowed for the call; `end > start`. */
  onBody(bytes: Uint8Array, start: number, end: number): void;
  /** The message is whole; `rawTrailers` is set. */
  onComplete(parser: MessageParser): void;
}

const BETWEEN = 0;
const HEAD = 1;
const LENGTH_BODY = 2;
const CLOSE_BODY = 3;
const CHUNK_LINE = 4;
const CHUNK_DATA = 5;
const TRAILERS = 6;
const CLOSED = 7;
const ENDED = 8;

const MIN_CARRY_BYTES = 512;

export class MessageParser extends MessageHead {
  readonly #handler: MessageHandler;
  /** Made for the first chunked body: most connections never see one. */
  #chunks: ChunkScanner | undefined;
  #state = BETWEEN;
  #left = 0;
  #emptyLineBytes = 0;
  #carry: Uint8Array | undefined;
  #carried = 0;
  #isPaused = false;

  constructor(type: "request" | "response", handler: MessageHandler, options: ParserOptions = {}) {
    super(type, options);
    this.#handler = handler;
  }

  /** True between messages, when no byte of the next one has been met. */
  get isBetweenMessages(): boolean {
    return this.#state === BETWEEN && this.#emptyLineBytes === 0;
  }

  /** True after the first byte of a head and before its last. */
  get isInHead(): boolean {
    return this.#state === HEAD;
  }

  /**
   * Takes the connection's next bytes, and calls the handler for what they complete.
   *
   * @param bytes Borrowed for the call.
   * @returns Where it stopped: `end`, or less after `pause()`, `stop()`, a hand-over or an error.
   */
  feed(bytes: Uint8Array, start = 0, end: number = bytes.length): number {
    let at = start;
    while (at < end && !this.#isPaused && this.#state !== ENDED) {
      at = this.#step(bytes, at, end);
    }
    return at;
  }

  /**
   * The peer has sent all it will.
   *
   * @returns HPE_INVALID_EOF_STATE when that cut a message short.
   */
  finish(): ParseError | undefined {
    if (this.#state === CLOSE_BODY) {
      this.#complete();
    } else if (this.#state !== BETWEEN && this.#state !== CLOSED && this.#state !== ENDED) {
      this.#fail("HPE_INVALID_EOF_STATE", "Invalid EOF state");
    }
    const { error } = this;
    this.#state = ENDED;
    return error;
  }

  /** Makes `feed` return after the handler's call, with what it has not read. */
  pause(): void {
    this.#isPaused = true;
  }

  /** Lets `feed` go on; the caller presents again what was not read. */
  resume(): void {
    this.#isPaused = false;
  }

  /** Reads nothing any more. */
  stop(): void {
    this.#state = ENDED;
  }

  #fail(code: ParseErrorCode, reason: string): void {
    this.error ??= { code, reason };
    this.#state = ENDED;
  }

  #step(bytes: Uint8Array, at: number, end: number): number {
    switch (this.#state) {
      case BETWEEN:
        return this.#skipEmptyLine(bytes, at, end);
      case HEAD:
        return this.#feedHead(bytes, at, end);
      case TRAILERS:
        return this.#feedTrailers(bytes, at, end);
      case CHUNK_LINE:
        return this.#feedChunkLine(bytes, at, end);
      case CLOSED:
        if (bytes[at] !== CR && bytes[at] !== LF) {
          this.#fail("HPE_CLOSED_CONNECTION", "Data after `Connection: close`");
          return at;
        }
        return at + 1;
      default:
        return this.#feedBody(bytes, at, end);
    }
  }

  /** RFC 9112 2.2: an empty line before a start line is skipped; only a few are. */
  #skipEmptyLine(bytes: Uint8Array, at: number, end: number): number {
    const byte = bytes[at]!;
    const isAfterCr = this.#emptyLineBytes % 2 === 1;
    if (byte === (isAfterCr ? LF : CR)) {
      if (++this.#emptyLineBytes > 2 * this.limits.maxEmptyLines) this.#failStart();
      return at + 1;
    }
    if (isAfterCr) {
      this.#failStart();
      return at;
    }
    this.#emptyLineBytes = 0;
    this.scanner.beginHead();
    this.#state = HEAD;
    return this.#feedHead(bytes, at, end);
  }

  #failStart(): void {
    if (this.isRequest) this.#fail("HPE_INVALID_METHOD", "Expected a method");
    else this.#fail("HPE_INVALID_CONSTANT", "Expected HTTP/, RTSP/ or ICE/");
  }

  #feedHead(bytes: Uint8Array, at: number, end: number): number {
    const next = this.#scan(bytes, at, end, this.limits.maxHeaderBytes);
    if (this.scanner.state !== DONE) return next;
    const isTaken =
      this.#carried === 0
        ? this.readHead(bytes, at, next)
        : this.readHead(this.#carry!, 0, this.#carried);
    if (isTaken) this.#beginBody(this.#handler.onHead(this));
    else this.#state = ENDED;
    return next;
  }

  #feedTrailers(bytes: Uint8Array, at: number, end: number): number {
    const next = this.#scan(bytes, at, end, this.limits.maxTrailerBytes);
    if (this.scanner.state !== DONE) return next;
    if (this.#carried === 0) this.readTrailers(bytes, at, next);
    else this.readTrailers(this.#carry!, 0, this.#carried);
    if (!this.#isFramedByTrailers()) this.#complete();
    return next;
  }

  /** RFC 9110 6.5.1: fields that frame a message are not sent as trailers; here they are refused. */
  #isFramedByTrailers(): boolean {
    const { spans, fieldCount } = this.scanner;
    for (let index = 0; index < fieldCount; index++) {
      const id = fieldOf(spans[index * SPAN_SIZE + 4]!);
      if (id === FIELD.CONTENT_LENGTH) {
        this.#fail("HPE_UNEXPECTED_CONTENT_LENGTH", "Content-Length in the trailers");
      } else if (id === FIELD.TRANSFER_ENCODING) {
        this.#fail("HPE_INVALID_TRANSFER_ENCODING", "Transfer-Encoding in the trailers");
      }
    }
    return this.error !== undefined;
  }

  /** Scans in place, or behind what was carried over; carries over what is not complete. */
  #scan(bytes: Uint8Array, at: number, end: number, maxBytes: number): number {
    const { scanner } = this;
    const from = this.#carried;
    let next: number;
    if (from === 0) {
      next = scanner.scan(bytes, at, at, end);
      if (scanner.state !== DONE && scanner.error === undefined) this.#carryOver(bytes, at, end);
    } else {
      const stop = Math.min(end, at + maxBytes + 1 - from);
      this.#carryOver(bytes, at, stop);
      const carryNext = scanner.scan(this.#carry!, 0, from, this.#carried);
      next = at + carryNext - from;
      if (scanner.state === DONE) this.#carried = carryNext;
    }
    if (scanner.error !== undefined) this.#fail(scanner.error.code, scanner.error.reason);
    return next;
  }

  #carryOver(bytes: Uint8Array, start: number, end: number): void {
    const needed = this.#carried + end - start;
    if (this.#carry === undefined || this.#carry.length < needed) {
      const larger = new Uint8Array(Math.max(MIN_CARRY_BYTES, 2 * needed));
      if (this.#carry !== undefined) larger.set(this.#carry.subarray(0, this.#carried));
      this.#carry = larger;
    }
    const carry = this.#carry;
    for (let at = start; at < end; at++) carry[this.#carried++] = bytes[at]!;
  }

  #dropCarry(): void {
    this.#carried = 0;
    this.#carry = undefined;
  }

  /** RFC 9112 6.3: which bytes after the head are the message's body. */
  #beginBody(answer: HeadAnswer): void {
    this.#dropCarry();
    if (this.#state === ENDED) return;
    if (answer === "hand-over") {
      this.#state = ENDED;
    } else if (answer === "no-body" || this.#isBodyless()) {
      this.#complete();
    } else if (this.isChunked) {
      (this.#chunks ??= new ChunkScanner(this.limits)).begin();
      this.#state = CHUNK_LINE;
    } else if (this.contentLength > 0) {
      this.#left = this.contentLength;
      this.#state = LENGTH_BODY;
    } else if (this.contentLength === 0 || this.isRequest) {
      this.#complete();
    } else {
      this.keepsAlive = false;
      this.#state = CLOSE_BODY;
    }
  }

  #isBodyless(): boolean {
    const { statusCode } = this;
    return !this.isRequest && (statusCode < 200 || statusCode === 204 || statusCode === 304);
  }

  #feedBody(bytes: Uint8Array, at: number, end: number): number {
    if (this.#state === CLOSE_BODY) {
      this.#handler.onBody(bytes, at, end);
      return end;
    }
    const stop = Math.min(end, at + this.#left);
    this.#left -= stop - at;
    this.#handler.onBody(bytes, at, stop);
    if (this.#left > 0 || (this.#state !== LENGTH_BODY && this.#state !== CHUNK_DATA)) return stop;
    if (this.#state === LENGTH_BODY) {
      this.#complete();
    } else {
      this.#chunks!.endData();
      this.#state = CHUNK_LINE;
    }
    return stop;
  }

  #feedChunkLine(bytes: Uint8Array, at: number, end: number): number {
    const chunks = this.#chunks!;
    const next = chunks.scan(bytes, at, end);
    if (chunks.error !== undefined) {
      this.#fail(chunks.error.code, chunks.error.reason);
    } else if (chunks.isDone && chunks.size > 0) {
      this.#left = chunks.size;
      this.#state = CHUNK_DATA;
    } else if (chunks.isDone) {
      this.scanner.beginTrailers();
      this.#state = TRAILERS;
    }
    return next;
  }

  #complete(): void {
    this.#dropCarry();
    const isInformational = !this.isRequest && this.statusCode < 200;
    this.#state = this.keepsAlive || isInformational ? BETWEEN : CLOSED;
    this.#emptyLineBytes = 0;
    this.#handler.onComplete(this);
  }
}
