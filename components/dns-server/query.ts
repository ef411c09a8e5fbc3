/** Queries as a server reads them (RFC 1035, 4.1; RFC 6891): one pass, into one reused object. */
import { readU16 } from "../../libos/kernel/mod.ts";
import {
  DNS,
  DNS_FLAG,
  DNS_RCODE,
  DNS_TYPE,
  MAX_LABEL_BYTES,
  MAX_NAME_BYTES,
  MAX_UDP_BYTES,
} from "../dns/mod.ts";
import { foldLetters } from "./names.ts";

/** A record's fields behind its name: type, class, TTL and the length of its data. */
const RECORD_BYTES = 10;
/** "DNSSEC OK" (RFC 3225), in the TTL of an OPT record. */
const DNSSEC_OK_BIT = 0x8000;
/** RFC 6891, 6.1.2: an option has a code and a length. */
const OPTION_BYTES = 4;

/** What was read of a query; every field is of the last one. */
export class Query {
  id = 0;
  /** u16, `DNS_FLAG`. */
  flags = 0;
  /** The length of the question's name on the wire; 0: there is no question to repeat. */
  nameBytes = 0;
  /** The question as it came, with type and class; valid while the query's memory is. */
  question: Uint8Array = new Uint8Array(0);
  /** See `keyOf`. */
  key = "";
  type = 0;
  class = 0;
  hasEdns = false;
  ednsVersion = 0;
  dnssecOk = false;
  /** The longest response over UDP that the client takes: 512 without EDNS. */
  udpBytes: number = MAX_UDP_BYTES;
  /**
   * Reads a query.
   *
   * @returns `DNS_RCODE.NOERROR`; or what it is to be refused with, where `nameBytes` is 0 when there
   *   is no question to repeat; or -1 where nothing is to be answered: it is too short, or a response.
   */
  parse(bytes: Uint8Array, offset: number, length: number): number {
    this.nameBytes = 0;
    this.hasEdns = false;
    this.ednsVersion = 0;
    this.dnssecOk = false;
    this.udpBytes = MAX_UDP_BYTES;
    if (length < DNS.HEADER_BYTES) return -1;
    this.id = readU16(bytes, offset + DNS.ID);
    this.flags = readU16(bytes, offset + DNS.FLAGS);
    if ((this.flags & DNS_FLAG.RESPONSE_BIT) !== 0) return -1;
    if (((this.flags >> DNS_FLAG.OPCODE_SHIFT) & 15) !== 0) return DNS_RCODE.NOTIMP;
    // One question (RFC 9619).
    if (readU16(bytes, offset + DNS.QUESTION_COUNT) !== 1) return DNS_RCODE.FORMERR;
    const end = offset + length;
    const at = this.#parseQuestion(bytes, offset + DNS.HEADER_BYTES, end);
    if (at < 0) return DNS_RCODE.FORMERR;
    return this.#parseRecords(bytes, offset, at, end) ? DNS_RCODE.NOERROR : DNS_RCODE.FORMERR;
  }

  /** @returns Where the question ends, or -1 where it is malformed. */
  #parseQuestion(bytes: Uint8Array, from: number, end: number): number {
    const last = Math.min(end, from + MAX_NAME_BYTES);
    let at = from;
    for (;;) {
      if (at >= last) return -1;
      const length = bytes[at++]!;
      if (length === 0) break;
      // A pointer has nothing to point to yet, and is longer than any label.
      if (length > MAX_LABEL_BYTES) return -1;
      at += length;
    }
    if (at + 4 > end) return -1;
    // What follows costs an interpreter a few calls, where a loop over the letters costs ten times that.
    this.question = bytes.subarray(from, at + 4);
    const letters: string = String.fromCharCode.apply(
      undefined,
      this.question as unknown as number[],
    );
    this.nameBytes = at - from;
    this.key = foldLetters(letters.slice(0, this.nameBytes - 1));
    this.type = readU16(bytes, at);
    this.class = readU16(bytes, at + 2);
    return at + 4;
  }

  /** Goes through the records for EDNS; what a query has beside it is of no interest. */
  #parseRecords(bytes: Uint8Array, offset: number, from: number, end: number): boolean {
    const answers = readU16(bytes, offset + DNS.ANSWER_COUNT);
    const authorities = readU16(bytes, offset + DNS.AUTHORITY_COUNT);
    const additionals = readU16(bytes, offset + DNS.ADDITIONAL_COUNT);
    let at = from;
    // Each turn moves on by a record, so a false count ends at the end of the message.
    for (let left = answers + authorities + additionals; left > 0; left--) {
      const nameAt = at;
      at = skipName(bytes, at, end);
      if (at < 0 || at + RECORD_BYTES > end) return false;
      const dataAt = at + RECORD_BYTES;
      const next = dataAt + readU16(bytes, at + 8);
      if (next > end) return false;
      if (readU16(bytes, at) === DNS_TYPE.OPT) {
        // One, of the root, among the additional ones (RFC 6891, 6.1.1).
        if (this.hasEdns || left > additionals || at !== nameAt + 1) return false;
        if (!areOptions(bytes, dataAt, next)) return false;
        this.hasEdns = true;
        this.udpBytes = Math.max(MAX_UDP_BYTES, readU16(bytes, at + 2));
        this.ednsVersion = bytes[at + 5]!;
        this.dnssecOk = (readU16(bytes, at + 6) & DNSSEC_OK_BIT) !== 0;
      }
      at = next;
    }
    return true;
  }
}

/** @returns Where a name ends, or -1 where it is malformed; where it points to is not looked at. */
function skipName(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end) {
    const length = bytes[at]!;
    if (length === 0) return at + 1;
    if (length >= 0xc0) return at + 2;
    if (length > MAX_LABEL_BYTES) return -1;
    at += 1 + length;
  }
  return -1;
}

/** Whether the data of an OPT record is whole; what its options mean is nobody's business here. */
function areOptions(bytes: Uint8Array, from: number, end: number): boolean {
  let at = from;
  while (at + OPTION_BYTES <= end) at += OPTION_BYTES + readU16(bytes, at + 2);
  return at === end;
}
