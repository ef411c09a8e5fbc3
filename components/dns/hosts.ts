import { parseIpv4 } from "../ipv4/mod.ts";
import { formatIpv6, parseIpv6 } from "./address-text.ts";
import { canonicalName, isName } from "./name.ts";
import type { FoundAddress } from "./types.ts";

/** What a hosts file says; it counts before DNS. */
export interface HostsTable {
  /** @returns The addresses of a name; empty where there are none. */
  addresses(name: string): readonly FoundAddress[];
  /** @returns The names of an address. */
  names(address: string): readonly string[];
}

/** Lines of a hosts file that are read; further ones are ignored. */
const MAX_LINES = 10_000;

/** @returns The address in its one right spelling, or undefined for text that is none. */
export function parseAddress(text: string): FoundAddress | undefined {
  if (parseIpv4(text) !== undefined) return { family: 4, text };
  const bytes = parseIpv6(text);
  return bytes && { family: 6, text: formatIpv6(bytes) };
}

/**
 * Reads the format of /etc/hosts: address, then names; "#" begins a comment. Lines that say nothing
 * are passed over.
 */
export function parseHosts(text: string): HostsTable {
  const byName = new Map<string, FoundAddress[]>();
  const byAddress = new Map<string, string[]>();
  for (const line of text.split("\n", MAX_LINES)) {
    const [first = "", ...names] = line
      .replace(/#.*/, "")
      .split(/\s+/)
      .filter((word) => word !== "");
    const address = parseAddress(first);
    if (address === undefined) continue;
    for (const name of names) {
      if (!isName(name)) continue;
      const key = canonicalName(name);
      byName.set(key, [...(byName.get(key) ?? []), address]);
      byAddress.set(address.text, [...(byAddress.get(address.text) ?? []), name]);
    }
  }
  return {
    addresses: (name) => byName.get(canonicalName(name)) ?? [],
    names: (address) => byAddress.get(address) ?? [],
  };
}
