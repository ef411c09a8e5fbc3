/** Node's `dns` and `dns/promises` over our resolver: `createDns` makes the module for one system. */
import type { NamesContext } from "../shared/context.ts";
import { validateFunction } from "../shared/errors.ts";
import { DNS_CODES } from "./constants.ts";
import {
  ADDRCONFIG,
  ALL,
  createLookup,
  type LookupAddress,
  lookupAddresses,
  type LookupFunction,
  type LookupOptions,
  type LookupOverloads,
  parseLookup,
  type ResultOrder,
  V4MAPPED,
  validateOrder,
} from "./lookup.ts";
import {
  checkArgumentCount,
  lookupService,
  parseService,
  type ServiceCallback,
} from "./lookup-service.ts";
import { CallbackResolver, PromiseResolver, type ResolverOptions } from "./resolver.ts";
import { validateServers } from "./servers.ts";

export type { LookupAddress, LookupFunction, LookupOptions, LookupOverloads, ResultOrder };
export { createNameResolver } from "./name-resolver.ts";
export type { ResolverOptions } from "./resolver.ts";
export type { CallbackResolver, PromiseResolver } from "./resolver.ts";

/** The questions of a resolver that are also functions of the module. */
const QUESTIONS = [
  "resolve",
  "resolve4",
  "resolve6",
  "resolveAny",
  "resolveCaa",
  "resolveCname",
  "resolveMx",
  "resolveNaptr",
  "resolveNs",
  "resolvePtr",
  "resolveSoa",
  "resolveSrv",
  "resolveTlsa",
  "resolveTxt",
  "reverse",
] as const;

type Question = (typeof QUESTIONS)[number];
type Codes = typeof DNS_CODES;

/** What `dns` and `dns.promises` have in common. */
interface DnsCommon extends Codes {
  getServers(): string[];
  setServers(servers: readonly string[]): void;
  getDefaultResultOrder(): ResultOrder;
  setDefaultResultOrder(order: ResultOrder): void;
}

export interface DnsPromises extends DnsCommon, Pick<PromiseResolver, Question> {
  readonly Resolver: new (options?: ResolverOptions) => PromiseResolver;
  lookup(hostname: string, options: LookupOptions & { all: true }): Promise<LookupAddress[]>;
  lookup(hostname: string, options?: LookupOptions | number): Promise<LookupAddress>;
  lookupService(address: string, port: number): Promise<{ hostname: string; service: string }>;
}

/** The module `dns` of one system, with the shape of Node's. */
export interface Dns extends DnsCommon, Pick<CallbackResolver, Question> {
  readonly ADDRCONFIG: number;
  readonly V4MAPPED: number;
  readonly ALL: number;
  readonly Resolver: new (options?: ResolverOptions) => CallbackResolver;
  /**
   * Finds addresses as the system does for its own connections: hosts, then name servers.
   *
   * @example
   * dns.lookup("example.org", { all: true }, (error, addresses) => console.log(addresses));
   */
  readonly lookup: LookupOverloads;
  lookupService(address: string, port: number, callback: ServiceCallback): object;
  readonly promises: DnsPromises;
}

/** Makes `dns` for one system. */
export function createDns(context: NamesContext): Dns {
  let order: ResultOrder = "verbatim";

  class Resolver extends CallbackResolver {
    constructor(options?: ResolverOptions) {
      super(context, options);
    }
  }

  class PromisesResolver extends PromiseResolver {
    constructor(options?: ResolverOptions) {
      super(context, options);
    }
  }

  const common: DnsCommon = {
    ...DNS_CODES,
    getServers: () => [...context.resolver.servers()],
    setServers: (servers) => context.resolver.setServers(validateServers(servers)),
    getDefaultResultOrder: () => order,
    setDefaultResultOrder: (value) => {
      order = validateOrder(value);
    },
  };

  function promiseLookup(hostname: string, options?: LookupOptions | number): Promise<any> {
    const query = parseLookup(hostname, options, order);
    return new Promise((resolve, reject) => {
      lookupAddresses(context, query, (error, address, family) => {
        if (error) reject(error);
        else resolve(query.all ? address : { address, family });
      });
    });
  }

  function promiseService(...list: unknown[]): Promise<{ hostname: string; service: string }> {
    checkArgumentCount(list, ["address", "port"]);
    const query = parseService(list[0], list[1]);
    return new Promise((resolve, reject) => {
      lookupService(context, query, (error, hostname, service) => {
        if (error) reject(error);
        else resolve({ hostname: hostname!, service: service! });
      });
    });
  }

  const promises: DnsPromises = {
    ...common,
    ...questionsOf(new PromisesResolver()),
    Resolver: PromisesResolver,
    lookup: promiseLookup,
    lookupService: promiseService,
  };
  return {
    ...common,
    ...questionsOf(new Resolver()),
    ADDRCONFIG,
    V4MAPPED,
    ALL,
    Resolver,
    lookup: createLookup(context, () => order),
    lookupService(...list: unknown[]): object {
      checkArgumentCount(list, ["address", "port", "callback"]);
      const query = parseService(list[0], list[1]);
      validateFunction(list[2], "callback");
      lookupService(context, query, list[2] as ServiceCallback);
      return {};
    },
    promises,
  };
}

/** The questions of the system's own resolver as functions without `this`. */
function questionsOf<Resolver extends Pick<CallbackResolver | PromiseResolver, Question>>(
  resolver: Resolver,
): Pick<Resolver, Question> {
  const functions = QUESTIONS.map((name) => [
    name,
    (resolver[name] as (...values: unknown[]) => unknown).bind(resolver),
  ]);
  return Object.fromEntries(functions) as Pick<Resolver, Question>;
}
