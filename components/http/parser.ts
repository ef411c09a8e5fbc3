/**
 * An incremental parser for HTTP/1.0 and HTTP/1.1 messages (RFC 9112), one for each direction of a
 * connection. Read `head-scanner.ts` and `framing.ts` next.
 *
 * What always holds: a head that lies whole in one `feed` is read where it lies. One that is cut is
 * copied, once, into `#carry`, which `limits` bound. Body bytes are never copied. After an error,
 * a hand-over or `stop()`, nothing more is read.
 */
import type { ByteHelpers } from "../../libos/hal/mod.ts";
import { PORTABLE_BYTES } from "../../libos/kernel/mod.ts";
import { CR, LF } from "./characters.ts";
import { ChunkScanner } from "./chunk-scanner.ts";
import { FIELD, fieldOf, sharedFieldName } from "./field-names.ts";
import { Framing } from "./framing.ts";
import { HeadScanner, SPAN_SIZE } from "./head-scanner.ts";
import { decodeLatin1, type Latin1Decoder } from "./latin1.ts";
import { HTTP_LIMITS, type HttpLimits } from "./limits.ts";
import type { ParseError, ParseErrorCode } from "./parse-error.ts";

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

export interface ParserOptions {
  /** Default: `HTTP_LIMITS`. Parsers may share one object. */
  readonly limits?: HttpLimits;
  /** A faster decoder of the platform's. */
  readonly latin1?: Latin1Decoder;
  /** The platform's helpers, where it has any. */
  readonly helpers?: ByteHelpers | undefined;
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

/** For a message without trailers: nobody gets it to write to. */
const NO_FIELDS: readonly string[] = Object.freeze([]);

export class MessageParser {
  /** Why the bytes were refused; the position of the fault is what `feed` returned. */
  error: ParseError | undefined;
  method = "";
  /** The request target, as it was sent. */
  target = "";
  /** 0 or 1. */
  versionMinor = 1;
  statusCode = 0;
  reason = "";
  /** Names and values in turn, names as they were sent. A new array for each message. */
  rawHeaders: string[] = [];
  /** As `rawHeaders`, but the same array for all messages without any; set when it is complete. */
  rawTrailers: readonly string[] = NO_FIELDS;
  /** The connection may be used again after this message. */
  keepsAlive = true;
  /** The head asks for, or agrees to, another protocol (`Connection: upgrade` and `Upgrade`). */
  isUpgrade = false;
  /** -1 when the head gives no length. */
  contentLength = -1;
  isChunked = false;
  /** There is an Expect field; what it says is the server's affair. */
  hasExpect = false;
  hasHost = false;
  readonly #isRequest: boolean;
  readonly #handler: MessageHandler;
  readonly #limits: HttpLimits;
  readonly #latin1: Latin1Decoder;
  readonly #scanner: HeadScanner;
  readonly #framing = new Framing();
  /** Made for the first chunked body: most connections never see one. */
  #chunks: ChunkScanner | undefined;
  #state = BETWEEN;
  #left = 0;
  #emptyLineBytes = 0;
  #carry: Uint8Array | undefined;
  #carried = 0;
  #isPaused = false;
  #hasHadHead = false;
  /** What `HeadScanner.repeated` says, as `rawHeaders`. */
  #repeatedFields: readonly string[] = NO_FIELDS;

  constructor(type: "request" | "response", handler: MessageHandler, options: ParserOptions = {}) {
    this.#isRequest = type === "request";
    this.#handler = handler;
    this.#limits = options.limits ?? HTTP_LIMITS;
    this.#latin1 = options.latin1 ?? decodeLatin1;
    this.#scanner = new HeadScanner(
      this.#isRequest,
      this.#limits,
      options.helpers ?? PORTABLE_BYTES,
    );
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

  /** Lets go of the last message's strings: an idle connection has no use for them. */
  forget(): void {
    this.target = "";
    this.reason = "";
    this.rawHeaders = NO_FIELDS as string[];
    this.rawTrailers = NO_FIELDS;
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
      if (++this.#emptyLineBytes > 2 * this.#limits.maxEmptyLines) this.#failStart();
      return at + 1;
    }
    if (isAfterCr) {
      this.#failStart();
      return at;
    }
    this.#emptyLineBytes = 0;
    this.#scanner.beginHead();
    this.#state = HEAD;
    return this.#feedHead(bytes, at, end);
  }

  #failStart(): void {
    if (this.#isRequest) this.#fail("HPE_INVALID_METHOD", "Expected a method");
    else this.#fail("HPE_INVALID_CONSTANT", "Expected HTTP/, RTSP/ or ICE/");
  }

  #feedHead(bytes: Uint8Array, at: number, end: number): number {
    const next = this.#scan(bytes, at, end, this.#limits.maxHeaderBytes);
    if (!this.#scanner.isDone) return next;
    if (this.#carried === 0) this.#completeHead(bytes, at, next);
    else this.#completeHead(this.#carry!, 0, this.#carried);
    return next;
  }

  #feedTrailers(bytes: Uint8Array, at: number, end: number): number {
    const next = this.#scan(bytes, at, end, this.#limits.maxTrailerBytes);
    if (!this.#scanner.isDone) return next;
    if (this.#carried === 0) {
      this.rawTrailers = this.#fields(this.#latin1(bytes, at, next), bytes, at);
    } else {
      const carry = this.#carry!;
      this.rawTrailers = this.#fields(this.#latin1(carry, 0, this.#carried), carry, 0);
    }
    if (!this.#isFramedByTrailers()) this.#complete();
    return next;
  }

  /** RFC 9110 6.5.1: fields that frame a message are not sent as trailers; here they are refused. */
  #isFramedByTrailers(): boolean {
    const { spans, fieldCount } = this.#scanner;
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
    const scanner = this.#scanner;
    const from = this.#carried;
    let next: number;
    if (from === 0) {
      next = scanner.scan(bytes, at, at, end);
      if (!scanner.isDone && scanner.error === undefined) this.#carryOver(bytes, at, end);
    } else {
      const stop = Math.min(end, at + maxBytes + 1 - from);
      this.#carryOver(bytes, at, stop);
      const carryNext = scanner.scan(this.#carry!, 0, from, this.#carried);
      next = at + carryNext - from;
      if (scanner.isDone) this.#carried = carryNext;
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

  #completeHead(bytes: Uint8Array, base: number, end: number): void {
    const scanner = this.#scanner;
    this.rawTrailers = NO_FIELDS;
    if (scanner.isRepeated && scanner.versionMinor === this.versionMinor) {
      // What the fields say of the framing was found out with the head before, and stands here still.
      this.#readStartLine(this.#latin1(bytes, base, base + scanner.fieldsStart));
      this.rawHeaders = this.#repeatedFields.slice();
    } else if (!this.#readFields(bytes, base, end)) {
      return;
    }
    this.#beginBody(this.#handler.onHead(this));
  }

  /** Makes a head's strings, and says how the message is framed. @returns False for one refused. */
  #readFields(bytes: Uint8Array, base: number, end: number): boolean {
    const scanner = this.#scanner;
    const framing = this.#framing;
    const text = this.#latin1(bytes, base, end);
    this.#readStartLine(text);
    if (scanner.isRepeated) {
      this.rawHeaders = this.#repeatedFields.slice();
    } else {
      framing.reset();
      this.rawHeaders = this.#fields(text, bytes, base, framing);
    }
    framing.finish(this.#isRequest, scanner.versionMinor);
    if (framing.error !== undefined) {
      this.#fail(framing.error.code, framing.error.reason);
      return false;
    }
    if (!scanner.isRepeated) this.#remember(bytes, base + scanner.fieldsStart, end);
    this.versionMinor = scanner.versionMinor;
    this.keepsAlive = framing.keepsAlive(scanner.versionMinor);
    this.contentLength = framing.contentLength;
    this.isChunked = framing.isChunked;
    this.hasExpect = framing.hasExpect;
    this.hasHost = framing.hostCount > 0;
    this.isUpgrade = framing.hasUpgrade;
    return true;
  }

  /**
   * Keeps the fields of a head for the next one. A client mostly sends the same ones with all its
   * requests: what repeats is compared, and neither scanned nor made into strings again. Kept for
   * each connection by itself, so that nobody can find out by its time what others send; and from
   * the second head on, since many connections have one only.
   */
  #remember(bytes: Uint8Array, start: number, end: number): void {
    if (this.#hasHadHead && end - start <= this.#limits.maxRepeatedBytes) {
      const copy = new Uint8Array(end - start);
      copy.set(bytes.subarray(start, end));
      this.#scanner.repeated = copy;
      this.#repeatedFields = this.rawHeaders.slice();
    } else {
      this.#scanner.repeated = undefined;
      this.#repeatedFields = NO_FIELDS;
    }
    this.#hasHadHead = true;
  }

  #readStartLine(text: string): void {
    const scanner = this.#scanner;
    if (this.#isRequest) {
      this.method = scanner.method;
      this.target = text.slice(scanner.targetStart, scanner.targetEnd);
    } else {
      this.statusCode = scanner.statusCode;
      this.reason = text.slice(scanner.reasonStart, scanner.reasonEnd);
    }
  }

  /** Makes the strings, as slices of one. */
  #fields(text: string, bytes: Uint8Array, base: number, framing?: Framing): string[] {
    const { spans, fieldCount } = this.#scanner;
    const fields: string[] = [];
    for (let index = 0; index < fieldCount; index++) {
      const span = index * SPAN_SIZE;
      const nameStart = spans[span]!;
      const valueStart = spans[span + 2]!;
      const valueEnd = spans[span + 3]!;
      const found = spans[span + 4]!;
      const shared = found < 0 ? undefined : sharedFieldName(found);
      fields.push(
        shared ?? text.slice(nameStart, spans[span + 1]),
        text.slice(valueStart, valueEnd),
      );
      if (found >= 0 && framing !== undefined) {
        framing.addField(fieldOf(found), bytes, base + valueStart, base + valueEnd);
      }
    }
    return fields;
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
      (this.#chunks ??= new ChunkScanner(this.#limits)).begin();
      this.#state = CHUNK_LINE;
    } else if (this.contentLength > 0) {
      this.#left = this.contentLength;
      this.#state = LENGTH_BODY;
    } else if (this.contentLength === 0 || this.#isRequest) {
      this.#complete();
    } else {
      this.keepsAlive = false;
      this.#state = CLOSE_BODY;
    }
  }

  #isBodyless(): boolean {
    const { statusCode } = this;
    return !this.#isRequest && (statusCode < 200 || statusCode === 204 || statusCode === 304);
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
      this.#scanner.beginTrailers();
      this.#state = TRAILERS;
    }
    return next;
  }

  #complete(): void {
    this.#dropCarry();
    const isInformational = !this.#isRequest && this.statusCode < 200;
    this.#state = this.keepsAlive || isInformational ? BETWEEN : CLOSED;
    this.#emptyLineBytes = 0;
    this.#handler.onComplete(this);
  }
}
