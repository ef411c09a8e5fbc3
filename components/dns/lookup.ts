/** Finding addresses for names and names for addresses, as `getaddrinfo` and `getnameinfo` do. */
import type { Kernel } from "../../libos/kernel/mod.ts";
import { formatIpv4 } from "../ipv4/mod.ts";
import { formatIpv6, reverseName } from "./address-text.ts";
import type { HostsTable } from "./hosts.ts";
import { parseAddress } from "./hosts.ts";
import { canonicalName, isName } from "./name.ts";
import type { DnsRecord } from "./record.ts";
import { searchNames } from "./search.ts";
import type {
  DnsConfig,
  DnsErrorCode,
  DnsResult,
  FoundAddress,
  LookupResult,
  ReverseResult,
} from "./types.ts";
import { DNS_TYPE } from "./wire.ts";

/** What a lookup asks of its resolver. */
export interface LookupNeeds {
  readonly kernel: Kernel;
  readonly config: DnsConfig;
  readonly hosts: HostsTable;
  resolve(name: string, type: number, done: (result: DnsResult) => void): () => void;
}

type Family = 4 | 6;

/** One lookup: it goes through the names to ask for until one has addresses. */
class Lookup {
  readonly #needs: LookupNeeds;
  readonly #families: readonly Family[];
  readonly #done: (result: LookupResult) => void;
  readonly #names: string[];
  readonly #cancels: (() => void)[] = [];
  /** What counts when no name has addresses: ENODATA says more than ENOTFOUND. */
  #error: DnsErrorCode = "ENOTFOUND";
  #isEnded = false;

  constructor(
    needs: LookupNeeds,
    name: string,
    families: readonly Family[],
    done: (result: LookupResult) => void,
  ) {
    this.#needs = needs;
    this.#families = families;
    this.#done = done;
    this.#names = searchNames(name, needs.config.search ?? [], needs.config.ndots ?? 1);
  }

  next(): void {
    const name = this.#names.shift();
    if (this.#isEnded) return;
    if (name === undefined) {
      this.#end({ kind: "error", code: this.#error });
      return;
    }
    this.#cancels.length = 0;
    const results: (DnsResult | undefined)[] = this.#families.map(() => undefined);
    for (const [index, family] of this.#families.entries()) {
      const type = family === 4 ? DNS_TYPE.A : DNS_TYPE.AAAA;
      const cancel = this.#needs.resolve(name, type, (result) => {
        results[index] = result;
        if (results.every((one) => one !== undefined)) this.#take(results as DnsResult[]);
      });
      this.#cancels.push(cancel);
    }
  }

  cancel(): void {
    this.#isEnded = true;
    for (const cancel of this.#cancels) cancel();
  }

  #take(results: readonly DnsResult[]): void {
    const answers = results.filter((result) => result.kind === "answer");
    const addresses = answers.flatMap((answer) => answer.records.flatMap(addressOf));
    if (addresses.length > 0) {
      this.#end({ kind: "addresses", addresses, canonicalName: answers[0]!.name });
      return;
    }
    const errors = results.map((result) => (result.kind === "error" ? result.code : "ENODATA"));
    const grave = errors.find((code) => code !== "ENOTFOUND" && code !== "ENODATA");
    if (grave !== undefined) {
      this.#end({ kind: "error", code: grave });
      return;
    }
    if (errors.includes("ENODATA")) this.#error = "ENODATA";
    this.next();
  }

  #end(result: LookupResult): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#done(result);
  }
}

function addressOf({ data }: DnsRecord): FoundAddress[] {
  if (data.kind === "A") return [{ family: 4, text: formatIpv4(data.address) }];
  if (data.kind === "AAAA") return [{ family: 6, text: formatIpv6(data.bytes) }];
  return [];
}

/** @returns What is known without asking anybody, or undefined. */
function knownAnswer(
  hosts: HostsTable,
  name: string,
  families: readonly Family[],
): LookupResult | undefined {
  const literal = parseAddress(name);
  const canonical = canonicalName(name);
  const known = literal === undefined ? ownAddresses(hosts, canonical) : [literal];
  if (known !== undefined) {
    const addresses = families.flatMap((family) => known.filter((one) => one.family === family));
    if (addresses.length === 0) return { kind: "error", code: "ENOTFOUND" };
    return { kind: "addresses", addresses, canonicalName: canonical };
  }
  // Names that no server is to be asked for (RFC 6761, 6.4; RFC 7686).
  const isSpecial = /(?:^|\.)(?:invalid|onion)$/.test(canonical);
  return isSpecial || !isName(name) ? { kind: "error", code: "ENOTFOUND" } : undefined;
}

function ownAddresses(hosts: HostsTable, canonical: string): readonly FoundAddress[] | undefined {
  const listed = hosts.addresses(canonical);
  if (listed.length > 0) return listed;
  // RFC 6761, 6.3: this host, whatever a server would say.
  if (!/(?:^|\.)localhost$/.test(canonical)) return undefined;
  return [
    { family: 4, text: "127.0.0.1" },
    { family: 6, text: "::1" },
  ];
}

/** As `DnsResolver.lookup`. */
export function startLookup(
  needs: LookupNeeds,
  name: string,
  families: readonly Family[],
  done: (result: LookupResult) => void,
): () => void {
  const known = knownAnswer(needs.hosts, name, families);
  if (known !== undefined) return later(needs.kernel, () => done(known));
  const lookup = new Lookup(needs, name, families, done);
  lookup.next();
  return () => lookup.cancel();
}

/** As `DnsResolver.reverse`. */
export function startReverse(
  needs: LookupNeeds,
  address: string,
  done: (result: ReverseResult) => void,
): () => void {
  const name = reverseName(address);
  if (name === undefined) {
    return later(needs.kernel, () => done({ kind: "error", code: "EBADNAME" }));
  }
  const names = needs.hosts.names(parseAddress(address)?.text ?? address);
  if (names.length > 0) return later(needs.kernel, () => done({ kind: "names", names }));
  return needs.resolve(name, DNS_TYPE.PTR, (result) => {
    if (result.kind === "error") {
      done(result);
      return;
    }
    const found = result.records.flatMap(({ data }) => (data.kind === "PTR" ? [data.target] : []));
    done({ kind: "names", names: found });
  });
}

function later(kernel: Kernel, callback: () => void): () => void {
  let isCancelled = false;
  kernel.defer(() => {
    if (!isCancelled) callback();
  });
  return () => {
    isCancelled = true;
  };
}
