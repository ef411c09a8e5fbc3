/**
 * The resolver: cache, requests that wait for the same answer, aliases.
 *
 * A request is what an application asked; a query is what was asked of servers for one name and
 * type, and serves all requests that want the same. A request may need several queries, one after
 * the other, when aliases lead on.
 */
import type { Entropy } from "../../libos/hal/mod.ts";
import type { Kernel } from "../../libos/kernel/mod.ts";
import type { Tcp } from "../tcp/mod.ts";
import type { Udp } from "../udp/mod.ts";
import { DnsCache } from "./cache.ts";
import { Exchange } from "./exchange.ts";
import { interpret } from "./interpret.ts";
import type { DnsLimits } from "./limits.ts";
import { DNS_LIMITS } from "./limits.ts";
import { startLookup, startReverse } from "./lookup.ts";
import type { HostsTable } from "./hosts.ts";
import { parseHosts } from "./hosts.ts";
import type { DnsMessage } from "./message.ts";
import { canonicalName, isName } from "./name.ts";
import type { DnsRecord } from "./record.ts";
import type {
  DnsConfig,
  DnsCounters,
  DnsErrorCode,
  DnsResolver,
  DnsResult,
  DnsServer,
  LookupResult,
  ReverseResult,
} from "./types.ts";
import { DNS_PORT, DNS_TYPE } from "./wire.ts";

/** What a resolver needs. */
export interface DnsNeeds {
  readonly kernel: Kernel;
  readonly entropy: Entropy;
  readonly udp: Udp;
  /** Absent: answers that are too long for UDP are errors. */
  readonly tcp?: Tcp;
}

interface Request {
  readonly type: number;
  readonly done: (result: DnsResult) => void;
  /** Canonical: the name that is asked for now. */
  name: string;
  readonly aliases: string[];
  query: Query | undefined;
  isEnded: boolean;
}

interface Query {
  readonly key: string;
  readonly name: string;
  readonly type: number;
  readonly requests: Set<Request>;
  exchange: Exchange | undefined;
}

class StubResolver implements DnsResolver {
  config: DnsConfig;
  readonly counters: DnsCounters = {
    queriesSent: 0,
    responsesReceived: 0,
    ignoredResponses: 0,
    timeouts: 0,
    tcpQueries: 0,
    ednsFallbacks: 0,
    cacheHits: 0,
    cacheMisses: 0,
    coalesced: 0,
  };
  /** Read when it is first looked at: most programs start without a name to resolve. */
  #hosts: HostsTable | undefined;
  readonly kernel: Kernel;
  readonly #needs: DnsNeeds;
  readonly #limits: DnsLimits;
  readonly #cache: DnsCache;
  readonly #requests = new Set<Request>();
  readonly #queries = new Map<string, Query>();
  #servers: readonly DnsServer[];
  #withoutEdns = new Set<DnsServer>();
  #isStopped = false;

  constructor(needs: DnsNeeds, config: DnsConfig, limits: DnsLimits) {
    this.#needs = needs;
    this.kernel = needs.kernel;
    this.#limits = limits;
    this.config = config;
    this.#servers = config.servers.slice(0, limits.maxServers);
    this.#cache = new DnsCache(limits, () => needs.kernel.nowUs());
  }

  get cacheEntries(): number {
    return this.#cache.size;
  }

  get hosts(): HostsTable {
    return (this.#hosts ??= parseHosts(this.config.hosts ?? ""));
  }

  configure(config: DnsConfig): void {
    this.config = config;
    this.#hosts = undefined;
    const servers = config.servers.slice(0, this.#limits.maxServers);
    // A renewed lease names the same servers: what they said still holds.
    if (isSameServers(servers, this.#servers)) return;
    this.#servers = servers;
    this.#withoutEdns = new Set();
    this.#cache.clear();
    // What is under way goes on with the servers that it began with, but serves nobody new.
    this.#queries.clear();
  }

  resolve(name: string, type: number, done: (result: DnsResult) => void): () => void {
    const request: Request = {
      type,
      done,
      name: canonicalName(name),
      aliases: [],
      query: undefined,
      isEnded: false,
    };
    const refusal = this.#refusal(name);
    if (refusal === undefined) {
      this.#requests.add(request);
      this.kernel.defer(() => this.#advance(request));
    } else {
      this.kernel.defer(() => this.#end(request, { kind: "error", code: refusal }));
    }
    return () => this.#drop(request);
  }

  lookup(
    name: string,
    families: readonly (4 | 6)[],
    done: (result: LookupResult) => void,
  ): () => void {
    return startLookup(this, name, families, done);
  }

  reverse(address: string, done: (result: ReverseResult) => void): () => void {
    return startReverse(this, address, done);
  }

  cancel(): void {
    for (const request of [...this.#requests]) {
      this.#end(request, { kind: "error", code: "ECANCELLED" });
    }
  }

  clearCache(): void {
    this.#cache.clear();
  }

  stop(): void {
    this.#isStopped = true;
    this.cancel();
    this.#cache.clear();
  }

  #refusal(name: string): DnsErrorCode | undefined {
    if (this.#isStopped) return "ECANCELLED";
    if (!isName(name)) return "EBADNAME";
    return this.#requests.size >= this.#limits.maxRequests ? "ENOMEM" : undefined;
  }

  /** Answers a request from the cache as far as that goes, and asks for the rest. */
  #advance(request: Request): void {
    while (!request.isEnded) {
      const known = this.#cache.get(request.name, request.type);
      if (known !== undefined) {
        this.counters.cacheHits++;
        this.#end(
          request,
          known.kind === "negative"
            ? { kind: "error", code: known.code }
            : this.#answer(request, known.records),
        );
        return;
      }
      const alias = this.#cachedAlias(request);
      if (alias === undefined) {
        this.counters.cacheMisses++;
        this.#ask(request);
        return;
      }
      this.#follow(request, alias);
    }
  }

  #cachedAlias(request: Request): string | undefined {
    if (request.type === DNS_TYPE.CNAME || request.type === DNS_TYPE.ANY) return undefined;
    const known = this.#cache.get(request.name, DNS_TYPE.CNAME);
    const data = known?.kind === "records" ? known.records[0]?.data : undefined;
    return data?.kind === "CNAME" ? canonicalName(data.target) : undefined;
  }

  /** Goes on with the name that an alias names. */
  #follow(request: Request, target: string): void {
    request.aliases.push(request.name);
    request.name = target;
    if (request.aliases.length > this.#limits.maxAliases) {
      this.#end(request, { kind: "error", code: "ESERVFAIL" });
    }
  }

  #ask(request: Request): void {
    if (this.#servers.length === 0) {
      this.#end(request, { kind: "error", code: "ECONNREFUSED" });
      return;
    }
    const { name, type } = request;
    const key = `${type} ${name}`;
    const running = this.#queries.get(key);
    if (running !== undefined) {
      this.counters.coalesced++;
      running.requests.add(request);
      request.query = running;
      return;
    }
    const query: Query = { key, name, type, requests: new Set([request]), exchange: undefined };
    request.query = query;
    this.#queries.set(key, query);
    const { kernel, entropy, udp, tcp } = this.#needs;
    const { config, counters } = this;
    const needs = { kernel, entropy, udp, tcp, config, counters };
    query.exchange = new Exchange(
      { ...needs, servers: this.#servers, withoutEdns: this.#withoutEdns },
      name,
      type,
      (message, error) => this.#queryDone(query, message, error),
    );
    query.exchange.start();
  }

  #queryDone(query: Query, message: DnsMessage | undefined, error: DnsErrorCode): void {
    if (this.#queries.get(query.key) === query) this.#queries.delete(query.key);
    const found = message && interpret(message, query.name, query.type, this.#limits.maxAliases);
    if (found !== undefined) {
      for (const { name, type, records } of found.aliases) {
        this.#cache.putRecords(name, type, records);
      }
      if (found.status === "records" && query.type !== DNS_TYPE.ANY) {
        this.#cache.putRecords(found.name, query.type, found.records);
      } else if (found.status === "ENOTFOUND" || found.status === "ENODATA") {
        this.#cache.putNegative(found.name, query.type, found.status, found.negativeTtlS);
      }
    }
    for (const request of query.requests) {
      request.query = undefined;
      if (found === undefined) {
        this.#end(request, { kind: "error", code: error });
        continue;
      }
      for (const alias of found.aliases) request.aliases.push(alias.name);
      request.name = found.name;
      if (request.aliases.length > this.#limits.maxAliases || found.status === "lame") {
        this.#end(request, { kind: "error", code: "ESERVFAIL" });
      } else if (found.status === "records") {
        this.#end(request, this.#answer(request, found.records));
      } else if (found.status === "incomplete") {
        this.#advance(request);
      } else {
        this.#end(request, { kind: "error", code: found.status });
      }
    }
  }

  #answer(request: Request, records: readonly DnsRecord[]): DnsResult {
    return { kind: "answer", name: request.name, aliases: request.aliases, records };
  }

  #end(request: Request, result: DnsResult): void {
    if (request.isEnded) return;
    this.#drop(request);
    request.done(result);
  }

  /** Forgets a request, and its query when nobody else waits for that. */
  #drop(request: Request): void {
    request.isEnded = true;
    this.#requests.delete(request);
    const { query } = request;
    if (query === undefined) return;
    request.query = undefined;
    query.requests.delete(request);
    if (query.requests.size > 0) return;
    query.exchange?.cancel();
    if (this.#queries.get(query.key) === query) this.#queries.delete(query.key);
  }
}

function isSameServers(some: readonly DnsServer[], others: readonly DnsServer[]): boolean {
  const text = (servers: readonly DnsServer[]): string =>
    servers.map(({ address, port = DNS_PORT }) => `${address}:${port}`).join();
  return text(some) === text(others);
}

/** Makes a stub resolver. */
export function createDnsResolver(
  needs: DnsNeeds,
  config: DnsConfig,
  limits: DnsLimits = DNS_LIMITS,
): DnsResolver {
  return new StubResolver(needs, config, limits);
}
