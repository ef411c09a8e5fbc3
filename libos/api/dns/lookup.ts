/**
 * `dns.lookup`: from a name to addresses as `getaddrinfo` does it (RFC 3493 6.1): the hosts table
 * first, then the name servers.
 */
import type { NamesContext } from "../shared/context.ts";
import {
  invalidArgType,
  invalidArgValue,
  resolutionError,
  validateBoolean,
  validateFunction,
  validateNumber,
  validateOneOf,
  validateString,
} from "../shared/errors.ts";
import { runGuarded } from "../shared/guard.ts";
import { isIP } from "../shared/ip-text.ts";
import type { ResolveError } from "../shared/resolver.ts";

/** Values of `hints`, as Linux numbers them. */
export const ADDRCONFIG = 0x20;
export const V4MAPPED = 0x08;
export const ALL = 0x10;

export type ResultOrder = "ipv4first" | "ipv6first" | "verbatim";

export interface LookupAddress {
  readonly address: string;
  readonly family: number;
}

export interface LookupOptions {
  readonly family?: 0 | 4 | 6 | "IPv4" | "IPv6" | number | undefined;
  readonly hints?: number | undefined;
  readonly all?: boolean | undefined;
  readonly order?: ResultOrder | undefined;
  readonly verbatim?: boolean | undefined;
}

export type LookupCallback = (
  error: Error | null,
  address?: string | null | LookupAddress[],
  family?: number,
) => void;

/** The shape of `dns.lookup`, and of the `lookup` option of `net` and `dgram`. */
export type LookupFunction = (
  hostname: string,
  options: LookupOptions | number,
  callback: LookupCallback,
) => void;

/** A lookup with its arguments checked. */
export interface LookupQuery {
  readonly hostname: string;
  readonly family: number;
  readonly hints: number;
  readonly all: boolean;
  readonly order: ResultOrder;
}

const FAMILIES = [0, 4, 6];
const ORDERS: readonly ResultOrder[] = ["verbatim", "ipv4first", "ipv6first"];

/** @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE as Node does. */
export function parseLookup(
  hostname: unknown,
  options: unknown,
  defaultOrder: ResultOrder,
): LookupQuery {
  if (hostname) validateString(hostname, "hostname");
  const query = { hostname: (hostname as string) || "", family: 0, hints: 0, all: false };
  let order = defaultOrder;
  if (typeof options === "number") {
    validateOneOf(options, "family", FAMILIES);
    return { ...query, family: options, order };
  }
  if (options !== undefined && typeof options !== "object") {
    throw invalidArgType("options", ["integer", "object"], options);
  }
  const { family, hints, all, verbatim, order: wanted } = (options ?? {}) as LookupOptions;
  if (hints !== undefined && hints !== null) query.hints = parseHints(hints);
  if (family !== undefined && family !== null) query.family = parseFamily(family);
  if (all !== undefined && all !== null) {
    validateBoolean(all, "options.all");
    query.all = all;
  }
  if (verbatim !== undefined && verbatim !== null) {
    validateBoolean(verbatim, "options.verbatim");
    order = verbatim ? "verbatim" : "ipv4first";
  }
  if (wanted !== undefined && wanted !== null) {
    validateOneOf(wanted, "options.order", ORDERS);
    order = wanted;
  }
  return { ...query, order };
}

function parseHints(hints: unknown): number {
  validateNumber(hints, "options.hints");
  const flags = hints >>> 0;
  if ((flags & ~(ADDRCONFIG | V4MAPPED | ALL)) !== 0) throw invalidArgValue("hints", flags);
  return flags;
}

function parseFamily(family: unknown): number {
  if (family === "IPv4") return 4;
  if (family === "IPv6") return 6;
  validateOneOf(family, "options.family", FAMILIES);
  return family as number;
}

/** @throws ERR_INVALID_ARG_VALUE unless `order` is one of Node's three. */
export function validateOrder(order: unknown): ResultOrder {
  validateOneOf(order, "dnsOrder", ORDERS);
  return order as ResultOrder;
}

/** What `getaddrinfo` calls a failure of the name servers. */
function addressInfoError(error: ResolveError): string {
  switch (error) {
    case "ENOTFOUND":
    case "ENODATA":
    case "EBADNAME":
      return "ENOTFOUND";
    case "ETIMEOUT":
    case "ESERVFAIL":
    case "EREFUSED":
    case "ECONNREFUSED":
      return "EAI_AGAIN";
    case "ENOMEM":
      return "EAI_MEMORY";
    default:
      return "EAI_FAIL";
  }
}

/**
 * Answers `query` in a later turn, with the callback's shape that `query.all` asks for.
 *
 * Without an IPv6 address of our own, ADDRCONFIG leaves AAAA records out (RFC 3493 6.1).
 */
export function lookupAddresses(
  context: NamesContext,
  query: LookupQuery,
  callback: LookupCallback,
): void {
  const { hostname, family } = query;
  const literal = isIP(hostname);
  if (hostname === "" || literal !== 0) {
    const found = hostname === "" ? [] : [{ address: hostname, family: literal }];
    context.defer(() => {
      if (query.all) callback(null, found);
      else if (hostname === "") callback(null, null, family === 6 ? 6 : 4);
      else callback(null, hostname, literal);
    });
    return;
  }
  context.hold?.();
  const ask = (): void => {
    context.resolver.lookup(hostname.replace(/\.$/, ""), wantedFamilies(query), (error, found) => {
      context.release?.();
      runGuarded(context, () => answer(query, error, found, callback));
    });
  };
  if (LOCALHOST.test(hostname)) ask();
  else context.whenConfigured(ask);
}

/** Names that always mean this system (RFC 6761 6.3): no address has to be waited for. */
const LOCALHOST = /(?:^|\.)localhost\.?$/i;

function answer(
  query: LookupQuery,
  error: ResolveError | undefined,
  found: readonly LookupAddress[],
  callback: LookupCallback,
): void {
  const first = found[0];
  if (first === undefined) {
    const code = addressInfoError(error ?? "ENOTFOUND");
    callback(resolutionError(code, "getaddrinfo", query.hostname));
  } else if (query.all) callback(null, [...found]);
  else callback(null, first.address, first.family);
}

/** Both families where the caller does not mind, in the order that it asked for. */
function wantedFamilies(query: LookupQuery): (4 | 6)[] {
  if (query.family === 4 || query.family === 6) return [query.family];
  if ((query.hints & ADDRCONFIG) !== 0) return [4];
  return query.order === "ipv6first" ? [6, 4] : [4, 6];
}

/** Node's `dns.lookup` over `context`, with its overloads. */
export function createLookup(
  context: NamesContext,
  defaultOrder: () => ResultOrder,
): LookupOverloads {
  return function lookup(hostname: unknown, ...rest: unknown[]): object {
    const options = typeof rest[0] === "function" ? undefined : rest[0];
    const callback = rest.length === 1 || typeof rest[0] === "function" ? rest[0] : rest[1];
    validateFunction(callback, "callback");
    const query = parseLookup(hostname, options, defaultOrder());
    lookupAddresses(context, query, callback as LookupCallback);
    return {};
  };
}

export interface LookupOverloads {
  (
    hostname: string,
    callback: (error: Error | null, address: string, family: number) => void,
  ): object;
  (
    hostname: string,
    options: LookupOptions & { readonly all: true },
    callback: (error: Error | null, addresses: LookupAddress[]) => void,
  ): object;
  (
    hostname: string,
    options: LookupOptions | number | undefined,
    // The result's shape depends on `options.all`.
    callback: (error: Error | null, address: any, family: number) => void,
  ): object;
}
