/** All zones of a server, by name: which node answers for a name (RFC 1034, 4.3.2, steps 2 and 3). */
import { parentKey } from "./names.ts";
import type { Zone, ZoneNode } from "./zone.ts";

/** What is known of a name. */
export interface Found {
  /** The node of the name itself, or of its closest encloser (RFC 4592, 3.3.1). */
  readonly node: ZoneNode;
  readonly isExact: boolean;
}

export class ZoneIndex {
  readonly #nodes = new Map<string, ZoneNode>();
  readonly #types = new Set<number>();

  /**
   * @throws Error when two zones have one origin, or there are too many records.
   */
  constructor(zones: readonly Zone[], maxRecords: number) {
    const apexes = new Map<string, Zone>();
    let records = 0;
    for (const zone of zones) {
      const other = apexes.get(zone.apex.key);
      if (other !== undefined) {
        throw new Error(`${other.file} and ${zone.file} are both the zone ${zone.origin}`);
      }
      apexes.set(zone.apex.key, zone);
      records += zone.recordCount;
    }
    if (records > maxRecords) throw new Error(`the zones have ${records} records: too many`);
    for (const zone of zones) this.#addZone(zone, apexes);
  }

  /** A name belongs to the zone whose origin is nearest; what a parent says of it is not asked. */
  #addZone(zone: Zone, apexes: ReadonlyMap<string, Zone>): void {
    for (const [key, node] of zone.nodes) {
      let at = key;
      while (!apexes.has(at)) at = parentKey(at);
      if (apexes.get(at) !== zone) continue;
      this.#nodes.set(key, node);
      for (const type of node.sets.keys()) this.#types.add(type);
    }
  }

  /** The node of exactly this name, if it is of a zone. */
  get(key: string): ZoneNode | undefined {
    return this.#nodes.get(key);
  }

  /** The node that is nearest above a name, or undefined where the name is in no zone. */
  encloser(key: string): ZoneNode | undefined {
    for (let at = key; at !== "";) {
      at = parentKey(at);
      const node = this.#nodes.get(at);
      if (node !== undefined) return node;
    }
    return undefined;
  }

  /** @returns The node, or its closest encloser, or undefined for a name of no zone. */
  find(key: string): Found | undefined {
    const node = this.#nodes.get(key);
    if (node !== undefined) return { node, isExact: true };
    const encloser = this.encloser(key);
    return encloser && { node: encloser, isExact: false };
  }

  /** Whether any name has records of this type. */
  hasType(type: number): boolean {
    return this.#types.has(type);
  }
}
