/**
 * Scans a head (start line, fields, empty line; RFC 9112 2.1) in one pass over its bytes and notes
 * where its parts lie. It makes no string and decides nothing: `framing.ts` does.
 *
 * It stops at any byte and goes on there, as long as the caller presents the head's bytes so far as
 * one range that begins at `base`; positions are kept relative to it.
 */
import type { ByteHelpers } from "../../libos/hal/mod.ts";
import { COLON, CR, FIELD_VALUE, LF, SPACE, TAB, TARGET, TOKEN } from "./characters.ts";
import { findFieldName } from "./field-names.ts";
import type { HttpLimits } from "./limits.ts";
import { knownMethod, startsMethod } from "./methods.ts";
import type { ParseError, ParseErrorCode } from "./parse-error.ts";

const METHOD = 0;
const TARGET_PART = 1;
const VERSION = 2;
const STATUS = 3;
const REASON = 4;
const START_LINE_END = 5;
const FIELD_START = 6;
const FIELD_NAME = 7;
const BEFORE_VALUE = 8;
const VALUE = 9;
const VALUE_END = 10;
const HEAD_END = 11;
const DONE = 12;

/** "HTTP/1." */
const VERSION_PREFIX: Uint8Array = Uint8Array.of(0x48, 0x54, 0x54, 0x50, 0x2f, 0x31, 0x2e);
const VERSION_BYTES = 8;
/** " HTTP/1.", and behind it the minor version and CRLF. */
const SPACE_AND_VERSION: Uint8Array = Uint8Array.of(SPACE, ...VERSION_PREFIX);
const VERSION_LINE_END_BYTES: number = SPACE_AND_VERSION.length + 3;
const ZERO = 0x30;
const ONE = 0x31;
const NINE = 0x39;

/** Numbers for each field in `HeadScanner.spans`. */
export const SPAN_SIZE = 5;
/** A server has a scanner for each idle connection: it begins small, and doubles where it must. */
const INITIAL_FIELDS = 8;

export class HeadScanner {
  error: ParseError | undefined;
  method = "";
  targetStart = 0;
  targetEnd = 0;
  versionMinor = 1;
  statusCode = 0;
  reasonStart = 0;
  reasonEnd = 0;
  fieldCount = 0;
  /** The fields are those of `repeated`, which were not scanned again. */
  isRepeated = false;
  /** Where the fields begin. */
  fieldsStart = 0;
  /** Fields and empty line of a head before: bytes that equal these say the same. */
  repeated: Uint8Array | undefined;
  /** For each field: name's start and end, value's start and end, and `findFieldName`'s answer. */
  spans: Int32Array = new Int32Array(INITIAL_FIELDS * SPAN_SIZE);
  readonly #isRequest: boolean;
  readonly #limits: HttpLimits;
  readonly #helpers: ByteHelpers;
  #state = METHOD;
  #mark = 0;
  #valueEnd = 0;
  #maxBytes = 0;

  constructor(isRequest: boolean, limits: HttpLimits, helpers: ByteHelpers) {
    this.#isRequest = isRequest;
    this.#limits = limits;
    this.#helpers = helpers;
  }

  get isDone(): boolean {
    return this.#state === DONE;
  }

  /** True while no byte of a field has been met. */
  get isInStartLine(): boolean {
    return this.#state <= START_LINE_END;
  }

  /** Prepares for the head of the next message. */
  beginHead(): void {
    this.#state = this.#isRequest ? METHOD : VERSION;
    this.#maxBytes = this.#limits.maxHeaderBytes;
    this.#mark = 0;
    this.fieldCount = 0;
    this.isRepeated = false;
  }

  /** Prepares for a trailer section (RFC 9112 7.1.2), which is fields and an empty line. */
  beginTrailers(): void {
    this.#state = FIELD_START;
    this.#maxBytes = this.#limits.maxTrailerBytes;
    this.fieldCount = 0;
  }

  /**
   * Goes on at `at`. Afterwards `isDone` and `error` tell how far it came.
   *
   * @returns The position behind the last byte that belongs to the head.
   */
  scan(bytes: Uint8Array, base: number, at: number, end: number): number {
    const bound = Math.min(end, base + this.#maxBytes);
    let next = at;
    if (this.#state <= START_LINE_END) {
      const lineBound = Math.min(bound, base + this.#limits.maxStartLineBytes);
      next = this.#isRequest
        ? this.#scanRequestLine(bytes, base, next, lineBound)
        : this.#scanStatusLine(bytes, base, next, lineBound);
      if (this.error !== undefined) return next;
      if (this.#state <= START_LINE_END) {
        if (lineBound < end) this.#fail("HPE_HEADER_OVERFLOW", "Start line overflow");
        return next;
      }
      this.fieldsStart = next - base;
      if (this.#repeats(bytes, next, bound)) {
        this.isRepeated = true;
        this.#state = DONE;
        return next + this.repeated!.length;
      }
    }
    next = this.#scanFields(bytes, base, next, bound);
    if (this.error === undefined && this.#state !== DONE && bound < end) {
      this.#fail("HPE_HEADER_OVERFLOW", "Header overflow");
    }
    return next;
  }

  #repeats(bytes: Uint8Array, at: number, bound: number): boolean {
    const { repeated } = this;
    if (repeated === undefined || at + repeated.length > bound) return false;
    return this.#helpers.compare(bytes, at, repeated, 0, repeated.length) === 0;
  }

  #fail(code: ParseErrorCode, reason: string): void {
    this.error ??= { code, reason };
  }

  /**
   * A request line that is all there, in one go.
   *
   * @returns The position behind it; -1, with nothing changed, for one that has to be looked at part
   *   by part.
   */
  #scanWholeRequestLine(bytes: Uint8Array, base: number, end: number): number {
    const helpers = this.#helpers;
    const methodEnd = helpers.span(bytes, base, end, TOKEN);
    const method = knownMethod(bytes, base, methodEnd);
    if (method === undefined || bytes[methodEnd] !== SPACE) return -1;
    const targetStart = methodEnd + 1;
    const targetEnd = helpers.span(bytes, targetStart, end, TARGET);
    const lineEnd = targetEnd + VERSION_LINE_END_BYTES;
    if (lineEnd > end || !isTarget(bytes, targetStart, targetEnd, method)) return -1;
    const versionBytes = SPACE_AND_VERSION.length;
    if (helpers.compare(bytes, targetEnd, SPACE_AND_VERSION, 0, versionBytes) !== 0) return -1;
    const minor = bytes[targetEnd + versionBytes]! - ZERO;
    if (minor !== 0 && minor !== 1) return -1;
    if (bytes[lineEnd - 2] !== CR || bytes[lineEnd - 1] !== LF) return -1;
    this.method = method;
    this.targetStart = targetStart - base;
    this.targetEnd = targetEnd - base;
    this.versionMinor = minor;
    this.#state = FIELD_START;
    return lineEnd;
  }

  #scanRequestLine(bytes: Uint8Array, base: number, from: number, end: number): number {
    if (from === base) {
      const whole = this.#scanWholeRequestLine(bytes, base, end);
      if (whole >= 0) return whole;
    }
    let at = from;
    while (at < end) {
      switch (this.#state) {
        case METHOD:
          at = this.#scanMethod(bytes, base, at, end);
          break;
        case TARGET_PART:
          at = this.#helpers.span(bytes, at, end, TARGET);
          if (at === end) return at;
          this.targetEnd = at - base;
          if (bytes[at] !== SPACE || !isTarget(bytes, base + this.#mark, at, this.method)) {
            this.#fail("HPE_INVALID_URL", "Invalid request target");
            return at;
          }
          this.targetStart = this.#mark;
          this.#mark = ++at - base;
          this.#state = VERSION;
          break;
        case VERSION:
          at = this.#scanVersion(bytes, base, at, end);
          if (at - base === this.#mark + VERSION_BYTES && this.error === undefined) {
            if (at === end) return at;
            if (bytes[at] !== CR) this.#fail("HPE_INVALID_VERSION", "Expected CRLF after version");
            this.#state = START_LINE_END;
            at++;
          }
          break;
        default:
          return this.#scanLineFeed(bytes, at, FIELD_START, "Expected LF after the start line");
      }
      if (this.error !== undefined) return at;
    }
    return at;
  }

  #scanMethod(bytes: Uint8Array, base: number, from: number, end: number): number {
    const at = this.#helpers.span(bytes, from, end, TOKEN);
    if (at === end) {
      if (!startsMethod(bytes, base, at)) this.#failMethod();
      return at;
    }
    const method = bytes[at] === SPACE ? knownMethod(bytes, base, at) : undefined;
    if (method === undefined) {
      this.#failMethod();
      return at;
    }
    this.method = method;
    this.#mark = at + 1 - base;
    this.#state = TARGET_PART;
    return at + 1;
  }

  #failMethod(): void {
    this.#fail("HPE_INVALID_METHOD", "Invalid method encountered");
  }

  /** Reads up to the 8 bytes of "HTTP/1.x" from `#mark`; the caller sees whether all were there. */
  #scanVersion(bytes: Uint8Array, base: number, from: number, end: number): number {
    const start = base + this.#mark;
    const stop = Math.min(end, start + VERSION_BYTES);
    const prefixBytes = VERSION_PREFIX.length;
    const isPrefixed =
      from === start &&
      stop === start + VERSION_BYTES &&
      this.#helpers.compare(bytes, start, VERSION_PREFIX, 0, prefixBytes) === 0;
    for (let at = isPrefixed ? start + prefixBytes : from; at < stop; at++) {
      const index = at - start;
      const byte = bytes[at]!;
      if (index < VERSION_PREFIX.length) {
        if (byte === VERSION_PREFIX[index]) continue;
        if (index < 5) this.#fail("HPE_INVALID_CONSTANT", "Expected HTTP/, RTSP/ or ICE/");
        else this.#fail("HPE_INVALID_VERSION", "Invalid HTTP version");
        return at;
      }
      if (byte !== ZERO && byte !== ONE) {
        this.#fail("HPE_INVALID_VERSION", "Invalid HTTP version");
        return at;
      }
      this.versionMinor = byte - ZERO;
    }
    return stop;
  }

  #scanStatusLine(bytes: Uint8Array, base: number, from: number, end: number): number {
    let at = from;
    while (at < end) {
      switch (this.#state) {
        case VERSION:
          at = this.#scanVersion(bytes, base, at, end);
          if (at - base === VERSION_BYTES && this.error === undefined) {
            if (at === end) return at;
            if (bytes[at] !== SPACE) {
              this.#fail("HPE_INVALID_VERSION", "Expected space after version");
            }
            this.#mark = ++at - base;
            this.statusCode = 0;
            this.#state = STATUS;
          }
          break;
        case STATUS:
          at = this.#scanStatus(bytes, base, at);
          break;
        case REASON:
          at = this.#helpers.span(bytes, at, end, FIELD_VALUE);
          if (at === end) return at;
          this.reasonStart = this.#mark;
          this.reasonEnd = at - base;
          if (bytes[at] !== CR)
            this.#fail("HPE_CR_EXPECTED", "Missing expected CR after response line");
          this.#state = START_LINE_END;
          at++;
          break;
        default:
          return this.#scanLineFeed(bytes, at, FIELD_START, "Expected LF after the start line");
      }
      if (this.error !== undefined) return at;
    }
    return at;
  }

  /** One byte of the status code, or the byte behind its three digits. */
  #scanStatus(bytes: Uint8Array, base: number, at: number): number {
    const byte = bytes[at]!;
    if (at - base - this.#mark < 3) {
      if (byte < ZERO || byte > NINE) this.#fail("HPE_INVALID_STATUS", "Invalid status code");
      this.statusCode = this.statusCode * 10 + byte - ZERO;
      return at + 1;
    }
    if (this.statusCode < 100 || (byte !== SPACE && byte !== CR)) {
      this.#fail("HPE_INVALID_STATUS", "Invalid response status");
    }
    this.#mark = at + 1 - base;
    this.#state = REASON;
    if (byte === SPACE) return at + 1;
    this.reasonStart = this.reasonEnd = this.#mark;
    this.#state = START_LINE_END;
    return at + 1;
  }

  #scanLineFeed(bytes: Uint8Array, at: number, next: number, complaint: string): number {
    if (bytes[at] !== LF) this.#fail("HPE_LF_EXPECTED", complaint);
    else this.#state = next;
    return at + 1;
  }

  #scanFields(bytes: Uint8Array, base: number, from: number, end: number): number {
    let at = from;
    while (at < end) {
      switch (this.#state) {
        case FIELD_START:
          at = this.#beginField(bytes, base, at);
          break;
        case FIELD_NAME:
          at = this.#helpers.span(bytes, at, end, TOKEN);
          if (at === end) return at;
          if (bytes[at] !== COLON) {
            this.#fail("HPE_INVALID_HEADER_TOKEN", "Invalid header token");
            return at;
          }
          this.#endName(bytes, base, at++);
          break;
        case BEFORE_VALUE:
          while (at < end && (bytes[at] === SPACE || bytes[at] === TAB)) at++;
          this.#mark = at - base;
          if (at < end) this.#state = VALUE;
          break;
        case VALUE:
          at = this.#helpers.span(bytes, at, end, FIELD_VALUE);
          if (at === end) return at;
          this.#endValue(bytes, base, at++);
          break;
        case VALUE_END:
          at = this.#scanLineFeed(bytes, at, FIELD_START, "Missing expected LF after header value");
          this.#recordValue();
          break;
        default:
          return this.#scanLineFeed(bytes, at, DONE, "Expected LF after headers");
      }
      if (this.error !== undefined) return at;
    }
    return at;
  }

  /** The first byte of a line: the empty line's CR, or a name. A fold (RFC 9112 5.2) is refused. */
  #beginField(bytes: Uint8Array, base: number, at: number): number {
    const byte = bytes[at]!;
    if (byte === CR) {
      this.#state = HEAD_END;
      return at + 1;
    }
    if (TOKEN[byte] !== 1) {
      if (byte !== SPACE && byte !== TAB) {
        this.#fail("HPE_INVALID_HEADER_TOKEN", "Invalid header token");
      } else if (this.fieldCount === 0) {
        this.#fail("HPE_UNEXPECTED_SPACE", "Unexpected space after start line");
      } else {
        this.#fail("HPE_INVALID_HEADER_TOKEN", "Unexpected whitespace after header value");
      }
      return at;
    }
    if (this.fieldCount >= this.#limits.maxHeaderCount) {
      this.#fail("HPE_HEADER_OVERFLOW", `More than ${this.#limits.maxHeaderCount} header fields`);
      return at;
    }
    this.#mark = at - base;
    this.#state = FIELD_NAME;
    return at;
  }

  #endName(bytes: Uint8Array, base: number, at: number): void {
    const start = this.fieldCount * SPAN_SIZE;
    if (start === this.spans.length) {
      const larger = new Int32Array(this.spans.length * 2);
      larger.set(this.spans);
      this.spans = larger;
    }
    this.spans[start] = this.#mark;
    this.spans[start + 1] = at - base;
    this.spans[start + 4] = findFieldName(bytes, base + this.#mark, at, this.#helpers);
    this.#state = BEFORE_VALUE;
  }

  #endValue(bytes: Uint8Array, base: number, at: number): void {
    if (bytes[at] !== CR) {
      if (bytes[at] === LF) {
        this.#fail("HPE_CR_EXPECTED", "Missing expected CR after header value");
      } else {
        this.#fail("HPE_INVALID_HEADER_TOKEN", "Invalid header value char");
      }
      return;
    }
    let valueEnd = at;
    const valueStart = base + this.#mark;
    while (
      valueEnd > valueStart &&
      (bytes[valueEnd - 1] === SPACE || bytes[valueEnd - 1] === TAB)
    ) {
      valueEnd--;
    }
    this.#valueEnd = valueEnd - base;
    this.#state = VALUE_END;
  }

  #recordValue(): void {
    const start = this.fieldCount * SPAN_SIZE;
    this.spans[start + 2] = this.#mark;
    this.spans[start + 3] = this.#valueEnd;
    this.fieldCount++;
  }
}

const SLASH = 0x2f;
const ASTERISK = 0x2a;
const QUESTION_MARK = 0x3f;

/** The forms of a request target (RFC 9112 3.2). */
function isTarget(bytes: Uint8Array, start: number, end: number, method: string): boolean {
  if (start === end) return false;
  if (method === "CONNECT") return bytes[start] !== SLASH;
  if (bytes[start] === SLASH) return true;
  if (bytes[start] === ASTERISK) return end - start === 1;
  let at = start;
  while (at < end && bytes[at] !== COLON && bytes[at] !== QUESTION_MARK) at++;
  return at > start && bytes[at] === COLON && bytes[at + 1] === SLASH && bytes[at + 2] === SLASH;
}
