/**
 * Text by the kernel's native functions. The packages and our own `TextEncoder` and `TextDecoder` do
 * it in JavaScript, character by character, which the engine takes hundreds of instructions for
 * each: here they do what is common natively, and the rest (other encodings, replacements for what
 * is ill-formed) as before.
 */
import type { Buffer as BufferType } from "buffer";
import type { NativeMachine } from "../../../bare-metal/native.ts";
import { isBase64Url, readingEncoding, toBase64Url } from "./base64url.ts";
import { Utf8Decoder } from "./utf8-decoder.ts";
import { Utf8Encoder } from "./utf8.ts";

/** The native functions. */
export type NativeText = NativeMachine["text"];

const OTHER = 0;
const UTF8 = 1;
const LATIN1 = 2;

/** Encodings that are done natively, by the names under which they are mostly asked for. */
const KINDS: ReadonlyMap<unknown, number> = new Map([
  [undefined, UTF8],
  ["utf8", UTF8],
  ["utf-8", UTF8],
  ["latin1", LATIN1],
  ["binary", LATIN1],
]);

/** Longer Buffers are the package's affair. */
const MAX_PLAIN_BYTES = 0x4000_0000;

function kindOf(encoding: unknown): number {
  return KINDS.get(encoding) ?? OTHER;
}

/** @returns The text's bytes; undefined where it is not all natively encoded. */
function encode(native: NativeText, text: string, kind: number): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length);
  const written =
    kind === UTF8 ? native.encodeInto(text, bytes, 0) : native.encodeLatin1(text, bytes, 0);
  if (written === bytes.length) return bytes;
  const length = kind === UTF8 ? native.utf8Length(text) : -1;
  if (length < 0) return undefined;
  const longer = new Uint8Array(length);
  native.encodeInto(text, longer, 0);
  return longer;
}

/**
 * Puts native functions behind the methods of npm's `Buffer`, which keep their results.
 *
 * @param Class The package's class; it is changed.
 */
export function makeBufferNative(Class: typeof BufferType, native: NativeText): void {
  const portable = {
    from: Class.from,
    byteLength: Class.byteLength,
    isEncoding: Class.isEncoding,
    allocUnsafe: Class.allocUnsafe,
  };
  const prototype = Class.prototype as unknown as Record<string, (...given: never[]) => unknown>;
  const { write, toString, fill } = prototype;
  const statics = {
    from(value: unknown, encoding?: unknown, length?: unknown): unknown {
      if (typeof value === "string") {
        const kind = kindOf(encoding);
        const bytes = kind === OTHER ? undefined : encode(native, value, kind);
        if (bytes !== undefined) return Object.setPrototypeOf(bytes, prototype);
      }
      const reading = readingEncoding(encoding);
      return (portable.from as (...given: unknown[]) => unknown)(value, reading, length);
    },
    allocUnsafe(size: unknown): unknown {
      // What the package does, without its checks of what is a length.
      if (typeof size === "number" && size >= 0 && size <= MAX_PLAIN_BYTES) {
        return Object.setPrototypeOf(new Uint8Array(size), prototype);
      }
      return portable.allocUnsafe(size as number);
    },
    byteLength(value: unknown, encoding?: unknown): number {
      if (typeof value === "string" && kindOf(encoding) === UTF8) {
        const length = native.utf8Length(value);
        if (length >= 0) return length;
      }
      return portable.byteLength(value as string, readingEncoding(encoding) as "utf8");
    },
    isEncoding(encoding: unknown): boolean {
      return isBase64Url(encoding) || portable.isEncoding(encoding as string);
    },
    compare(left: Uint8Array, right: Uint8Array): number {
      if (!(left instanceof Uint8Array && right instanceof Uint8Array)) {
        throw new TypeError(
          'The "buf1", "buf2" arguments must be one of type Buffer or Uint8Array',
        );
      }
      const length = Math.min(left.length, right.length);
      return native.compare(left, 0, right, 0, length) || Math.sign(left.length - right.length);
    },
  };
  const methods = {
    write(this: Uint8Array, text: unknown, offset?: unknown, length?: unknown, encoding?: unknown) {
      // (text), (text, encoding), (text, offset), (text, offset, encoding): as far as there is room.
      const isFirst = offset === undefined || typeof offset === "string";
      const name = isFirst ? offset : (length ?? encoding);
      const at = isFirst ? 0 : offset;
      const kind = typeof text === "string" ? kindOf(name) : OTHER;
      if (kind !== OTHER && isRange(at, this.length, this.length)) {
        const written =
          kind === UTF8
            ? native.encodeInto(text as string, this, at as number)
            : native.encodeLatin1(text as string, this, at as number);
        if (written >= 0) return written;
      }
      const given = [offset, length, encoding].map(readingEncoding);
      return write!.apply(this, [text, ...given] as never);
    },
    toString(this: Uint8Array, encoding?: unknown, start: unknown = 0, end?: unknown) {
      const kind = kindOf(encoding);
      const stop = end === undefined ? this.length : end;
      if (kind !== OTHER && isRange(start, stop, this.length)) {
        const length = (stop as number) - (start as number);
        if (kind === LATIN1) return native.decodeLatin1(this, start as number, length);
        const text = native.decode(this, start as number, length);
        if (text !== undefined) return text;
      }
      const given = [readingEncoding(encoding), start, end];
      const text = toString!.apply(this, given as never) as string;
      return isBase64Url(encoding) ? toBase64Url(text) : text;
    },
    equals(this: Uint8Array, other: Uint8Array): boolean {
      if (!(other instanceof Uint8Array)) throw new TypeError("Argument must be a Buffer");
      const { length } = this;
      return length === other.length && native.compare(this, 0, other, 0, length) === 0;
    },
    fill(this: Uint8Array, value: unknown, start?: unknown, ...more: unknown[]): unknown {
      if (typeof value === "number" && start === undefined && more.length === 0) {
        return Uint8Array.prototype.fill.call(this, value & 255);
      }
      return fill!.apply(this, [value, start, ...more] as never);
    },
  };
  for (const [target, changes] of [
    [Class, statics],
    [prototype, methods],
  ] as const) {
    for (const [name, value] of Object.entries(changes)) {
      Object.defineProperty(target, name, { value, writable: true, configurable: true });
    }
  }
}

/** True for two natural numbers in order, the second one at most `length`. */
function isRange(start: unknown, end: unknown, length: number): boolean {
  const from = start as number;
  const to = end as number;
  return from >>> 0 === start && to >>> 0 === end && from <= to && to <= length;
}

/** Makes the class `TextEncoder` over the native functions. */
export function createTextEncoder(native: NativeText): typeof Utf8Encoder {
  return class TextEncoder extends Utf8Encoder {
    override encode(text: string = ""): Uint8Array<ArrayBuffer> {
      const source = String(text);
      const bytes = encode(native, source, UTF8);
      return (bytes as Uint8Array<ArrayBuffer> | undefined) ?? super.encode(source);
    }
  };
}

/** Makes the class `TextDecoder` over the native functions. */
export function createTextDecoder(native: NativeText): typeof Utf8Decoder {
  return class TextDecoder extends Utf8Decoder {
    /** A call with `stream` has left something behind, perhaps. */
    #isInStream = false;

    override decode(
      input?: ArrayBuffer | ArrayBufferView,
      options: { stream?: boolean } = {},
    ): string {
      if (!this.#isInStream && options.stream !== true && input !== undefined) {
        const bytes = ArrayBuffer.isView(input)
          ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
          : new Uint8Array(input);
        const text = native.decode(bytes, 0, bytes.length);
        if (text !== undefined) {
          return text.charCodeAt(0) === 0xfeff && !this.ignoreBOM ? text.slice(1) : text;
        }
      }
      this.#isInStream = options.stream === true;
      return super.decode(input, options);
    }
  };
}
