/**
 * Answers for the name server: the host's resolver, and a few names of our own.
 *
 * - `host.libos.internal` is the gateway, and so the host (RFC 6762 G and the ICANN reservation of
 *   `.internal` keep the name free); other names under `libos.internal` do not exist.
 * - `localhost` is the application's own loopback (RFC 6761 6.3).
 * - Addresses of our own network have reverse names here and nowhere else.
 */
import { type Address } from "../../components/ip/mod.ts";
import { formatIpv4, inPrefix, parseIpv4 } from "../../components/ipv4/mod.ts";
import type { HostRecord, HostRecordType, HostSockets, LookupResult } from "./host-sockets.ts";
import type { GatewayNetwork } from "./network.ts";

/** The name of the host, as applications see it. */
export const HOST_NAME = "host.libos.internal";
const OWN_DOMAIN = "libos.internal";
const REVERSE_SUFFIX = ".in-addr.arpa";

const NO_DATA: LookupResult = { status: "no-data" };
const NO_NAME: LookupResult = { status: "no-name" };
const FAILED: LookupResult = { status: "failed" };

/** What is passed on to the host: visible ASCII, labels of 1 to 63, 253 in all (RFC 1035 2.3.4). */
const ASKABLE = /^(?=.{1,253}$)[!-\-/-~]{1,63}(\.[!-\-/-~]{1,63})*$/;
/** The last label of a name that is a number looks like an address to a host's resolver. */
const NUMERIC_END = /(^|\.)(\d+|0x[\da-f]*)$/;

export interface NameServiceNeeds {
  readonly sockets: HostSockets;
  readonly network: GatewayNetwork;
  /** Questions under way at the host; beyond it the answer is "failed". */
  readonly maxQueries: number;
}

/** Finds records; the names of the question are in lower case, without the last dot. */
export class NameService {
  readonly #needs: NameServiceNeeds;
  /** The same question, asked by several, is asked of the host once. */
  readonly #asking: Map<string, ((result: LookupResult) => void)[]> = new Map();

  constructor(needs: NameServiceNeeds) {
    this.#needs = needs;
  }

  /** Questions under way. */
  get pending(): number {
    return this.#asking.size;
  }

  /** @param done Called once, at once or in a later job. */
  ask(name: string, type: HostRecordType, done: (result: LookupResult) => void): void {
    const known = this.#answerHere(name, type);
    if (known !== undefined) {
      done(known);
      return;
    }
    const key = `${type} ${name}`;
    const waiting = this.#asking.get(key);
    if (waiting !== undefined) {
      if (waiting.length < this.#needs.maxQueries) waiting.push(done);
      else done(FAILED);
      return;
    }
    if (this.#asking.size >= this.#needs.maxQueries) {
      done(FAILED);
      return;
    }
    const askers = [done];
    this.#asking.set(key, askers);
    this.#needs.sockets.resolve(name, type, (result) => {
      this.#asking.delete(key);
      for (const asker of askers) asker(result);
    });
  }

  #answerHere(name: string, type: HostRecordType): LookupResult | undefined {
    if (name === "") return type === "A" || type === "AAAA" ? NO_DATA : undefined;
    if (name === "localhost" || name.endsWith(".localhost")) {
      return address(type, 0x7f000001, "::1");
    }
    if (name === HOST_NAME) return address(type, this.#needs.network.gateway, undefined);
    if (name === OWN_DOMAIN) return NO_DATA;
    if (name.endsWith(`.${OWN_DOMAIN}`)) return NO_NAME;
    if (name.endsWith(REVERSE_SUFFIX)) return this.#reverse(name, type);
    return !ASKABLE.test(name) || NUMERIC_END.test(name) ? NO_NAME : undefined;
  }

  #reverse(name: string, type: HostRecordType): LookupResult | undefined {
    const labels = name.slice(0, -REVERSE_SUFFIX.length).split(".");
    const found = parseIpv4(labels.toReversed().join("."));
    const { network, prefixLength, gateway } = this.#needs.network;
    if (found === undefined || !inPrefix(found, network, prefixLength)) return undefined;
    if (found !== gateway) return NO_NAME;
    return type === "PTR" ? { status: "ok", records: [{ type, name: HOST_NAME }] } : NO_DATA;
  }
}

function address(type: HostRecordType, ipv4: Address, ipv6: string | undefined): LookupResult {
  if (type === "A") return ok({ type, address: formatIpv4(ipv4) });
  if (type === "AAAA" && ipv6 !== undefined) return ok({ type, address: ipv6 });
  return NO_DATA;
}

function ok(record: HostRecord): LookupResult {
  return { status: "ok", records: [record] };
}
