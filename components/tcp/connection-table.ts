import type { Address } from "../ip/mod.ts";

/** What the table needs of an entry: its four numbers, and room for the chain. */
export interface TableEntry<Entry> {
  readonly localAddress: Address;
  readonly localPort: number;
  readonly remoteAddress: Address;
  readonly remotePort: number;
  nextInBucket: Entry | undefined;
}

const INITIAL_BUCKETS = 64;

/**
 * Connections by their four numbers: a hash table whose chains run through the entries, so that
 * finding, adding and removing allocate nothing. The hash is keyed, because strangers choose most
 * of what goes into it.
 */
export class ConnectionTable<Entry extends TableEntry<Entry>> {
  count = 0;
  #buckets: (Entry | undefined)[] = new Array<Entry | undefined>(INITIAL_BUCKETS).fill(undefined);
  readonly #key: number;

  /** @param key 32 unpredictable bits. */
  constructor(key: number) {
    this.#key = key;
  }

  find(
    localAddress: Address,
    localPort: number,
    remoteAddress: Address,
    remotePort: number,
  ): Entry | undefined {
    let entry = this.#buckets[this.#bucket(localAddress, localPort, remoteAddress, remotePort)];
    while (entry !== undefined) {
      if (
        entry.remotePort === remotePort &&
        entry.localPort === localPort &&
        entry.remoteAddress === remoteAddress &&
        entry.localAddress === localAddress
      ) {
        return entry;
      }
      entry = entry.nextInBucket;
    }
    return undefined;
  }

  add(entry: Entry): void {
    if (this.count >= this.#buckets.length) this.#grow();
    this.#link(entry);
    this.count++;
  }

  remove(entry: Entry): void {
    const bucket = this.#bucketOf(entry);
    let at = this.#buckets[bucket];
    if (at === entry) {
      this.#buckets[bucket] = entry.nextInBucket;
    } else {
      while (at !== undefined && at.nextInBucket !== entry) at = at.nextInBucket;
      if (at === undefined) return;
      at.nextInBucket = entry.nextInBucket;
    }
    entry.nextInBucket = undefined;
    this.count--;
  }

  *[Symbol.iterator](): IterableIterator<Entry> {
    for (const head of this.#buckets) {
      for (let entry = head; entry !== undefined; entry = entry.nextInBucket) yield entry;
    }
  }

  #link(entry: Entry): void {
    const bucket = this.#bucketOf(entry);
    entry.nextInBucket = this.#buckets[bucket];
    this.#buckets[bucket] = entry;
  }

  #bucketOf(entry: Entry): number {
    const { localAddress, localPort, remoteAddress, remotePort } = entry;
    return this.#bucket(localAddress, localPort, remoteAddress, remotePort);
  }

  /** Mixes in the manner of MurmurHash3's finalizer, with the key before each round. */
  #bucket(local: number, localPort: number, remote: number, remotePort: number): number {
    let hash = this.#key ^ remote;
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash ^= (localPort << 16) | remotePort;
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= local + this.#key;
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    return (hash ^ (hash >>> 15)) & (this.#buckets.length - 1);
  }

  #grow(): void {
    const entries = [...this];
    this.#buckets = new Array<Entry | undefined>(this.#buckets.length * 2).fill(undefined);
    for (const entry of entries) this.#link(entry);
  }
}
