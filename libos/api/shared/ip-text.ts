/** IP addresses as text: dotted decimal (RFC 1123 2.1) and RFC 4291 2.2. */

/** @returns The u32 of a strict dotted decimal ("10.0.2.15"), or -1. */
export function parseIPv4(text: string): number {
  const parts = text.split(".");
  if (parts.length !== 4) return -1;
  let address = 0;
  for (const part of parts) {
    if (!/^(0|[1-9][0-9]{0,2})$/.test(part) || Number(part) > 255) return -1;
    address = address * 256 + Number(part);
  }
  return address;
}

/** @returns "10.0.2.15" for 0x0a00020f. */
export function formatIPv4(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/** @returns The eight 16-bit groups of an IPv6 address, its zone left out; undefined when it is none. */
export function parseIPv6(text: string): number[] | undefined {
  const [address, ...zones] = text.split("%");
  if (zones.length > 1 || zones[0] === "") return undefined;
  const halves = address!.split("::");
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1]!, true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  return [...head, ...new Array<number>(missing).fill(0), ...tail];
}

/** Groups between colons; the last may be a dotted decimal where `isLast`. */
function parseGroups(text: string, isLast: boolean): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    if (isLast && index === parts.length - 1 && part.includes(".")) {
      const address = parseIPv4(part);
      if (address < 0) return undefined;
      groups.push(address >>> 16, address & 0xffff);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else {
      return undefined;
    }
  }
  return groups;
}

/** @returns The canonical text of eight groups (RFC 5952). */
export function formatIPv6(groups: readonly number[]): string {
  let bestStart = -1;
  let bestLength = 1;
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length++;
    if (length > bestLength) {
      bestStart = start;
      bestLength = length;
    }
  }
  const hex = (part: readonly number[]): string =>
    part.map((group) => group.toString(16)).join(":");
  if (isMapped(groups)) return `::ffff:${formatIPv4((groups[6]! * 65536 + groups[7]!) >>> 0)}`;
  if (bestStart < 0) return hex(groups);
  return `${hex(groups.slice(0, bestStart))}::${hex(groups.slice(bestStart + bestLength))}`;
}

/** True for an IPv4-mapped address, ::ffff:0:0/96 (RFC 4291 2.5.5.2). */
export function isMapped(groups: readonly number[]): boolean {
  return groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);
}

/** @returns True for "10.0.2.15"; a leading zero ("010.0.2.15") is refused, as Node does. */
export function isIPv4(input: unknown): boolean {
  return parseIPv4(String(input)) >= 0;
}

/** @returns True for "::1", "fe80::1%eth0" and the like. */
export function isIPv6(input: unknown): boolean {
  return parseIPv6(String(input)) !== undefined;
}

/** @returns 4, 6, or 0 for what is no IP address. */
export function isIP(input: unknown): 0 | 4 | 6 {
  if (isIPv4(input)) return 4;
  return isIPv6(input) ? 6 : 0;
}
