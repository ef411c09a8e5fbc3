/**
 * Answers, encoded once: everything of a response that stands behind the question.
 *
 * Names in it point into the question, whose length differs from query to query. So an answer is
 * encoded as if the question had the longest possible name, and remembers where its pointers are;
 * `fitAnswer` moves them when the next question has another length than the one before.
 */
import {
  DNS,
  DNS_CLASS,
  DNS_FLAG,
  encodeData,
  encodeName,
  MAX_NAME_BYTES,
  pushU16,
  pushU32,
  type NameOffsets,
  type RecordData,
} from "../dns/mod.ts";

/** Records of one owner and type, to be encoded. */
export interface AnswerSet {
  /** Undefined: the name that was asked for. */
  readonly owner: string | undefined;
  readonly type: number;
  readonly ttlS: number;
  readonly data: readonly RecordData[];
}

/** What an answer says, before it is encoded. */
export interface AnswerContent {
  /** `DNS_RCODE`. */
  readonly rcode: number;
  readonly isAuthoritative: boolean;
  readonly answers: readonly AnswerSet[];
  readonly authorities: readonly AnswerSet[];
  readonly additionals: readonly AnswerSet[];
  /** True for a referral, which is worth nothing without its glue (RFC 9471). */
  readonly needsAdditionals: boolean;
}

/** An encoded answer. */
export interface Answer {
  readonly rcode: number;
  /** A message's header with flags and counts, of which the query decides the rest. */
  readonly header: Uint8Array;
  readonly additionalCount: number;
  /** From the question's end on. Pointers in it fit the question of `fitAnswer`. */
  readonly bytes: Uint8Array;
  /** What may not be left out: `bytes` from 0 to here. */
  readonly neededBytes: number;
  readonly pointersAt: readonly number[];
  /** The length of the question's name that pointers fit now. */
  nameBytes: number;
}

/** An answer without a record. */
export function emptyAnswer(rcode: number): Answer {
  return {
    rcode,
    header: encodeHeader(rcode, false, 0, 0, 0),
    additionalCount: 0,
    bytes: new Uint8Array(0),
    neededBytes: 0,
    pointersAt: [],
    nameBytes: MAX_NAME_BYTES,
  };
}

function encodeHeader(rcode: number, isAuthoritative: boolean, ...counts: number[]): Uint8Array {
  const out: number[] = [];
  const authoritative = isAuthoritative ? DNS_FLAG.AUTHORITATIVE_BIT : 0;
  pushU16(out, 0);
  pushU16(out, DNS_FLAG.RESPONSE_BIT | authoritative | (rcode & DNS_FLAG.RCODE_MASK));
  for (const count of [1, ...counts]) pushU16(out, count);
  return Uint8Array.from(out);
}

/** A pointer to the question's name, whose place never changes. */
const QUESTION_POINTER = 0xc000 | DNS.HEADER_BYTES;
/** Where the question ends that has the longest name: type and class follow the name. */
const QUESTION_END = DNS.HEADER_BYTES + MAX_NAME_BYTES + 4;

/**
 * Encodes.
 *
 * @param suffix Text of a name in which every question ends that gets this answer.
 * @param suffixBytes Its length on the wire.
 */
export function encodeAnswer(content: AnswerContent, suffix: string, suffixBytes: number): Answer {
  const pointersAt: number[] = [];
  const names: NameOffsets = Object.assign(new Map<string, number>(), { pointersAt });
  const nameAt = DNS.HEADER_BYTES + MAX_NAME_BYTES - suffixBytes;
  const out: number[] = Array.from({ length: nameAt }, () => 0);
  encodeName(out, suffix, names);
  out.push(0, 0, 0, 0);
  const count = (sets: readonly AnswerSet[]): number =>
    sets.reduce((sum, set) => sum + encodeSet(out, set, names), 0);
  const answerCount = count(content.answers);
  const authorityCount = count(content.authorities);
  const neededBytes = out.length - QUESTION_END;
  const additionalCount = count(content.additionals);
  const bytes = Uint8Array.from(out.slice(QUESTION_END));
  const { rcode, isAuthoritative } = content;
  return {
    rcode,
    header: encodeHeader(rcode, isAuthoritative, answerCount, authorityCount, additionalCount),
    additionalCount,
    bytes,
    neededBytes: content.needsAdditionals ? bytes.length : neededBytes,
    pointersAt: pointersAt.map((at) => at - QUESTION_END),
    nameBytes: MAX_NAME_BYTES,
  };
}

function encodeSet(out: number[], set: AnswerSet, names: NameOffsets): number {
  for (const data of set.data) {
    if (set.owner === undefined) pushU16(out, QUESTION_POINTER);
    else encodeName(out, set.owner, names);
    pushU16(out, set.type);
    pushU16(out, DNS_CLASS.IN);
    pushU32(out, set.ttlS);
    const lengthAt = out.length;
    pushU16(out, 0);
    encodeData(out, data, names);
    const length = out.length - lengthAt - 2;
    out[lengthAt] = length >>> 8;
    out[lengthAt + 1] = length & 255;
  }
  return set.data.length;
}

/** Moves the pointers, so that they fit a question whose name has so many bytes. */
export function fitAnswer(answer: Answer, nameBytes: number): void {
  const { bytes, pointersAt } = answer;
  const shift = nameBytes - answer.nameBytes;
  if (shift === 0) return;
  answer.nameBytes = nameBytes;
  for (const at of pointersAt) {
    const pointer = ((bytes[at]! << 8) | bytes[at + 1]!) + shift;
    bytes[at] = pointer >> 8;
    bytes[at + 1] = pointer;
  }
}
