/**
 * What the head of a message says, as strings and facts: those of the last head, until the next one.
 * `parser.ts` says when a head is whole.
 */
import type { ByteHelpers } from "../../libos/hal/mod.ts";
import { PORTABLE_BYTES } from "../../libos/kernel/mod.ts";
import { fieldOf, sharedFieldName } from "./field-names.ts";
import { Framing } from "./framing.ts";
import { HeadScanner } from "./head-scanner.ts";
import { SPAN_SIZE } from "./head-state.ts";
import { decodeLatin1, type Latin1Decoder } from "./latin1.ts";
import { HTTP_LIMITS, type HttpLimits } from "./limits.ts";
import type { ParseError } from "./parse-error.ts";

export interface ParserOptions {
  /** Default: `HTTP_LIMITS`. Parsers may share one object. */
  readonly limits?: HttpLimits;
  /** A faster decoder of the platform's. */
  readonly latin1?: Latin1Decoder;
  /** The platform's helpers, where it has any. */
  readonly helpers?: ByteHelpers | undefined;
}

/** For a message without trailers: nobody gets it to write to. */
const NO_FIELDS: readonly string[] = Object.freeze([]);

export class MessageHead {
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
  protected readonly isRequest: boolean;
  protected readonly limits: HttpLimits;
  protected readonly scanner: HeadScanner;
  readonly #latin1: Latin1Decoder;
  readonly #framing = new Framing();
  #hasHadHead = false;

  constructor(type: "request" | "response", options: ParserOptions) {
    this.isRequest = type === "request";
    this.limits = options.limits ?? HTTP_LIMITS;
    this.#latin1 = options.latin1 ?? decodeLatin1;
    const helpers = options.helpers ?? PORTABLE_BYTES;
    this.scanner = new HeadScanner(this.isRequest, this.limits, helpers);
  }

  /** Lets go of the last message's strings: an idle connection has no use for them. */
  forget(): void {
    this.target = "";
    this.reason = "";
    this.rawHeaders = NO_FIELDS as string[];
    this.rawTrailers = NO_FIELDS;
  }

  /** Reads a head that was scanned, in `bytes[base, end)`. @returns False for one that is refused. */
  protected readHead(bytes: Uint8Array, base: number, end: number): boolean {
    const { scanner } = this;
    this.rawTrailers = NO_FIELDS;
    if (scanner.isRepeated) {
      // What the fields say of the framing was found out with the head before, and stands here still.
      this.#readStartLine(this.#latin1(bytes, base, base + scanner.fieldsStart));
      this.rawHeaders = scanner.repeated!.rawHeaders.slice();
      return true;
    }
    const text = this.#latin1(bytes, base, end);
    this.#readStartLine(text);
    const framing = this.#framing;
    const { versionMinor } = scanner;
    framing.reset();
    this.rawHeaders = this.#fields(text, bytes, base, framing);
    framing.finish(this.isRequest, versionMinor);
    if (framing.error !== undefined) {
      this.error ??= framing.error;
      return false;
    }
    this.#remember(bytes, base + scanner.fieldsStart, end);
    this.versionMinor = versionMinor;
    this.keepsAlive = framing.keepsAlive(versionMinor);
    this.contentLength = framing.contentLength;
    this.isChunked = framing.isChunked;
    this.hasExpect = framing.hasExpect;
    this.hasHost = framing.hostCount > 0;
    this.isUpgrade = framing.hasUpgrade;
    return true;
  }

  /** As `readHead`, for a trailer section. */
  protected readTrailers(bytes: Uint8Array, base: number, end: number): void {
    this.rawTrailers = this.#fields(this.#latin1(bytes, base, end), bytes, base);
  }

  /**
   * Keeps the fields of a head for the next one. A client mostly sends the same ones with all its
   * requests: what repeats is compared, and neither scanned nor made into strings again. Kept for
   * each connection by itself, so that nobody can find out by its time what others send; and from
   * the second head on, since many connections have one only.
   */
  #remember(bytes: Uint8Array, start: number, end: number): void {
    const { scanner } = this;
    scanner.repeated = undefined;
    if (this.#hasHadHead && end - start <= this.limits.maxRepeatedBytes) {
      // Not `slice`: a Buffer's shares the bytes.
      const copy = new Uint8Array(end - start);
      copy.set(bytes.subarray(start, end));
      const { versionMinor } = scanner;
      scanner.repeated = { bytes: copy, versionMinor, rawHeaders: this.rawHeaders.slice() };
    }
    this.#hasHadHead = true;
  }

  #readStartLine(text: string): void {
    const { scanner } = this;
    if (this.isRequest) {
      this.method = scanner.method;
      this.target = text.slice(scanner.targetStart, scanner.targetEnd);
    } else {
      this.statusCode = scanner.statusCode;
      this.reason = text.slice(scanner.reasonStart, scanner.reasonEnd);
    }
  }

  /** Makes the strings, as slices of one. */
  #fields(text: string, bytes: Uint8Array, base: number, framing?: Framing): string[] {
    const { spans, fieldCount } = this.scanner;
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
}
