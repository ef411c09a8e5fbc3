/** From the records of a file to a zone. */
import { canonicalName, DNS_TYPE, type DnsRecord, type RecordData } from "../dns/mod.ts";
import type { Answer } from "./encode-answer.ts";
import { checkZone } from "./check-zone.ts";
import { keyOf, parentKey } from "./names.ts";
import { isWildcard, type RecordSet, type Zone, type ZoneNode } from "./zone.ts";
import { ZoneError } from "./zone-error.ts";
import type { ZoneFile, ZoneRecord } from "./zone-file.ts";

/**
 * Makes a zone of a file that was read; the owner of its SOA record is its origin.
 *
 * @throws ZoneError for what no zone may have: see `check-zone.ts`.
 */
export function createZone(zoneFile: ZoneFile): Zone {
  const { file, records } = zoneFile;
  const soa = records.find(({ type }) => type === DNS_TYPE.SOA);
  if (soa?.data.kind !== "SOA") throw new ZoneError(file, 1, "there is no SOA record");
  const ttlS = Math.min(soa.ttlS, soa.data.minimumS);
  const zone = new ZoneTree(file, records.length, { ...soa, ttlS });
  for (const record of records) zone.add(record);
  zone.link();
  checkZone(zone);
  return zone;
}

class ZoneTree implements Zone {
  readonly origin: string;
  readonly file: string;
  readonly apex: ZoneNode;
  readonly nodes: Map<string, ZoneNode> = new Map();
  readonly negativeSoa: DnsRecord;
  readonly recordCount: number;
  /** What is in sets of more than one record: one that stands twice is one (RFC 2181, 5). */
  readonly #seen = new Map<RecordSet, Set<string>>();

  constructor(file: string, recordCount: number, negativeSoa: DnsRecord) {
    this.origin = negativeSoa.name;
    this.file = file;
    this.recordCount = recordCount;
    this.negativeSoa = negativeSoa;
    this.apex = new Node(this, keyOf(this.origin), this.origin);
    this.nodes.set(this.apex.key, this.apex);
  }

  add({ name, type, ttlS, data, line }: ZoneRecord): void {
    const key = keyOf(name);
    if (!this.#holds(key)) {
      const what = `${name} is not in the zone ${this.origin}; is a dot missing or too many?`;
      throw new ZoneError(this.file, line, what);
    }
    const { sets } = this.#nodeOf(key, name);
    const set = sets.get(type);
    if (set === undefined) {
      sets.set(type, { type, ttlS, data: [data], line });
      return;
    }
    set.ttlS = Math.min(set.ttlS, ttlS);
    let seen = this.#seen.get(set);
    if (seen === undefined) this.#seen.set(set, (seen = new Set([textOf(set.data[0]!)])));
    const text = textOf(data);
    if (seen.has(text)) return;
    seen.add(text);
    set.data.push(data);
  }

  #holds(key: string): boolean {
    let at = key;
    while (at.length > this.apex.key.length) at = parentKey(at);
    return at === this.apex.key;
  }

  /** The node of a name, made where it is not there, behind all between it and the apex. */
  #nodeOf(key: string, name: string): ZoneNode {
    let node = this.nodes.get(key);
    if (node !== undefined) return node;
    const parent = parentKey(key);
    if (!this.nodes.has(parent)) this.#nodeOf(parent, parentName(name));
    node = new Node(this, key, name);
    this.nodes.set(key, node);
    return node;
  }

  /** Sets what nodes know of each other; nothing is added afterwards. */
  link(): void {
    // A parent was made before its child.
    for (const node of this.nodes.values()) {
      if (node === this.apex) continue;
      const parent = this.nodes.get(parentKey(node.key))!;
      node.cut = parent.cut ?? (node.sets.has(DNS_TYPE.NS) ? node : undefined);
      if (!isWildcard(node)) continue;
      parent.wildcard = node;
      node.suffix = parent;
    }
    this.#seen.clear();
  }
}

class Node implements ZoneNode {
  readonly zone: Zone;
  readonly key: string;
  readonly name: string;
  readonly sets: Map<number, RecordSet> = new Map();
  cut: ZoneNode | undefined;
  wildcard: ZoneNode | undefined;
  suffix: ZoneNode = this;
  answers: Map<number, Answer> | undefined;

  constructor(zone: Zone, key: string, name: string) {
    this.zone = zone;
    this.key = key;
    this.name = name;
  }
}

/** What two records are compared by: names without their case. */
function textOf(data: RecordData): string {
  return JSON.stringify(data, (field, value: unknown) =>
    typeof value === "string" && /^(target|exchange|primary|mailbox)$/.test(field)
      ? canonicalName(value)
      : value,
  );
}

/** @returns Text of the name with one label less. */
function parentName(name: string): string {
  for (let at = 0; at < name.length; at++) {
    if (name[at] === "\\") at++;
    else if (name[at] === ".") return name.slice(at + 1);
  }
  return ".";
}
