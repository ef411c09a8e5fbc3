import type { DnsLimits } from "./limits.ts";
import type { DnsRecord } from "./record.ts";

/** What the cache knows about a name and a type. */
export type CacheEntry =
  | { readonly kind: "records"; readonly records: readonly DnsRecord[] }
  | { readonly kind: "negative"; readonly code: "ENOTFOUND" | "ENODATA" };

interface Stored {
  readonly entry: CacheEntry;
  readonly expiresUs: number;
}

/** Any type: for "there is no such name" (RFC 2308, 5). */
const ANY_TYPE = 0;

/** Answers, kept for as long as they say (RFC 1035, 7.4; RFC 2308), within bounds. */
export class DnsCache {
  readonly #limits: DnsLimits;
  readonly #nowUs: () => number;
  /** In the order of use. */
  readonly #stored = new Map<string, Stored>();

  constructor(limits: DnsLimits, nowUs: () => number) {
    this.#limits = limits;
    this.#nowUs = nowUs;
  }

  get size(): number {
    return this.#stored.size;
  }

  /** @param name Canonical. @returns What is known and still holds. */
  get(name: string, type: number): CacheEntry | undefined {
    return this.#find(keyOf(name, ANY_TYPE)) ?? this.#find(keyOf(name, type));
  }

  /** Keeps a record set for the shortest TTL in it. */
  putRecords(name: string, type: number, records: readonly DnsRecord[]): void {
    if (records.length === 0 || records.length > this.#limits.maxCachedRecords) return;
    const ttlS = Math.min(
      ...records.map((record) => timeToLive(record.ttlS)),
      this.#limits.maxTtlS,
    );
    // A name that has records is there.
    this.#stored.delete(keyOf(name, ANY_TYPE));
    this.#put(keyOf(name, type), { kind: "records", records }, ttlS);
  }

  /** Keeps that there is no such name, or no such type of it. */
  putNegative(name: string, type: number, code: "ENOTFOUND" | "ENODATA", ttlS: number): void {
    const key = keyOf(name, code === "ENOTFOUND" ? ANY_TYPE : type);
    this.#put(key, { kind: "negative", code }, Math.min(ttlS, this.#limits.maxNegativeTtlS));
  }

  clear(): void {
    this.#stored.clear();
  }

  #put(key: string, entry: CacheEntry, ttlS: number): void {
    this.#stored.delete(key);
    if (ttlS === 0) return;
    if (this.#stored.size >= this.#limits.maxCacheEntries) {
      for (const eldest of this.#stored.keys()) {
        this.#stored.delete(eldest);
        break;
      }
    }
    this.#stored.set(key, { entry, expiresUs: this.#nowUs() + ttlS * 1e6 });
  }

  #find(key: string): CacheEntry | undefined {
    const stored = this.#stored.get(key);
    if (stored === undefined) return undefined;
    this.#stored.delete(key);
    const leftUs = stored.expiresUs - this.#nowUs();
    if (leftUs <= 0) return undefined;
    this.#stored.set(key, stored);
    const { entry } = stored;
    if (entry.kind === "negative") return entry;
    const ttlS = Math.ceil(leftUs / 1e6);
    return { kind: "records", records: entry.records.map((record) => ({ ...record, ttlS })) };
  }
}

/** A TTL with its highest bit set means zero (RFC 2181, 8). */
export function timeToLive(ttlS: number): number {
  return ttlS >= 2 ** 31 ? 0 : ttlS;
}

function keyOf(name: string, type: number): string {
  return `${type} ${name}`;
}
