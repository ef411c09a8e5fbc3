/** A zone: its names as nodes, ready to be asked. */
import type { DnsRecord, RecordData } from "../dns/mod.ts";
import type { Answer } from "./encode-answer.ts";

/** Records of one name and type. */
export interface RecordSet {
  readonly type: number;
  /** The least of its records (RFC 2181, 5.2). */
  ttlS: number;
  /** At least one, none twice. */
  readonly data: RecordData[];
  /** Where the first one stands. */
  readonly line: number;
}

/** A name of a zone; also one that is there only because names below it are (RFC 4592, 2.2.2). */
export interface ZoneNode {
  readonly zone: Zone;
  /** See `keyOf`. */
  readonly key: string;
  /** Text, in the case of the file. */
  readonly name: string;
  readonly sets: Map<number, RecordSet>;
  /** The delegation at this name or above it; what is below it is not this zone's (glue). */
  cut: ZoneNode | undefined;
  /** The child "*". */
  wildcard: ZoneNode | undefined;
  /** Every question that this node answers ends in this name: its own, or its parent's if it is "*". */
  suffix: ZoneNode;
  /** Answers that were encoded already, by type; undefined: none yet. */
  answers: Map<number, Answer> | undefined;
}

export interface Zone {
  /** Text, as a name without a dot at its end. */
  readonly origin: string;
  readonly file: string;
  readonly apex: ZoneNode;
  /** By key. Every node but the apex has its parent here. */
  readonly nodes: ReadonlyMap<string, ZoneNode>;
  /** The SOA record of negative answers, with their TTL (RFC 2308, 3). */
  readonly negativeSoa: DnsRecord;
  readonly recordCount: number;
}

/** @returns Whether the first label is "*" (RFC 4592, 2.1.1). */
export function isWildcard(node: ZoneNode): boolean {
  return node.key.startsWith("\u0001*");
}

/** @returns The server that a record names, of which a client asks for the addresses next. */
export function targetOf(data: RecordData): string | undefined {
  switch (data.kind) {
    case "NS":
    case "SRV":
      return data.target;
    case "MX":
      return data.exchange;
    default:
      return undefined;
  }
}
