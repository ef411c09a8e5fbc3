/** IPv6 addresses as text, and the names under which addresses are looked up in reverse. */
import { parseIpv4 } from "../ipv4/mod.ts";

/** @returns The text of RFC 5952 for `u8[16]`: "2001:db8::1". */
export function formatIpv6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, index) =>
    ((bytes[2 * index]! << 8) | bytes[2 * index + 1]!).toString(16),
  );
  let bestStart = 0;
  let bestLength = 1;
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === "0") length++;
    if (length > bestLength) {
      bestStart = start;
      bestLength = length;
    }
  }
  const isMapped = groups.slice(0, 5).every((group) => group === "0") && groups[5] === "ffff";
  if (isMapped) return `::ffff:${[...bytes.subarray(12)].join(".")}`;
  if (bestLength === 1) return groups.join(":");
  const before = groups.slice(0, bestStart).join(":");
  return `${before}::${groups.slice(bestStart + bestLength).join(":")}`;
}

/** @returns The 16 bytes of an IPv6 address without a zone, or undefined for anything else. */
export function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = groupsOf(halves[0]!);
  const tail = halves.length === 2 ? groupsOf(halves[1]!) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => 0), ...tail];
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 255]));
}

function groupsOf(text: string): number[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const groups: number[] = [];
  for (const [index, part] of parts.entries()) {
    const quad = index === parts.length - 1 && part.includes(".") ? parseIpv4(part) : undefined;
    if (quad !== undefined) groups.push(quad >>> 16, quad & 0xffff);
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

/** @returns "4.3.2.1.in-addr.arpa" for "1.2.3.4" (RFC 1035, 3.5; RFC 3596, 2.5), else undefined. */
export function reverseName(address: string): string | undefined {
  if (parseIpv4(address) !== undefined) {
    return `${address.split(".").toReversed().join(".")}.in-addr.arpa`;
  }
  const bytes = parseIpv6(address);
  if (bytes === undefined) return undefined;
  const nibbles = [...bytes].flatMap((byte) => [byte >> 4, byte & 15]);
  return `${nibbles
    .toReversed()
    .map((nibble) => nibble.toString(16))
    .join(".")}.ip6.arpa`;
}
