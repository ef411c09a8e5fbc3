/** What a zone answers (RFC 1034, 4.3.2; wildcards: RFC 4592; negative answers: RFC 2308). */
import { DNS_RCODE, DNS_TYPE, type RecordData } from "../dns/mod.ts";
import { encodeAnswer, type Answer, type AnswerContent, type AnswerSet } from "./encode-answer.ts";
import { keyOf } from "./names.ts";
import { targetOf, type RecordSet, type Zone, type ZoneNode } from "./zone.ts";
import type { Found, ZoneIndex } from "./zone-index.ts";

/** RFC 4034, 5: of a delegation, it is the parent who answers. */
const DS_TYPE = 43;
/** Under what answers are kept at a node that are not for one type. */
const KEPT = { BEHIND_ALIAS: 0, NO_SUCH_NAME: -1, NO_DATA: -2, REFERRAL: -3 } as const;

export interface AnswererLimits {
  readonly maxAliases: number;
  readonly maxKeptBytes: number;
}

/** Answers questions, and keeps what it has encoded. */
export class Answerer {
  readonly #index: ZoneIndex;
  readonly #limits: AnswererLimits;
  #keptBytes = 0;

  constructor(index: ZoneIndex, limits: AnswererLimits) {
    this.#index = index;
    this.#limits = limits;
  }

  /**
   * Finds the answer to a question of class IN.
   *
   * @param key The name's key.
   * @param type Any type, ANY too, that is no transfer.
   * @returns Undefined where the name is in no zone.
   */
  answer(key: string, type: number): Answer | undefined {
    const exact = this.#index.get(key);
    const node = exact ?? this.#index.encloser(key);
    if (node === undefined) return undefined;
    const { cut } = node;
    if (cut !== undefined && !(type === DS_TYPE && exact === cut)) return this.#referral(cut);
    const answering = exact ?? node.wildcard;
    return answering === undefined
      ? this.#negative(node.zone, DNS_RCODE.NXDOMAIN)
      : this.#ofNode(answering, type);
  }

  /** @param node The name, or the wildcard that stands for it. */
  #ofNode(node: ZoneNode, type: number): Answer {
    const { sets } = node;
    // Of what a name has, one set is enough (RFC 8482, 4.1).
    const [first] = sets.keys();
    const wanted = type === DNS_TYPE.ANY && first !== undefined ? first : type;
    const hasAlias = sets.has(DNS_TYPE.CNAME);
    if (!sets.has(wanted) && !hasAlias) return this.#negative(node.zone, DNS_RCODE.NOERROR);
    // An alias leads to the same for every type that no name has: so what is kept stays little.
    const kept = this.#index.hasType(wanted) ? wanted : KEPT.BEHIND_ALIAS;
    return node.answers?.get(kept) ?? this.#keep(node, kept, this.#follow(node, wanted));
  }

  /** The records of the type, behind the aliases that lead to them. */
  #follow(start: ZoneNode, type: number): AnswerContent {
    const answers: AnswerSet[] = [];
    const passed = new Set<ZoneNode>();
    let found: Found | undefined = { node: start, isExact: true };
    let owner: string | undefined;
    let node: ZoneNode | undefined = start;
    while (node !== undefined && passed.size <= this.#limits.maxAliases) {
      passed.add(node);
      const set = node.sets.get(type) ?? node.sets.get(DNS_TYPE.CNAME);
      if (set === undefined) return negativeContent(answers, node.zone, DNS_RCODE.NOERROR);
      answers.push(setOf(set, owner));
      const [data] = set.data;
      if (set.type === type || data?.kind !== "CNAME") {
        return { ...positive(answers), additionals: this.#addressesOf(node.zone, set.data) };
      }
      owner = data.target;
      found = this.#index.find(keyOf(owner));
      if (found === undefined) break;
      const { cut } = found.node;
      if (cut !== undefined) return { ...this.#delegation(cut), answers, isAuthoritative: true };
      node = found.isExact ? found.node : found.node.wildcard;
      if (node === undefined) {
        return negativeContent(answers, found.node.zone, DNS_RCODE.NXDOMAIN);
      }
      if (passed.has(node)) break;
    }
    return positive(answers);
  }

  #referral(cut: ZoneNode): Answer {
    const kept = KEPT.REFERRAL;
    return cut.answers?.get(kept) ?? this.#keep(cut, kept, this.#delegation(cut));
  }

  #delegation(cut: ZoneNode): AnswerContent {
    const set = cut.sets.get(DNS_TYPE.NS)!;
    return {
      ...positive([]),
      isAuthoritative: false,
      authorities: [setOf(set, cut.name)],
      additionals: this.#addressesOf(cut.zone, set.data),
      needsAdditionals: true,
    };
  }

  #negative(zone: Zone, rcode: number): Answer {
    const { apex } = zone;
    const kept = rcode === DNS_RCODE.NXDOMAIN ? KEPT.NO_SUCH_NAME : KEPT.NO_DATA;
    return apex.answers?.get(kept) ?? this.#keep(apex, kept, negativeContent([], zone, rcode));
  }

  /** Addresses of mail servers, name servers and services that our zones know, glue too. */
  #addressesOf(zone: Zone, targets: readonly RecordData[]): AnswerSet[] {
    const sets: AnswerSet[] = [];
    for (const data of targets) {
      const name = targetOf(data);
      if (name === undefined) continue;
      const key = keyOf(name);
      const node = zone.nodes.get(key) ?? this.#index.get(key);
      for (const type of [DNS_TYPE.A, DNS_TYPE.AAAA]) {
        const set = node?.sets.get(type);
        const isThere = sets.some((other) => other.owner === name && other.type === type);
        if (set !== undefined && !isThere) sets.push(setOf(set, name));
      }
    }
    return sets;
  }

  #keep(node: ZoneNode, kept: number, content: AnswerContent): Answer {
    const { suffix } = node;
    // On the wire a name has one byte more than its key: the empty label.
    const answer = encodeAnswer(content, suffix.name, suffix.key.length + 1);
    if (this.#keptBytes + answer.bytes.length <= this.#limits.maxKeptBytes) {
      this.#keptBytes += answer.bytes.length;
      (node.answers ??= new Map()).set(kept, answer);
    }
    return answer;
  }
}

function positive(answers: readonly AnswerSet[]): AnswerContent {
  return {
    rcode: DNS_RCODE.NOERROR,
    isAuthoritative: true,
    answers,
    authorities: [],
    additionals: [],
    needsAdditionals: false,
  };
}

function negativeContent(answers: readonly AnswerSet[], zone: Zone, rcode: number): AnswerContent {
  const { name, type, ttlS, data } = zone.negativeSoa;
  return {
    ...positive(answers),
    rcode,
    authorities: [{ owner: name, type, ttlS, data: [data] }],
  };
}

function setOf(set: RecordSet, owner: string | undefined): AnswerSet {
  return { owner, type: set.type, ttlS: set.ttlS, data: set.data };
}
