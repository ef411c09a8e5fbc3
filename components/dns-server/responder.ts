/** From the bytes of a query to the bytes of its response; no socket is known here. */
import {
  DNS,
  DNS_CLASS,
  DNS_FLAG,
  DNS_RCODE,
  DNS_TYPE,
  MAX_MESSAGE_BYTES,
  MAX_NAME_BYTES,
} from "../dns/mod.ts";
import { Answerer } from "./answer.ts";
import { emptyAnswer, fitAnswer, type Answer } from "./encode-answer.ts";
import { DNS_SERVER_LIMITS, type DnsServerLimits } from "./limits.ts";
import { Query } from "./query.ts";
import type { Zone } from "./zone.ts";
import { ZoneIndex } from "./zone-index.ts";

/** Questions that are no types of data: transfers (RFC 1035, RFC 1995), and those before ANY. */
const [FIRST_META_TYPE, IXFR, AXFR, LAST_META_TYPE] = [128, 251, 252, 254];
/** An OPT record without options. */
const OPT_BYTES = 11;
/** Bytes of it that are not always 0: the upper bits of the return code, and "DNSSEC OK". */
const EXTENDED_RCODE_AT = 5;
const DNSSEC_OK_AT = 7;
const DNSSEC_OK = 0x80;
/** What comes back as it was: the opcode, RD, and CD (RFC 1035, 4.1.1; RFC 4035, 3.1.6). */
const COPIED_FLAGS =
  (15 << DNS_FLAG.OPCODE_SHIFT) | DNS_FLAG.RECURSION_DESIRED_BIT | DNS_FLAG.CHECKING_DISABLED_BIT;

/** What a server has seen. */
export interface DnsServerCounters {
  udpQueries: number;
  tcpQueries: number;
  /** Responses cut to their header and question: the client comes again over TCP. */
  truncated: number;
  /** Queries answered with FORMERR, NOTIMP, REFUSED or BADVERS. */
  refused: number;
  /** Queries not answered at all: too short, or responses themselves. */
  ignored: number;
}

/** Answers queries from zones. */
export class DnsResponder {
  readonly counters: DnsServerCounters = {
    udpQueries: 0,
    tcpQueries: 0,
    truncated: 0,
    refused: 0,
    ignored: 0,
  };
  /**
   * The response of the last `respond`, from its first byte on. Another array may be here after each
   * call.
   */
  response: Uint8Array;
  readonly #query = new Query();
  readonly #answerer: Answerer;
  readonly #limits: DnsServerLimits;
  readonly #refusals = new Map<number, Answer>();
  /** The OPT record of most responses. */
  readonly #opt: Uint8Array;

  /**
   * @param zones Their order does not matter.
   * @throws Error, one line, when two zones have one origin or there are too many records.
   */
  constructor(zones: readonly Zone[], limits: DnsServerLimits = DNS_SERVER_LIMITS) {
    this.#limits = limits;
    this.#answerer = new Answerer(new ZoneIndex(zones, limits.maxRecords), limits);
    this.response = new Uint8Array(limits.maxUdpBytes);
    const sizeHigh = limits.maxUdpBytes >> 8;
    this.#opt = Uint8Array.of(0, 0, DNS_TYPE.OPT, sizeHigh, limits.maxUdpBytes, 0, 0, 0, 0, 0, 0);
  }

  /**
   * Answers one query. Never throws, whatever the bytes are. For an answer that was given before,
   * nothing is made but a view and the name's text.
   *
   * @param bytes Any memory; it is not kept.
   * @param isTcp True: the response may have 65,535 bytes.
   * @returns The length of the response in `response`; 0: say nothing.
   */
  respond(bytes: Uint8Array, offset: number, length: number, isTcp: boolean): number {
    const { counters } = this;
    if (isTcp) counters.tcpQueries++;
    else counters.udpQueries++;
    const rcode =
      length > this.#limits.maxQueryBytes ? -1 : this.#query.parse(bytes, offset, length);
    if (rcode < 0) {
      counters.ignored++;
      return 0;
    }
    return this.#write(this.#find(rcode), isTcp);
  }

  /** The answer of the zones, or the refusal. */
  #find(rcode: number): Answer {
    const { type, key, ednsVersion } = this.#query;
    if (rcode !== DNS_RCODE.NOERROR) return this.#refuse(rcode);
    if (ednsVersion !== 0) return this.#refuse(DNS_RCODE.BADVERS);
    if (this.#query.class !== DNS_CLASS.IN) return this.#refuse(DNS_RCODE.REFUSED);
    if (type === AXFR || type === IXFR) return this.#refuse(DNS_RCODE.REFUSED);
    if (type === DNS_TYPE.OPT || type === 0) return this.#refuse(DNS_RCODE.FORMERR);
    if (type >= FIRST_META_TYPE && type <= LAST_META_TYPE) return this.#refuse(DNS_RCODE.NOTIMP);
    return this.#answerer.answer(key, type) ?? this.#refuse(DNS_RCODE.REFUSED);
  }

  #refuse(rcode: number): Answer {
    this.counters.refused++;
    let answer = this.#refusals.get(rcode);
    if (answer === undefined) this.#refusals.set(rcode, (answer = emptyAnswer(rcode)));
    return answer;
  }

  #write(answer: Answer, isTcp: boolean): number {
    const query = this.#query;
    const { nameBytes, hasEdns } = query;
    const answerAt = nameBytes === 0 ? DNS.HEADER_BYTES : DNS.HEADER_BYTES + nameBytes + 4;
    const optBytes = hasEdns ? OPT_BYTES : 0;
    const answerBytes = answer.bytes.length;
    const room = (isTcp ? MAX_MESSAGE_BYTES : this.#udpBytes()) - answerAt - optBytes;
    const isCut = answer.neededBytes > room;
    const out = this.#reserve(answerAt + (isCut ? 0 : answerBytes) + optBytes);
    out.set(answer.header);
    out[DNS.ID] = query.id >> 8;
    out[DNS.ID + 1] = query.id;
    const flags = query.flags & COPIED_FLAGS;
    out[DNS.FLAGS]! |= flags >> 8;
    out[DNS.FLAGS + 1]! |= flags & 255;
    if (nameBytes === 0) out[DNS.QUESTION_COUNT + 1] = 0;
    else out.set(query.question, DNS.HEADER_BYTES);
    let end = answerAt;
    let additionals = answer.additionalCount;
    if (isCut) {
      this.counters.truncated++;
      out[DNS.FLAGS]! |= DNS_FLAG.TRUNCATED_BIT >> 8;
      out.fill(0, DNS.ANSWER_COUNT, DNS.HEADER_BYTES);
      additionals = 0;
    } else if (answerBytes > 0) {
      fitAnswer(answer, nameBytes);
      out.set(answer.bytes, answerAt);
      const isWhole = answerBytes <= room;
      // What is only additional is then written over.
      end += isWhole ? answerBytes : answer.neededBytes;
      if (!isWhole) additionals = 0;
    }
    if (hasEdns) {
      additionals++;
      this.#writeOpt(out, end, answer.rcode);
    }
    out[DNS.ADDITIONAL_COUNT] = additionals >> 8;
    out[DNS.ADDITIONAL_COUNT + 1] = additionals;
    return end + optBytes;
  }

  /** RFC 6891, 6.1.2. */
  #writeOpt(out: Uint8Array, at: number, rcode: number): void {
    out.set(this.#opt, at);
    if (rcode > DNS_FLAG.RCODE_MASK) out[at + EXTENDED_RCODE_AT] = rcode >> 4;
    if (this.#query.dnssecOk) out[at + DNSSEC_OK_AT] = DNSSEC_OK;
  }

  #udpBytes(): number {
    return Math.min(this.#query.udpBytes, this.#limits.maxUdpBytes);
  }

  /** The response's memory, grown where an answer over TCP needs it. */
  #reserve(bytes: number): Uint8Array {
    if (this.response.length < bytes) {
      this.response = new Uint8Array(Math.max(bytes, 2 * MAX_NAME_BYTES));
    }
    return this.response;
  }
}
