/** `dns.Resolver` and `dns.promises.Resolver`. */
import type { NamesContext } from "../shared/context.ts";
import { codedError, validateFunction, validateInt32, validateString } from "../shared/errors.ts";
import { isIP } from "../shared/ip-text.ts";
import type { RecordType, ResolverPatience } from "../shared/resolver.ts";
import {
  notImplemented,
  Queries,
  type QueryCallback,
  type ResolveOptions,
  validateRecordType,
} from "./queries.ts";
import { validateServers } from "./servers.ts";

export interface ResolverOptions {
  /** For the first round over the servers, in milliseconds; -1: the system's. */
  readonly timeout?: number | undefined;
  /** Rounds over the servers. */
  readonly tries?: number | undefined;
  readonly maxTimeout?: number | undefined;
}

/** What both kinds of resolver have. */
class ResolverBase {
  protected readonly queries: Queries;
  readonly #context: NamesContext;
  readonly #patience: ResolverPatience;
  #isForked = false;

  constructor(context: NamesContext, options: ResolverOptions = {}) {
    const { timeout = -1, tries, maxTimeout } = options;
    validateInt32(timeout, "options.timeout", -1);
    if (tries !== undefined) validateInt32(tries, "options.tries", 1);
    if (maxTimeout !== undefined) validateInt32(maxTimeout, "options.maxTimeout", 0);
    this.#context = context;
    this.#patience = { timeoutMs: timeout < 0 ? undefined : timeout, tries };
    this.queries = new Queries(context, context.resolver);
    if (timeout >= 0 || tries !== undefined) this.#fork();
  }

  /** Ends every question of this resolver with ECANCELLED. */
  cancel(): void {
    this.queries.cancel();
  }

  getServers(): string[] {
    return [...this.queries.resolver.servers()];
  }

  /** @throws ERR_INVALID_IP_ADDRESS, and ENOTIMP where the system offers one resolver only. */
  setServers(servers: readonly string[]): void {
    const list = validateServers(servers);
    if (!this.#isForked && !this.#fork()) throw notImplemented();
    this.queries.resolver.setServers(list);
  }

  /** Checked and not used: the route decides from which address a server is asked. */
  setLocalAddress(ipv4?: string, ipv6?: string): void {
    validateString(ipv4, "ipv4");
    if (ipv6 !== undefined) validateString(ipv6, "ipv6");
    for (const address of [ipv4, ipv6 ?? "::"]) {
      if (isIP(address) === 0) {
        throw codedError("ERR_INVALID_ARG_VALUE", "Invalid IP address.", TypeError);
      }
    }
  }

  #fork(): boolean {
    const resolver = this.#context.resolver.fork(this.#patience);
    if (resolver === undefined) return false;
    this.queries.resolver = resolver;
    this.#isForked = true;
    return true;
  }
}

/** Makes the method for one type: `(name, [options], callback)`. */
function callbackQuery(type: RecordType) {
  return function query(
    this: CallbackResolver,
    name: string,
    ...rest: [callback: unknown] | [options: unknown, callback: unknown]
  ): object {
    const callback = rest.length > 1 ? rest[1] : rest[0];
    validateString(name, "name");
    validateFunction(callback, "callback");
    const options = rest.length > 1 ? (rest[0] as ResolveOptions) : undefined;
    this.ask(name, type, options, callback as QueryCallback);
    return {};
  };
}

/** A question with a callback. */
export type CallbackQuery = (
  name: string,
  callback: (error: Error | null, records: any) => void,
) => object;

/** A question for addresses, which may ask for their time to live. */
export interface AddressQuery extends CallbackQuery {
  (
    name: string,
    options: ResolveOptions,
    callback: (error: Error | null, records: any) => void,
  ): object;
}

/** `dns.Resolver`. */
export class CallbackResolver extends ResolverBase {
  readonly resolve4: AddressQuery = callbackQuery("A").bind(this) as AddressQuery;
  readonly resolve6: AddressQuery = callbackQuery("AAAA").bind(this) as AddressQuery;
  readonly resolveAny: CallbackQuery = callbackQuery("ANY").bind(this) as CallbackQuery;
  readonly resolveCaa: CallbackQuery = callbackQuery("CAA").bind(this) as CallbackQuery;
  readonly resolveCname: CallbackQuery = callbackQuery("CNAME").bind(this) as CallbackQuery;
  readonly resolveMx: CallbackQuery = callbackQuery("MX").bind(this) as CallbackQuery;
  readonly resolveNaptr: CallbackQuery = callbackQuery("NAPTR").bind(this) as CallbackQuery;
  readonly resolveNs: CallbackQuery = callbackQuery("NS").bind(this) as CallbackQuery;
  readonly resolvePtr: CallbackQuery = callbackQuery("PTR").bind(this) as CallbackQuery;
  readonly resolveSoa: CallbackQuery = callbackQuery("SOA").bind(this) as CallbackQuery;
  readonly resolveSrv: CallbackQuery = callbackQuery("SRV").bind(this) as CallbackQuery;
  readonly resolveTlsa: CallbackQuery = callbackQuery("TLSA").bind(this) as CallbackQuery;
  readonly resolveTxt: CallbackQuery = callbackQuery("TXT").bind(this) as CallbackQuery;

  /** `(name, callback)` asks for A, `(name, rrtype, callback)` for that type. */
  resolve(name: string, ...rest: unknown[]): object {
    const isShort = typeof rest[0] === "function";
    const type = validateRecordType(isShort ? "A" : rest[0]);
    validateString(name, "name");
    const callback = isShort ? rest[0] : rest[1];
    validateFunction(callback, "callback");
    this.ask(name, type, undefined, callback as QueryCallback);
    return {};
  }

  /** The names of an address. @throws `getHostByAddr EINVAL x`. */
  reverse(address: string, callback: (error: Error | null, names: string[]) => void): object {
    validateString(address, "name");
    validateFunction(callback, "callback");
    this.queries.reverse(address, callback as QueryCallback);
    return {};
  }

  ask(
    name: string,
    type: RecordType,
    options: ResolveOptions | undefined,
    callback: QueryCallback,
  ): void {
    this.queries.resolve(name, type, options, callback);
  }
}

/** A question with a promise. */
export type PromiseQuery = (name: string, options?: ResolveOptions) => Promise<any>;

function promiseQuery(type: RecordType) {
  return function query(
    this: PromiseResolver,
    name: string,
    options?: ResolveOptions,
  ): Promise<any> {
    validateString(name, "name");
    return this.ask(name, type, options);
  };
}

/** `dns.promises.Resolver`. */
export class PromiseResolver extends ResolverBase {
  readonly resolve4: PromiseQuery = promiseQuery("A").bind(this);
  readonly resolve6: PromiseQuery = promiseQuery("AAAA").bind(this);
  readonly resolveAny: PromiseQuery = promiseQuery("ANY").bind(this);
  readonly resolveCaa: PromiseQuery = promiseQuery("CAA").bind(this);
  readonly resolveCname: PromiseQuery = promiseQuery("CNAME").bind(this);
  readonly resolveMx: PromiseQuery = promiseQuery("MX").bind(this);
  readonly resolveNaptr: PromiseQuery = promiseQuery("NAPTR").bind(this);
  readonly resolveNs: PromiseQuery = promiseQuery("NS").bind(this);
  readonly resolvePtr: PromiseQuery = promiseQuery("PTR").bind(this);
  readonly resolveSoa: PromiseQuery = promiseQuery("SOA").bind(this);
  readonly resolveSrv: PromiseQuery = promiseQuery("SRV").bind(this);
  readonly resolveTlsa: PromiseQuery = promiseQuery("TLSA").bind(this);
  readonly resolveTxt: PromiseQuery = promiseQuery("TXT").bind(this);

  resolve(name: string, type?: string): Promise<any> {
    const checked = type === undefined ? "A" : validateRecordType(type);
    validateString(name, "name");
    return this.ask(name, checked, undefined);
  }

  reverse(address: string): Promise<string[]> {
    validateString(address, "name");
    return new Promise((resolve, reject) => {
      this.queries.reverse(address, (error, names) =>
        error === null ? resolve(names as string[]) : reject(error),
      );
    });
  }

  ask(name: string, type: RecordType, options: ResolveOptions | undefined): Promise<any> {
    return new Promise((resolve, reject) => {
      this.queries.resolve(name, type, options, (error, records) =>
        error === null ? resolve(records) : reject(error),
      );
    });
  }
}
