import { readU16, readU32 } from "../../libos/kernel/mod.ts";
import type { Cursor, NameOffsets } from "./name.ts";
import { encodeName, parseName } from "./name.ts";
import { encodeData, parseData, pushU16, pushU32 } from "./rdata.ts";
import type { DnsQuestion, DnsRecord, EdnsOption } from "./record.ts";
import { DNS, DNS_FLAG, DNS_TYPE, EDNS_UDP_BYTES, MAX_MESSAGE_BYTES } from "./wire.ts";

/** A DNS message: a query or a response. */
export interface DnsMessage {
  /** u16. */
  readonly id: number;
  readonly isResponse: boolean;
  /** 0 is a query. */
  readonly opcode: number;
  readonly isAuthoritative: boolean;
  readonly isTruncated: boolean;
  readonly recursionDesired: boolean;
  readonly recursionAvailable: boolean;
  readonly authenticData: boolean;
  readonly checkingDisabled: boolean;
  /** `DNS_RCODE`, with the upper bits of EDNS where there is an OPT record. */
  readonly rcode: number;
  readonly questions: readonly DnsQuestion[];
  readonly answers: readonly DnsRecord[];
  readonly authorities: readonly DnsRecord[];
  /** Without the OPT record. */
  readonly additionals: readonly DnsRecord[];
  /** What the OPT record says; undefined without one. */
  readonly edns: Edns | undefined;
}

/** EDNS(0) (RFC 6891, 6.1). */
export interface Edns {
  /** The longest message that the sender takes over UDP. */
  readonly udpBytes: number;
  readonly version: number;
  /** "DNSSEC OK" (RFC 3225). */
  readonly dnssecOk: boolean;
  readonly options: readonly EdnsOption[];
}

/**
 * Reads a whole message.
 *
 * @param bytes Nothing but the message.
 * @returns Undefined where it is malformed; bytes behind the last record are ignored.
 */
export function parseMessage(bytes: Uint8Array): DnsMessage | undefined {
  if (bytes.length < DNS.HEADER_BYTES || bytes.length > MAX_MESSAGE_BYTES) return undefined;
  const flags = readU16(bytes, DNS.FLAGS);
  const cursor: Cursor = { at: DNS.HEADER_BYTES };
  const questions = parseQuestions(bytes, cursor, readU16(bytes, DNS.QUESTION_COUNT));
  const answers = questions && parseRecords(bytes, cursor, readU16(bytes, DNS.ANSWER_COUNT));
  const authorities = answers && parseRecords(bytes, cursor, readU16(bytes, DNS.AUTHORITY_COUNT));
  const rest = authorities && parseRecords(bytes, cursor, readU16(bytes, DNS.ADDITIONAL_COUNT));
  if (rest === undefined) return undefined;
  const opts = rest.filter((record) => record.type === DNS_TYPE.OPT);
  // More than one is a format error (RFC 6891, 6.1.1).
  if (opts.length > 1) return undefined;
  const opt = opts[0];
  const upper = opt === undefined ? 0 : (opt.ttlS >>> 24) << 4;
  return {
    id: readU16(bytes, DNS.ID),
    isResponse: (flags & DNS_FLAG.RESPONSE_BIT) !== 0,
    opcode: (flags >> DNS_FLAG.OPCODE_SHIFT) & 15,
    isAuthoritative: (flags & DNS_FLAG.AUTHORITATIVE_BIT) !== 0,
    isTruncated: (flags & DNS_FLAG.TRUNCATED_BIT) !== 0,
    recursionDesired: (flags & DNS_FLAG.RECURSION_DESIRED_BIT) !== 0,
    recursionAvailable: (flags & DNS_FLAG.RECURSION_AVAILABLE_BIT) !== 0,
    authenticData: (flags & DNS_FLAG.AUTHENTIC_DATA_BIT) !== 0,
    checkingDisabled: (flags & DNS_FLAG.CHECKING_DISABLED_BIT) !== 0,
    rcode: (flags & DNS_FLAG.RCODE_MASK) | upper,
    questions: questions!,
    answers: answers!,
    authorities: authorities!,
    additionals: rest.filter((record) => record !== opt),
    edns: opt && ednsOf(opt),
  };
}

function parseQuestions(
  bytes: Uint8Array,
  cursor: Cursor,
  count: number,
): DnsQuestion[] | undefined {
  const questions: DnsQuestion[] = [];
  for (let index = 0; index < count; index++) {
    const name = parseName(bytes, cursor, bytes.length);
    if (name === undefined || cursor.at + 4 > bytes.length) return undefined;
    const type = readU16(bytes, cursor.at);
    questions.push({ name, type, class: readU16(bytes, cursor.at + 2) });
    cursor.at += 4;
  }
  return questions;
}

function parseRecords(bytes: Uint8Array, cursor: Cursor, count: number): DnsRecord[] | undefined {
  const records: DnsRecord[] = [];
  for (let index = 0; index < count; index++) {
    const name = parseName(bytes, cursor, bytes.length);
    if (name === undefined || cursor.at + 10 > bytes.length) return undefined;
    const type = readU16(bytes, cursor.at);
    const length = readU16(bytes, cursor.at + 8);
    const offset = cursor.at + 10;
    if (offset + length > bytes.length) return undefined;
    const data = parseData(bytes, type, offset, length);
    if (data === undefined) return undefined;
    const ttlS = readU32(bytes, cursor.at + 4);
    records.push({ name, type, class: readU16(bytes, cursor.at + 2), ttlS, data });
    cursor.at = offset + length;
  }
  return records;
}

function ednsOf(opt: DnsRecord): Edns {
  return {
    udpBytes: opt.class,
    version: (opt.ttlS >>> 16) & 255,
    dnssecOk: (opt.ttlS & 0x8000) !== 0,
    options: opt.data.kind === "OPT" ? opt.data.options : [],
  };
}

/**
 * Writes a message.
 *
 * @param maxBytes Where a longer one is cut at a record's end and marked as truncated (RFC 2181, 9).
 *   The question and the OPT record always stay.
 * @throws RangeError for names that are none, and strings above 255 bytes: bugs of the caller.
 */
export function encodeMessage(
  message: DnsMessage,
  maxBytes: number = MAX_MESSAGE_BYTES,
): Uint8Array {
  const out: number[] = Array.from({ length: DNS.HEADER_BYTES }, () => 0);
  const names: NameOffsets = new Map();
  for (const question of message.questions) {
    encodeName(out, question.name, names);
    pushU16(out, question.type);
    pushU16(out, question.class);
  }
  const opt = message.edns === undefined ? [] : encodeOpt(message.edns, message.rcode);
  const room = maxBytes - opt.length;
  const counts = [0, 0, 0];
  const sections = [message.answers, message.authorities, message.additionals];
  let isTruncated = message.isTruncated;
  let isFull = false;
  for (const [section, records] of sections.entries()) {
    for (const record of records) {
      const before = out.length;
      if (!isFull) encodeRecord(out, record, names);
      if (isFull || out.length > room) {
        if (!isFull) out.length = before;
        isFull = true;
        // What is only additional may be left out without a word (RFC 2181, 9).
        if (section < 2) isTruncated = true;
        break;
      }
      counts[section]!++;
    }
  }
  for (const byte of opt) out.push(byte);
  const bytes = Uint8Array.from(out);
  const header = [message.id, flagsOf(message, isTruncated), message.questions.length];
  const additionalCount = counts[2]! + (message.edns === undefined ? 0 : 1);
  [...header, counts[0]!, counts[1]!, additionalCount].forEach((field, index) => {
    bytes[2 * index] = field >>> 8;
    bytes[2 * index + 1] = field;
  });
  return bytes;
}

function flagsOf(message: DnsMessage, isTruncated: boolean): number {
  return (
    (message.isResponse ? DNS_FLAG.RESPONSE_BIT : 0) |
    ((message.opcode & 15) << DNS_FLAG.OPCODE_SHIFT) |
    (message.isAuthoritative ? DNS_FLAG.AUTHORITATIVE_BIT : 0) |
    (isTruncated ? DNS_FLAG.TRUNCATED_BIT : 0) |
    (message.recursionDesired ? DNS_FLAG.RECURSION_DESIRED_BIT : 0) |
    (message.recursionAvailable ? DNS_FLAG.RECURSION_AVAILABLE_BIT : 0) |
    (message.authenticData ? DNS_FLAG.AUTHENTIC_DATA_BIT : 0) |
    (message.checkingDisabled ? DNS_FLAG.CHECKING_DISABLED_BIT : 0) |
    (message.rcode & DNS_FLAG.RCODE_MASK)
  );
}

function encodeRecord(out: number[], record: DnsRecord, names: NameOffsets): void {
  encodeName(out, record.name, names);
  pushU16(out, record.type);
  pushU16(out, record.class);
  pushU32(out, record.ttlS);
  const lengthAt = out.length;
  pushU16(out, 0);
  encodeData(out, record.data, names);
  const length = out.length - lengthAt - 2;
  out[lengthAt] = length >>> 8;
  out[lengthAt + 1] = length & 255;
}

function encodeOpt(edns: Edns, rcode: number): number[] {
  const out: number[] = [0];
  pushU16(out, DNS_TYPE.OPT);
  pushU16(out, edns.udpBytes);
  pushU32(out, ((rcode >> 4) << 24) | (edns.version << 16) | (edns.dnssecOk ? 0x8000 : 0));
  const data: number[] = [];
  encodeData(data, { kind: "OPT", options: edns.options }, new Map());
  pushU16(out, data.length);
  for (const byte of data) out.push(byte);
  return out;
}

/** @returns A query for one question, as a stub resolver asks it. */
export function queryMessage(id: number, question: DnsQuestion, useEdns: boolean): DnsMessage {
  return {
    id,
    isResponse: false,
    opcode: 0,
    isAuthoritative: false,
    isTruncated: false,
    recursionDesired: true,
    recursionAvailable: false,
    authenticData: false,
    checkingDisabled: false,
    rcode: 0,
    questions: [question],
    answers: [],
    authorities: [],
    additionals: [],
    edns: useEdns
      ? { udpBytes: EDNS_UDP_BYTES, version: 0, dnssecOk: false, options: [] }
      : undefined,
  };
}

/** @returns A response to `query`, as a server gives it. */
export function responseMessage(
  query: DnsMessage,
  rcode: number,
  answers: readonly DnsRecord[],
  authorities: readonly DnsRecord[] = [],
): DnsMessage {
  return {
    ...query,
    isResponse: true,
    isAuthoritative: false,
    isTruncated: false,
    recursionAvailable: true,
    authenticData: false,
    rcode,
    answers,
    authorities,
    additionals: [],
    edns: query.edns && { udpBytes: EDNS_UDP_BYTES, version: 0, dnssecOk: false, options: [] },
  };
}
