/** The data of records as text, by type: what stands behind the type in a zone file. */
import { DNS_TYPE, type RecordData } from "../dns/mod.ts";
import type { FieldReader } from "./field-reader.ts";
import { parseNumber } from "./numbers.ts";

const [U8, U16, U32] = [0xff, 0xffff, 0xffff_ffff];
/** The most that a record holds. */
const MAX_DATA_BYTES = 0xffff;

/** Types that are written by name. */
const TYPES: Readonly<Record<string, number>> = {
  A: DNS_TYPE.A,
  NS: DNS_TYPE.NS,
  CNAME: DNS_TYPE.CNAME,
  SOA: DNS_TYPE.SOA,
  PTR: DNS_TYPE.PTR,
  MX: DNS_TYPE.MX,
  TXT: DNS_TYPE.TXT,
  AAAA: DNS_TYPE.AAAA,
  SRV: DNS_TYPE.SRV,
  NAPTR: DNS_TYPE.NAPTR,
  CAA: DNS_TYPE.CAA,
};

/** What a zone cannot hold as it is: DNAME, whose answers are made; and questions, not data. */
const DNAME = 39;
const isQuestionOnly = (type: number): boolean =>
  type === 0 || type === DNS_TYPE.OPT || (type >= 128 && type <= 255);

/** @returns The number of `MX` or `TYPE15`, or undefined for what no zone holds. */
export function typeOf(word: string): number | undefined {
  const upper = word.toUpperCase();
  if (Object.hasOwn(TYPES, upper)) return TYPES[upper];
  if (!upper.startsWith("TYPE")) return undefined;
  const type = parseNumber(upper.slice(4), U16);
  return type === undefined || type === DNAME || isQuestionOnly(type) ? undefined : type;
}

/**
 * Reads the data of one record.
 *
 * @throws ZoneError where it does not fit its type.
 */
export function parseRecordData(type: number, reader: FieldReader): RecordData {
  if (reader.peek() === "\\#") {
    reader.word("\\#");
    if (Object.values(TYPES).includes(type)) {
      reader.fail("\\# is for types that have no name here; write this one by its fields");
    }
    return { kind: "UNKNOWN", bytes: reader.hexadecimal() };
  }
  switch (type) {
    case DNS_TYPE.A:
      return { kind: "A", address: reader.ipv4() };
    case DNS_TYPE.AAAA:
      return { kind: "AAAA", bytes: reader.ipv6() };
    case DNS_TYPE.CNAME:
      return { kind: "CNAME", target: reader.name() };
    case DNS_TYPE.NS:
      return { kind: "NS", target: reader.name() };
    case DNS_TYPE.PTR:
      return { kind: "PTR", target: reader.name() };
    case DNS_TYPE.MX:
      return {
        kind: "MX",
        preference: reader.number("the preference", U16),
        exchange: reader.name(),
      };
    case DNS_TYPE.TXT:
      return { kind: "TXT", strings: readStrings(reader) };
    case DNS_TYPE.SRV:
      return {
        kind: "SRV",
        priority: reader.number("the priority", U16),
        weight: reader.number("the weight", U16),
        port: reader.number("the port", U16),
        target: reader.name(),
      };
    case DNS_TYPE.CAA:
      return {
        kind: "CAA",
        flags: reader.number("the flags", U8),
        tag: reader.text(),
        value: reader.string(MAX_DATA_BYTES - 2 - U8),
      };
    case DNS_TYPE.NAPTR:
      return {
        kind: "NAPTR",
        order: reader.number("the order", U16),
        preference: reader.number("the preference", U16),
        flags: reader.text(),
        services: reader.text(),
        regexp: reader.text(),
        replacement: reader.name(),
      };
    case DNS_TYPE.SOA:
      return {
        kind: "SOA",
        primary: reader.name(),
        mailbox: reader.name(),
        serial: reader.number("the serial", U32),
        refreshS: reader.time(),
        retryS: reader.time(),
        expireS: reader.time(),
        minimumS: reader.time(),
      };
    default:
      return reader.fail(`data of TYPE${type} begins with \\# (RFC 3597)`);
  }
}

function readStrings(reader: FieldReader): readonly Uint8Array[] {
  const strings = [reader.string()];
  let bytes = 1 + strings[0]!.length;
  while (reader.hasMore) {
    const string = reader.string();
    strings.push(string);
    bytes += 1 + string.length;
  }
  if (bytes > MAX_DATA_BYTES) reader.fail(`the strings have ${bytes} bytes, too many for a record`);
  return strings;
}
