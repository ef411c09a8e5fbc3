/** The data of records on the wire, by type. */
import { readU16, readU32 } from "../../libos/kernel/mod.ts";
import type { Cursor, NameOffsets } from "./name.ts";
import { encodeName, parseName } from "./name.ts";
import type { EdnsOption, RecordData } from "./record.ts";
import { DNS_TYPE } from "./wire.ts";

/**
 * Reads the data of one record.
 *
 * @param bytes The message, from its beginning: names in the data may point back.
 * @returns Undefined where it is malformed; data behind the last field is malformed too.
 */
export function parseData(
  bytes: Uint8Array,
  type: number,
  offset: number,
  length: number,
): RecordData | undefined {
  const reader = new DataReader(bytes, offset, offset + length);
  const data = readByType(reader, type);
  return reader.isMalformed || reader.cursor.at !== offset + length ? undefined : data;
}

function readByType(reader: DataReader, type: number): RecordData {
  switch (type) {
    case DNS_TYPE.A:
      return { kind: "A", address: reader.u32() };
    case DNS_TYPE.AAAA:
      return { kind: "AAAA", bytes: reader.bytes(16) };
    case DNS_TYPE.CNAME:
      return { kind: "CNAME", target: reader.name() };
    case DNS_TYPE.NS:
      return { kind: "NS", target: reader.name() };
    case DNS_TYPE.PTR:
      return { kind: "PTR", target: reader.name() };
    case DNS_TYPE.SOA:
      return readSoa(reader);
    case DNS_TYPE.MX:
      return { kind: "MX", preference: reader.u16(), exchange: reader.name() };
    case DNS_TYPE.TXT:
      return { kind: "TXT", strings: reader.strings() };
    case DNS_TYPE.SRV:
      return {
        kind: "SRV",
        priority: reader.u16(),
        weight: reader.u16(),
        port: reader.u16(),
        target: reader.name(),
      };
    case DNS_TYPE.CAA: {
      const flags = reader.u8();
      const tag = reader.text();
      return { kind: "CAA", flags, tag, value: reader.rest() };
    }
    case DNS_TYPE.NAPTR:
      return {
        kind: "NAPTR",
        order: reader.u16(),
        preference: reader.u16(),
        flags: reader.text(),
        services: reader.text(),
        regexp: reader.text(),
        replacement: reader.name(),
      };
    case DNS_TYPE.OPT:
      return { kind: "OPT", options: reader.ednsOptions() };
    default:
      return { kind: "UNKNOWN", bytes: reader.rest() };
  }
}

function readSoa(reader: DataReader): RecordData {
  return {
    kind: "SOA",
    primary: reader.name(),
    mailbox: reader.name(),
    serial: reader.u32(),
    refreshS: reader.u32(),
    retryS: reader.u32(),
    expireS: reader.u32(),
    minimumS: reader.u32(),
  };
}

/** Reads fields one after another; past the end they are empty, and `isMalformed` turns true. */
class DataReader {
  isMalformed = false;
  readonly cursor: Cursor;
  readonly #bytes: Uint8Array;
  readonly #end: number;

  constructor(bytes: Uint8Array, offset: number, end: number) {
    this.#bytes = bytes;
    this.#end = end;
    this.cursor = { at: offset };
  }

  u8(): number {
    const at = this.#take(1);
    return at < 0 ? 0 : this.#bytes[at]!;
  }

  u16(): number {
    const at = this.#take(2);
    return at < 0 ? 0 : readU16(this.#bytes, at);
  }

  u32(): number {
    const at = this.#take(4);
    return at < 0 ? 0 : readU32(this.#bytes, at);
  }

  bytes(length: number): Uint8Array {
    const at = this.#take(length);
    return at < 0 ? new Uint8Array(0) : this.#bytes.slice(at, at + length);
  }

  rest(): Uint8Array {
    return this.bytes(this.#end - this.cursor.at);
  }

  name(): string {
    const name = this.isMalformed ? undefined : parseName(this.#bytes, this.cursor, this.#end);
    if (name === undefined) this.isMalformed = true;
    return name ?? ".";
  }

  string(): Uint8Array {
    return this.bytes(this.u8());
  }

  /** A character string as text, one letter for each byte. */
  text(): string {
    return String.fromCharCode(...this.string());
  }

  strings(): Uint8Array[] {
    const strings: Uint8Array[] = [];
    while (!this.isMalformed && this.cursor.at < this.#end) strings.push(this.string());
    return strings;
  }

  ednsOptions(): EdnsOption[] {
    const options: EdnsOption[] = [];
    while (!this.isMalformed && this.cursor.at < this.#end) {
      const code = this.u16();
      options.push({ code, bytes: this.bytes(this.u16()) });
    }
    return options;
  }

  #take(length: number): number {
    const at = this.cursor.at;
    if (this.isMalformed || length < 0 || at + length > this.#end) {
      this.isMalformed = true;
      return -1;
    }
    this.cursor.at = at + length;
    return at;
  }
}

/**
 * Appends the data of one record to `out`, without its length.
 *
 * Names are compressed only in the types of RFC 1035 (RFC 3597, 4).
 */
export function encodeData(out: number[], data: RecordData, names: NameOffsets): void {
  switch (data.kind) {
    case "A":
      pushU32(out, data.address);
      return;
    case "AAAA":
    case "UNKNOWN":
      push(out, data.bytes);
      return;
    case "CNAME":
    case "NS":
    case "PTR":
      encodeName(out, data.target, names);
      return;
    case "SOA":
      encodeName(out, data.primary, names);
      encodeName(out, data.mailbox, names);
      for (const field of [data.serial, data.refreshS, data.retryS, data.expireS, data.minimumS]) {
        pushU32(out, field);
      }
      return;
    case "MX":
      pushU16(out, data.preference);
      encodeName(out, data.exchange, names);
      return;
    case "TXT":
      for (const string of data.strings) pushString(out, string);
      return;
    case "SRV":
      for (const field of [data.priority, data.weight, data.port]) pushU16(out, field);
      encodeName(out, data.target, undefined);
      return;
    case "CAA":
      out.push(data.flags & 255);
      pushString(out, latin1(data.tag));
      push(out, data.value);
      return;
    case "NAPTR":
      pushU16(out, data.order);
      pushU16(out, data.preference);
      for (const text of [data.flags, data.services, data.regexp]) pushString(out, latin1(text));
      encodeName(out, data.replacement, undefined);
      return;
    case "OPT":
      for (const { code, bytes } of data.options) {
        pushU16(out, code);
        pushU16(out, bytes.length);
        push(out, bytes);
      }
  }
}

export function pushU16(out: number[], value: number): void {
  out.push((value >>> 8) & 255, value & 255);
}

export function pushU32(out: number[], value: number): void {
  out.push(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
}

function push(out: number[], bytes: Uint8Array): void {
  for (const byte of bytes) out.push(byte);
}

function pushString(out: number[], bytes: Uint8Array): void {
  if (bytes.length > 255) throw new RangeError(`a character string of ${bytes.length} bytes`);
  out.push(bytes.length);
  push(out, bytes);
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}
