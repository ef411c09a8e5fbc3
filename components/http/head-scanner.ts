/**
 * Scans a head (start line, fields, empty line; RFC 9112 2.1) in one pass over its bytes and notes
 * where its parts lie. It makes no string and decides nothing: `framing.ts` does. Read
 * `start-line.ts` and `field-lines.ts` next.
 *
 * It stops at any byte and goes on there, as long as the caller presents the head's bytes so far as
 * one range that begins at `base`; positions are kept relative to it.
 */
import type { ByteHelpers } from "../../libos/hal/mod.ts";
import { LF } from "./characters.ts";
import { scanFields } from "./field-lines.ts";
import { DONE, FIELD_START, METHOD, SPAN_SIZE, START_LINE_END, VERSION } from "./head-state.ts";
import type { HttpLimits } from "./limits.ts";
import type { ParseError, ParseErrorCode } from "./parse-error.ts";
import { scanRequestLine, scanStatusLine } from "./start-line.ts";

/** A server has a scanner for each idle connection: it begins small, and doubles where it must. */
const INITIAL_FIELDS = 8;

/** The fields of a head before: where the same bytes come again, they say the same. */
export interface RepeatedFields {
  /** Fields and empty line. */
  readonly bytes: Uint8Array;
  /** Of that head; with another version the fields would not say the same. */
  readonly versionMinor: number;
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
}

export class HeadScanner {
  error: ParseError | undefined;
  /** One of `head-state.ts`. */
  state: number = METHOD;
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
  repeated: RepeatedFields | undefined;
  /** For each field: name's start and end, value's start and end, and `findFieldName`'s answer. */
  spans: Int32Array = new Int32Array(INITIAL_FIELDS * SPAN_SIZE);
  /** Where the part that is being scanned begins, and where a value ended, once it has. */
  mark = 0;
  valueEnd = 0;
  readonly isRequest: boolean;
  readonly limits: HttpLimits;
  readonly helpers: ByteHelpers;
  #maxBytes = 0;

  constructor(isRequest: boolean, limits: HttpLimits, helpers: ByteHelpers) {
    this.isRequest = isRequest;
    this.limits = limits;
    this.helpers = helpers;
  }

  /** Prepares for the head of the next message. */
  beginHead(): void {
    this.state = this.isRequest ? METHOD : VERSION;
    this.#maxBytes = this.limits.maxHeaderBytes;
    this.mark = 0;
    this.fieldCount = 0;
    this.isRepeated = false;
  }

  /** Prepares for a trailer section (RFC 9112 7.1.2), which is fields and an empty line. */
  beginTrailers(): void {
    this.state = FIELD_START;
    this.#maxBytes = this.limits.maxTrailerBytes;
    this.fieldCount = 0;
  }

  /**
   * Goes on at `at`. Afterwards `state` and `error` tell how far it came.
   *
   * @returns The position behind the last byte that belongs to the head.
   */
  scan(bytes: Uint8Array, base: number, at: number, end: number): number {
    const bound = Math.min(end, base + this.#maxBytes);
    let next = at;
    if (this.state <= START_LINE_END) {
      const lineBound = Math.min(bound, base + this.limits.maxStartLineBytes);
      next = this.isRequest
        ? scanRequestLine(this, bytes, base, next, lineBound)
        : scanStatusLine(this, bytes, base, next, lineBound);
      if (this.error !== undefined) return next;
      if (this.state <= START_LINE_END) {
        if (lineBound < end) this.fail("HPE_HEADER_OVERFLOW", "Start line overflow");
        return next;
      }
      this.fieldsStart = next - base;
      const { repeated } = this;
      if (repeated !== undefined && this.#repeats(repeated, bytes, next, bound)) {
        this.isRepeated = true;
        this.state = DONE;
        return next + repeated.bytes.length;
      }
    }
    next = scanFields(this, bytes, base, next, bound);
    if (this.error === undefined && this.state !== DONE && bound < end) {
      this.fail("HPE_HEADER_OVERFLOW", "Header overflow");
    }
    return next;
  }

  fail(code: ParseErrorCode, reason: string): void {
    this.error ??= { code, reason };
  }

  /** Takes the byte behind a CR. */
  takeLineFeed(bytes: Uint8Array, at: number, next: number, complaint: string): number {
    if (bytes[at] !== LF) this.fail("HPE_LF_EXPECTED", complaint);
    else this.state = next;
    return at + 1;
  }

  #repeats(repeated: RepeatedFields, bytes: Uint8Array, at: number, bound: number): boolean {
    const { length } = repeated.bytes;
    if (at + length > bound || repeated.versionMinor !== this.versionMinor) return false;
    return this.helpers.compare(bytes, at, repeated.bytes, 0, length) === 0;
  }
}
