/** Reads what stands between the data of a chunked body: size lines and line ends (RFC 9112 7.1). */
import {
  BACKSLASH,
  CR,
  EQUALS,
  FIELD_VALUE,
  HEX_VALUE,
  LF,
  QUOTE,
  SEMICOLON,
  TOKEN,
} from "./characters.ts";
import type { HttpLimits } from "./limits.ts";
import type { ParseError, ParseErrorCode } from "./parse-error.ts";

const SIZE_START = 0;
const SIZE = 1;
const EXTENSION_NAME = 2;
const EXTENSION_VALUE = 3;
const QUOTED = 4;
const QUOTED_PAIR = 5;
const AFTER_QUOTED = 6;
const SIZE_END = 7;
const DATA_CR = 8;
const DATA_LF = 9;
const DONE = 10;

export class ChunkScanner {
  error: ParseError | undefined;
  /** The size that the line gave, once `isDone`. */
  size = 0;
  readonly #limits: HttpLimits;
  #state = SIZE_START;
  #extensionBytes = 0;
  /** Bytes of the element being read: an empty name or value is refused. */
  #elementBytes = 0;

  constructor(limits: HttpLimits) {
    this.#limits = limits;
  }

  get isDone(): boolean {
    return this.#state === DONE;
  }

  /** Prepares for the first size line of a message. */
  begin(): void {
    this.#state = SIZE_START;
    this.#extensionBytes = 0;
    this.size = 0;
  }

  /** Prepares for the line end behind a chunk's data, and the size line that follows it. */
  endData(): void {
    this.#state = DATA_CR;
    this.size = 0;
  }

  /** Goes on at `from`. @returns The position behind the last byte read. */
  scan(bytes: Uint8Array, from: number, end: number): number {
    let at = from;
    while (at < end && this.#state !== DONE && this.error === undefined) {
      this.#step(bytes[at]!);
      at++;
    }
    return at;
  }

  #fail(code: ParseErrorCode, reason: string): void {
    this.error ??= { code, reason };
  }

  #step(byte: number): void {
    switch (this.#state) {
      case SIZE_START:
      case SIZE:
        this.#stepSize(byte);
        break;
      case SIZE_END:
        if (byte !== LF) this.#fail("HPE_LF_EXPECTED", "Expected LF after chunk size");
        this.#state = DONE;
        break;
      case DATA_CR:
        if (byte === LF) this.#fail("HPE_CR_EXPECTED", "Missing expected CR after chunk data");
        else if (byte !== CR) this.#fail("HPE_STRICT", "Expected LF after chunk data");
        this.#state = DATA_LF;
        break;
      case DATA_LF:
        if (byte !== LF) this.#fail("HPE_STRICT", "Expected LF after chunk data");
        this.#state = SIZE_START;
        break;
      default:
        this.#stepExtension(byte);
    }
  }

  #stepSize(byte: number): void {
    const digit = HEX_VALUE[byte]!;
    if (digit !== 255) {
      if (this.#state === SIZE && this.size === 0) this.#countExtension();
      this.size = this.size * 16 + digit;
      if (this.size > Number.MAX_SAFE_INTEGER) {
        this.#fail("HPE_INVALID_CHUNK_SIZE", "Chunk size overflow");
      }
      this.#state = SIZE;
    } else if (this.#state === SIZE && byte === CR) {
      this.#state = SIZE_END;
    } else if (this.#state === SIZE && byte === SEMICOLON) {
      this.#beginElement(EXTENSION_NAME);
    } else if (this.#state === SIZE && byte === LF) {
      this.#fail("HPE_CR_EXPECTED", "Missing expected CR after chunk size");
    } else {
      this.#fail("HPE_INVALID_CHUNK_SIZE", "Invalid character in chunk size");
    }
  }

  /** chunk-ext = *( ";" name [ "=" ( token / quoted-string ) ] ), without the "bad" white space. */
  #stepExtension(byte: number): void {
    this.#countExtension();
    switch (this.#state) {
      case EXTENSION_NAME:
        if (byte === EQUALS && this.#elementBytes > 0) this.#beginElement(EXTENSION_VALUE);
        else this.#stepElement(byte);
        break;
      case EXTENSION_VALUE:
        if (byte === QUOTE && this.#elementBytes === 0) this.#state = QUOTED;
        else this.#stepElement(byte);
        break;
      case QUOTED:
        if (byte === QUOTE) this.#state = AFTER_QUOTED;
        else if (byte === BACKSLASH) this.#state = QUOTED_PAIR;
        else if (FIELD_VALUE[byte] !== 1) this.#failExtension();
        break;
      case QUOTED_PAIR:
        if (FIELD_VALUE[byte] !== 1) this.#failExtension();
        this.#state = QUOTED;
        break;
      default:
        this.#elementBytes = 1;
        this.#endElement(byte);
    }
  }

  #stepElement(byte: number): void {
    if (TOKEN[byte] === 1) this.#elementBytes++;
    else this.#endElement(byte);
  }

  #endElement(byte: number): void {
    if (this.#elementBytes === 0) this.#failExtension();
    else if (byte === CR) this.#state = SIZE_END;
    else if (byte === SEMICOLON) this.#beginElement(EXTENSION_NAME);
    else if (byte === LF)
      this.#fail("HPE_CR_EXPECTED", "Missing expected CR after chunk extension");
    else this.#failExtension();
  }

  #beginElement(state: number): void {
    this.#state = state;
    this.#elementBytes = 0;
  }

  #failExtension(): void {
    this.#fail("HPE_STRICT", "Invalid character in chunk extensions");
  }

  /** Extensions and leading zeros are the parts of a size line without a bound of their own. */
  #countExtension(): void {
    if (++this.#extensionBytes > this.#limits.maxChunkExtensionBytes) {
      this.#fail("HPE_CHUNK_EXTENSIONS_OVERFLOW", "Chunk extensions overflow");
    }
  }
}
