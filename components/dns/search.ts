import { canonicalName } from "./name.ts";

/**
 * The names to ask for, in order, for a name that a person wrote (RFC 1535; resolv.conf's "search"
 * and "ndots").
 *
 * @param name With a dot at its end it is complete.
 * @param search Domains that complete a short name.
 * @param ndots A name with so many dots is asked as it is first.
 */
export function searchNames(name: string, search: readonly string[], ndots: number): string[] {
  const canonical = canonicalName(name);
  if (canonical !== name.toLowerCase()) return [canonical];
  const completed = search.map((domain) => `${canonical}.${canonicalName(domain)}`);
  const dots = canonical.split(".").length - 1;
  return dots >= ndots ? [canonical, ...completed] : [...completed, canonical];
}
