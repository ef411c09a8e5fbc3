/** The API's `NameResolver` over the DNS component. */
import {
  DNS_TYPE,
  type DnsConfig,
  type DnsResolver,
  type DnsServer,
} from "../../../components/dns/mod.ts";
import { formatIPv4, parseIPv4 } from "../shared/ip-text.ts";
import type {
  CancelResolution,
  FoundAddress,
  NameResolver,
  RecordType,
  ResolvedRecord,
  ResolveError,
  ResolverPatience,
} from "../shared/resolver.ts";
import { resolvedRecord } from "./record-values.ts";
import { formatServer, parseServer } from "./servers.ts";

const DNS_PORT = 53;
const TLSA_TYPE = 52;
const TYPES: Readonly<Record<RecordType, number>> = { ...DNS_TYPE, TLSA: TLSA_TYPE };

class ComponentResolver implements NameResolver {
  readonly #dns: DnsResolver;
  readonly #make: ((config: DnsConfig) => DnsResolver) | undefined;
  // What `setServers` was given; it counts until somebody else (DHCP) configures other servers.
  #texts: readonly string[] = [];
  #configured: readonly DnsServer[] | undefined;

  constructor(dns: DnsResolver, make: ((config: DnsConfig) => DnsResolver) | undefined) {
    this.#dns = dns;
    this.#make = make;
  }

  lookup(
    name: string,
    families: readonly (4 | 6)[],
    callback: (error: ResolveError | undefined, addresses: readonly FoundAddress[]) => void,
  ): CancelResolution {
    return this.#dns.lookup(name, families, (result) => {
      if (result.kind === "error") callback(result.code, []);
      else {
        const found = result.addresses.map(({ text, family }) => ({ address: text, family }));
        callback(undefined, found);
      }
    });
  }

  reverse(
    address: string,
    callback: (error: ResolveError | undefined, names: readonly string[]) => void,
  ): CancelResolution {
    return this.#dns.reverse(address, (result) => {
      if (result.kind === "error") callback(result.code, []);
      else callback(undefined, result.names);
    });
  }

  resolve(
    name: string,
    type: RecordType,
    callback: (error: ResolveError | undefined, records: readonly ResolvedRecord[]) => void,
  ): CancelResolution {
    return this.#dns.resolve(name, TYPES[type], (result) => {
      if (result.kind === "error") return callback(result.code, []);
      const records = result.records.map(resolvedRecord);
      callback(
        undefined,
        records.filter((record) => record !== undefined),
      );
    });
  }

  servers(): readonly string[] {
    const { servers } = this.#dns.config;
    if (servers === this.#configured) return this.#texts;
    return servers.map(({ address, port = DNS_PORT }) =>
      formatServer({ address: formatIPv4(address), port }),
    );
  }

  setServers(servers: readonly string[]): void {
    this.#texts = servers;
    this.#configured = servers
      .map(parseServer)
      .map(({ address, port }) => ({ address: parseIPv4(address), port }))
      .filter(({ address }) => address >= 0);
    this.#dns.configure({ ...this.#dns.config, servers: this.#configured });
  }

  fork({ timeoutMs, tries }: ResolverPatience): NameResolver | undefined {
    const make = this.#make;
    if (make === undefined) return undefined;
    const dns = make({
      ...this.#dns.config,
      ...(timeoutMs !== undefined && { timeoutUs: timeoutMs * 1000 }),
      ...(tries !== undefined && { attempts: tries }),
    });
    return new ComponentResolver(dns, make);
  }
}

/**
 * Puts the API's name resolution on a resolver of the DNS component.
 *
 * @param make Makes another resolver, for `dns.Resolver` objects with servers of their own. Without
 *   it they share the system's, and their `setServers` fails with ENOTIMP.
 */
export function createNameResolver(
  dns: DnsResolver,
  make?: (config: DnsConfig) => DnsResolver,
): NameResolver {
  return new ComponentResolver(dns, make);
}
