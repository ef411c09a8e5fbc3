/** `TextDecoder` (WHATWG Encoding) for UTF-8, where the engine has none. */

const REPLACEMENT = 0xfffd;
/** Characters that `String.fromCharCode` gets at once: more could overflow the stack. */
const CHUNK = 2048;

/** The bytes that may follow a first byte: how many, and the range of the first of them. */
function sequenceOf(first: number): { need: number; low: number; high: number } | undefined {
  if (first >= 0xc2 && first <= 0xdf) return { need: 1, low: 0x80, high: 0xbf };
  if (first >= 0xe0 && first <= 0xef) {
    return { need: 2, low: first === 0xe0 ? 0xa0 : 0x80, high: first === 0xed ? 0x9f : 0xbf };
  }
  if (first >= 0xf0 && first <= 0xf4) {
    return { need: 3, low: first === 0xf0 ? 0x90 : 0x80, high: first === 0xf4 ? 0x8f : 0xbf };
  }
  return undefined;
}

/** Decodes text; what is no UTF-8 becomes U+FFFD, or throws with `fatal`. */
export class Utf8Decoder {
  readonly encoding = "utf-8";
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  /** The beginning of a sequence whose end has not come yet. */
  #rest: Uint8Array = new Uint8Array(0);
  #isFirst = true;

  /** @throws RangeError for an encoding other than UTF-8. */
  constructor(label: string = "utf-8", options: { fatal?: boolean; ignoreBOM?: boolean } = {}) {
    if (!/^\s*(?:unicode-1-1-utf-8|utf-?8)\s*$/i.test(label)) {
      throw new RangeError(`The "${label}" encoding is not supported`);
    }
    this.fatal = options.fatal === true;
    this.ignoreBOM = options.ignoreBOM === true;
  }

  decode(input?: ArrayBuffer | ArrayBufferView, options: { stream?: boolean } = {}): string {
    const bytes = this.#withRest(bytesOf(input));
    const units: number[] = [];
    let text = "";
    let at = 0;
    while (at < bytes.length) {
      const next = this.#decodeOne(bytes, at, units, options.stream === true);
      if (next < 0) break;
      at = next;
      if (units.length >= CHUNK) text += String.fromCharCode(...units.splice(0));
    }
    this.#rest = bytes.slice(at);
    text += String.fromCharCode(...units);
    return this.#withoutMark(text, options.stream === true);
  }

  #withRest(bytes: Uint8Array): Uint8Array {
    if (this.#rest.length === 0) return bytes;
    const joined = new Uint8Array(this.#rest.length + bytes.length);
    joined.set(this.#rest);
    joined.set(bytes, this.#rest.length);
    return joined;
  }

  #withoutMark(text: string, isStream: boolean): string {
    const isMarked = this.#isFirst && !this.ignoreBOM && text.charCodeAt(0) === 0xfeff;
    this.#isFirst = isStream ? this.#isFirst && text === "" : true;
    return isMarked ? text.slice(1) : text;
  }

  /** @returns Where the next one begins; -1 when the rest of this one has not come yet. */
  #decodeOne(bytes: Uint8Array, at: number, units: number[], isStream: boolean): number {
    const first = bytes[at]!;
    if (first < 0x80) {
      units.push(first);
      return at + 1;
    }
    const sequence = sequenceOf(first);
    if (sequence === undefined) return this.#bad(units, at + 1);
    const { need, low, high } = sequence;
    let point = first & (0x3f >> need);
    for (let index = 1; index <= need; index++) {
      const byte = bytes[at + index];
      if (byte === undefined) return isStream ? -1 : this.#bad(units, at + index);
      const isFitting = index === 1 ? byte >= low && byte <= high : (byte & 0xc0) === 0x80;
      if (!isFitting) return this.#bad(units, at + index);
      point = (point << 6) | (byte & 0x3f);
    }
    if (point < 0x10000) units.push(point);
    else units.push(0xd7c0 + (point >> 10), 0xdc00 | (point & 0x3ff));
    return at + need + 1;
  }

  #bad(units: number[], next: number): number {
    if (this.fatal) {
      this.#rest = new Uint8Array(0);
      throw new TypeError("The encoded data was not valid for encoding utf-8");
    }
    units.push(REPLACEMENT);
    return next;
  }
}

function bytesOf(input: ArrayBuffer | ArrayBufferView | undefined): Uint8Array {
  if (input === undefined) return new Uint8Array(0);
  if (!ArrayBuffer.isView(input)) return new Uint8Array(input);
  return new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
}
