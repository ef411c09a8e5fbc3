import { readU16, readU32, writeU16, writeU32 } from "../../libos/kernel/mod.ts";

/** Offsets in the Ethernet header (IEEE 802.3, 3.1.1; RFC 894). */
export const ETHERNET = { DESTINATION: 0, SOURCE: 6, TYPE: 12, HEADER_BYTES: 14 } as const;

/** EtherTypes (IANA, IEEE 802 numbers). */
export const ETHERTYPE = { IPV4: 0x0800, ARP: 0x0806, IPV6: 0x86dd } as const;

/** A hardware address as a number: 48 bits, which a `number` holds exactly. */
export type MacAddress = number;

export const BROADCAST_MAC: MacAddress = 0xffff_ffff_ffff;

/** @returns The 6 bytes at `offset` as a number. */
export function readMac(bytes: Uint8Array, offset: number): MacAddress {
  return readU16(bytes, offset) * 0x1_0000_0000 + readU32(bytes, offset + 2);
}

/** Writes 6 bytes at `offset`. */
export function writeMac(bytes: Uint8Array, offset: number, address: MacAddress): void {
  writeU16(bytes, offset, address / 0x1_0000_0000);
  writeU32(bytes, offset + 2, address);
}

/** @returns The first 2 bytes as a number. */
export function macHigh(address: MacAddress): number {
  return (address / 0x1_0000_0000) & 0xffff;
}

/** @returns The last 4 bytes as a signed 32-bit integer. */
export function macLow(address: MacAddress): number {
  return address | 0;
}

/** True for broadcast and multicast: the lowest bit of the first byte (IEEE 802, 8.2). */
export function isGroupMac(address: MacAddress): boolean {
  return ((address / 0x100_0000_0000) & 1) === 1;
}

/** True for what a host may have as its own: neither a group nor zero. */
export function isUnicastMac(address: MacAddress): boolean {
  return address !== 0 && !isGroupMac(address);
}

/** @returns "02:00:00:00:00:01". */
export function formatMac(address: MacAddress): string {
  // A one before them keeps all twelve digits.
  const digits = (address + 0x1_0000_0000_0000).toString(16);
  let text = digits.slice(1, 3);
  for (let at = 3; at < digits.length; at += 2) text += `:${digits.slice(at, at + 2)}`;
  return text;
}

/** @returns The address in "02:00:00:00:00:01" (or with "-"), or undefined for anything else. */
export function parseMac(text: string): MacAddress | undefined {
  if (!/^[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}$/i.test(text)) return undefined;
  return Number.parseInt(text.replace(/[:-]/g, ""), 16);
}

/** The group address that carries an IPv4 multicast group (RFC 1112, 6.4). */
export function multicastMac(group: number): MacAddress {
  return 0x0100_5e00_0000 + (group & 0x7f_ffff);
}
