/**
 * `node:string_decoder` in an image: bytes become text in pieces, and what ends in the middle of a
 * character waits for its rest.
 */
import { Buffer } from "buffer";

/** Node's names for an encoding, by its other names in lower case. */
const NAMES: Readonly<Record<string, string>> = {
  utf8: "utf8",
  "utf-8": "utf8",
  ucs2: "utf16le",
  "ucs-2": "utf16le",
  utf16le: "utf16le",
  "utf-16le": "utf16le",
  latin1: "latin1",
  binary: "latin1",
  base64: "base64",
  base64url: "base64url",
  ascii: "ascii",
  hex: "hex",
};
const NOTHING = new Uint8Array(0);

const isContinuation = (byte: number): boolean => (byte & 0xc0) === 0x80;

/** @returns How long a character in UTF-8 is that begins so. */
function utf8Length(first: number): number {
  return first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf8 ? 4 : 1;
}

/** By encoding: how many bytes at the end of all wait for more. */
const WAITING: Readonly<Record<string, (bytes: Uint8Array) => number>> = {
  utf8(bytes) {
    const { length } = bytes;
    for (let back = 1; back <= 3 && back <= length; back++) {
      const byte = bytes[length - back]!;
      if (!isContinuation(byte)) return utf8Length(byte) > back ? back : 0;
    }
    return 0;
  },
  utf16le(bytes) {
    const { length } = bytes;
    const odd = length & 1;
    const isHigh = length - odd >= 2 && (bytes[length - odd - 1]! & 0xfc) === 0xd8;
    return isHigh ? odd + 2 : odd;
  },
  base64: (bytes) => bytes.length % 3,
  base64url: (bytes) => bytes.length % 3,
};

function decode(bytes: Uint8Array, encoding: string): string {
  const { buffer, byteOffset, byteLength } = bytes;
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString(encoding as "utf8");
}

/** @throws TypeError `ERR_UNKNOWN_ENCODING`. */
function nameOf(encoding: unknown): string {
  const name = NAMES[String(encoding ?? "utf8").toLowerCase() || "utf8"];
  if (name !== undefined) return name;
  const error = new TypeError(`Unknown encoding: ${String(encoding)}`);
  throw Object.assign(error, { code: "ERR_UNKNOWN_ENCODING" });
}

/** As Node's (`lib/string_decoder.js`), but that it does not show the bytes that wait. */
export interface StringDecoder {
  /** Node's name for it. */
  readonly encoding: string;
  /**
   * @param bytes A string is given back as it is.
   * @returns The text of all characters that are complete.
   */
  write(bytes: string | ArrayBufferView): string;
  /** The same, and then what waits: U+FFFD in UTF-8. The decoder begins anew. */
  end(bytes?: string | ArrayBufferView): string;
}

interface State {
  encoding: string;
  waitingBytes: Uint8Array;
}

function write(this: State, bytes: string | ArrayBufferView): string {
  if (typeof bytes === "string") return bytes;
  if (!ArrayBuffer.isView(bytes)) {
    const what = "an instance of Buffer, TypedArray, or DataView";
    const error = new TypeError(`The "buf" argument must be ${what}.`);
    throw Object.assign(error, { code: "ERR_INVALID_ARG_TYPE" });
  }
  const { encoding, waitingBytes } = this;
  const { buffer, byteOffset, byteLength } = bytes;
  let all = new Uint8Array(buffer, byteOffset, byteLength);
  let text = "";
  if (waitingBytes.length > 0) {
    if (encoding === "utf8" && byteLength > 0 && !isContinuation(all[0]!)) {
      // The character will never be complete.
      text = "\ufffd";
    } else {
      const joined = new Uint8Array(waitingBytes.length + byteLength);
      joined.set(waitingBytes);
      joined.set(all, waitingBytes.length);
      all = joined;
    }
  }
  const end = all.length - (WAITING[encoding]?.(all) ?? 0);
  this.waitingBytes = end < all.length ? all.slice(end) : NOTHING;
  return text + decode(all.subarray(0, end), encoding);
}

function end(this: State, bytes?: string | ArrayBufferView): string {
  const text = bytes === undefined ? "" : write.call(this, bytes);
  const { encoding, waitingBytes } = this;
  this.waitingBytes = NOTHING;
  if (waitingBytes.length === 0) return text;
  return text + (encoding === "utf8" ? "\ufffd" : decode(waitingBytes, encoding));
}

/** A function and no class: packages call it on objects of their own (iconv-lite before 0.5). */
function construct(this: State, encoding?: unknown): void {
  this.encoding = nameOf(encoding);
  this.waitingBytes = NOTHING;
}
Object.assign(construct.prototype, { write, end });

/** @throws TypeError `ERR_UNKNOWN_ENCODING`. */
export const StringDecoder = construct as unknown as {
  new (encoding?: unknown): StringDecoder;
  call(decoder: object, encoding?: unknown): void;
  readonly prototype: StringDecoder;
};

/** The module itself. */
const stringDecoder: { readonly StringDecoder: typeof StringDecoder } = { StringDecoder };
export default stringDecoder;
