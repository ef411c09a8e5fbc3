/** Reads the fields of one entry one after another; whatever does not fit is a ZoneError. */
import { parseIpv6 } from "../dns/mod.ts";
import { parseIpv4 } from "../ipv4/mod.ts";
import { absoluteName } from "./names.ts";
import { parseNumber, parseTime } from "./numbers.ts";
import { ZoneError } from "./zone-error.ts";
import type { Entry, Field } from "./zone-scanner.ts";

const BACKSLASH = 92;
const MAX_STRING_BYTES = 255;

export class FieldReader {
  readonly #entry: Entry;
  readonly #file: string;
  readonly #origin: string;
  #at = 0;

  constructor(entry: Entry, file: string, origin: string) {
    this.#entry = entry;
    this.#file = file;
    this.#origin = origin;
  }

  /** Throws a ZoneError at the field that was read last. */
  fail(what: string): never {
    const field = this.#entry.fields[Math.max(0, this.#at - 1)];
    throw new ZoneError(this.#file, field?.line ?? this.#entry.line, what);
  }

  /** @returns The text of the next field, which stays; undefined at the end. */
  peek(): string | undefined {
    const field = this.#entry.fields[this.#at];
    return field?.isQuoted === false ? field.text : undefined;
  }

  /** @returns Whether there is a further field. */
  get hasMore(): boolean {
    return this.#at < this.#entry.fields.length;
  }

  /** @param what What is expected, for the error. */
  word(what: string): string {
    const field = this.#next(what);
    if (field.isQuoted) this.fail(`${what} is expected, not "${field.text}"`);
    return field.text;
  }

  number(what: string, max: number): number {
    const text = this.word(what);
    return parseNumber(text, max) ?? this.fail(`${what} is a number up to ${max}, not ${text}`);
  }

  time(): number {
    const text = this.word("a time");
    return parseTime(text) ?? this.fail(`not a time: ${text}; write seconds, or 1h30m`);
  }

  name(): string {
    const text = this.word("a name");
    return absoluteName(text, this.#origin) ?? this.fail(`not a domain name: ${text}`);
  }

  ipv4(): number {
    const text = this.word("an IPv4 address");
    return parseIpv4(text) ?? this.fail(`not an IPv4 address: ${text}`);
  }

  ipv6(): Uint8Array {
    const text = this.word("an IPv6 address");
    return parseIpv6(text) ?? this.fail(`not an IPv6 address: ${text}`);
  }

  /** A character string (RFC 1035, 5.1), quoted or not. */
  string(maxBytes: number = MAX_STRING_BYTES): Uint8Array {
    const { text } = this.#next("a string");
    const bytes: number[] = [];
    for (let at = 0; at < text.length; at++) {
      let code = text.charCodeAt(at);
      if (code === BACKSLASH) {
        const escaped = parseNumber(text.slice(at + 1, at + 4), 255);
        const isNumber = escaped !== undefined && at + 3 < text.length;
        code = isNumber ? escaped : text.charCodeAt(at + 1);
        at += isNumber ? 3 : 1;
      }
      // A backslash at the end leaves NaN.
      if (code >= 0) bytes.push(code);
    }
    if (bytes.length > maxBytes) {
      this.fail(`a string of ${bytes.length} bytes: ${maxBytes} are the most, split it`);
    }
    return Uint8Array.from(bytes);
  }

  /** A character string as text, one letter for each byte. */
  text(): string {
    return String.fromCharCode(...this.string());
  }

  /** Data of any type (RFC 3597, 5), behind `\#`. */
  hexadecimal(): Uint8Array {
    const length = this.number("the length", 0xffff);
    let digits = "";
    while (this.hasMore) digits += this.word("hexadecimal digits");
    if (digits.length !== 2 * length) {
      this.fail(`${digits.length} hexadecimal digits for ${length} bytes`);
    }
    return Uint8Array.from({ length }, (_, index) => {
      const pair = digits.slice(2 * index, 2 * index + 2);
      const high = digitOf(pair, 0);
      const low = digitOf(pair, 1);
      return high < 0 || low < 0 ? this.fail(`not hexadecimal: ${pair}`) : 16 * high + low;
    });
  }

  /** @throws ZoneError where fields are left over. */
  end(): void {
    if (this.hasMore) this.fail(`too many fields: ${this.#next("").text}`);
  }

  #next(what: string): Field {
    const field = this.#entry.fields[this.#at];
    if (field === undefined) return this.fail(`${what} is missing at the end`);
    this.#at++;
    return field;
  }
}

function digitOf(pair: string, at: number): number {
  return "0123456789abcdef".indexOf(pair.charAt(at).toLowerCase());
}
