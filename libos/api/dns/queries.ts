/**
 * The questions that a `Resolver` answers (`resolve4`, `resolveMx`, `reverse`, …): arguments, errors
 * and the shapes of answers, once for callbacks and promises.
 */
import type { NamesContext } from "../shared/context.ts";
import { codedError, invalidArgValue, resolutionError, validateString } from "../shared/errors.ts";
import { runGuarded } from "../shared/guard.ts";
import { isIP } from "../shared/ip-text.ts";
import type {
  CancelResolution,
  NameResolver,
  RecordType,
  ResolvedRecord,
  ResolveError,
} from "../shared/resolver.ts";

export type QueryCallback = (error: Error | null, records?: unknown) => void;

/** `resolve4` and `resolve6` with `{ ttl: true }` answer `{ address, ttl }`. */
export interface ResolveOptions {
  readonly ttl?: boolean | undefined;
}

/** The types of `dns.resolve`, with the name that Node gives the question in errors. */
export const QUERY_NAMES: Readonly<Record<RecordType, string>> = {
  A: "queryA",
  AAAA: "queryAaaa",
  ANY: "queryAny",
  CAA: "queryCaa",
  CNAME: "queryCname",
  MX: "queryMx",
  NAPTR: "queryNaptr",
  NS: "queryNs",
  PTR: "queryPtr",
  SOA: "querySoa",
  SRV: "querySrv",
  TLSA: "queryTlsa",
  TXT: "queryTxt",
};

/** @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE unless it is one of `QUERY_NAMES`. */
export function validateRecordType(type: unknown): RecordType {
  validateString(type, "rrtype");
  if (!Object.hasOwn(QUERY_NAMES, type)) throw invalidArgValue("rrtype", type);
  return type as RecordType;
}

interface Pending {
  cancel: CancelResolution;
  fail(error: ResolveError): void;
}

/** Questions of one `Resolver`, so that `cancel` ends them and no others. */
export class Queries {
  readonly #context: NamesContext;
  readonly #pending: Set<Pending> = new Set();
  resolver: NameResolver;

  constructor(context: NamesContext, resolver: NameResolver) {
    this.#context = context;
    this.resolver = resolver;
  }

  /** Asks for records of `name`. */
  resolve(
    name: string,
    type: RecordType,
    options: ResolveOptions | undefined,
    callback: QueryCallback,
  ): void {
    this.#ask<ResolvedRecord>(
      (done) => this.resolver.resolve(name, type, done),
      QUERY_NAMES[type],
      name,
      (error, records) => {
        if (error !== null) callback(error);
        else callback(null, shape(type, records, options));
      },
    );
  }

  /** Asks for the names of an address. @throws `getHostByAddr EINVAL x`. */
  reverse(address: string, callback: QueryCallback): void {
    if (isIP(address) === 0) {
      throw Object.assign(resolutionError("EINVAL", "getHostByAddr", address), { errno: -22 });
    }
    this.#ask<string>(
      (done) => this.resolver.reverse(address, done),
      "getHostByAddr",
      address,
      (error, names) => {
        if (error !== null) callback(error);
        else callback(null, [...names]);
      },
    );
  }

  /** Ends every question with ECANCELLED. */
  cancel(): void {
    for (const pending of this.#pending) {
      pending.cancel();
      pending.fail("ECANCELLED");
    }
  }

  #ask<Item>(
    start: (
      done: (error: ResolveError | undefined, items: readonly Item[]) => void,
    ) => CancelResolution,
    syscall: string,
    name: string,
    callback: (error: Error | null, items: readonly Item[]) => void,
  ): void {
    const done = (error: ResolveError | undefined, items: readonly Item[]): void => {
      if (!this.#pending.delete(pending)) return;
      this.#context.release?.();
      runGuarded(this.#context, () => {
        if (error === undefined && items.length > 0) callback(null, items);
        else callback(resolutionError(error ?? "ENODATA", syscall, name), []);
      });
    };
    const pending: Pending = {
      cancel: () => {},
      fail: (error) => this.#context.defer(() => done(error, [])),
    };
    this.#pending.add(pending);
    this.#context.hold?.();
    this.#context.whenConfigured(() => {
      if (this.#pending.has(pending)) pending.cancel = start(done);
    });
  }
}

/** The answer of one type as Node gives it. */
function shape(
  type: RecordType,
  records: readonly ResolvedRecord[],
  options: ResolveOptions | undefined,
): unknown {
  if (type === "ANY") return records.map(anyRecord);
  const fitting = records.filter((record) => record.type === type);
  if (type === "SOA") return fitting[0]?.value;
  if ((type === "A" || type === "AAAA") && options?.ttl) {
    return fitting.map(({ value, ttlSeconds }) => ({ address: value, ttl: ttlSeconds }));
  }
  return fitting.map(({ value }) => value);
}

/** A record of `resolveAny`: the type beside what the type's own call gives. */
function anyRecord({ type, value, ttlSeconds }: ResolvedRecord): object {
  switch (type) {
    case "A":
    case "AAAA":
      return { type, address: value, ttl: ttlSeconds };
    case "CNAME":
    case "NS":
    case "PTR":
      return { type, value };
    case "TXT":
      return { type, entries: value };
    default:
      return { type, ...(value as object) };
  }
}

/** ENOTIMP: a system that has one resolver can't give servers to a second. */
export function notImplemented(): Error {
  return codedError("ENOTIMP", "This system has one resolver, and its servers are dns.setServers'");
}
