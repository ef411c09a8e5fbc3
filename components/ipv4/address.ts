import type { Address } from "../ip/mod.ts";

/** Addresses and ranges that standards name (RFC 1122 3.2.1.3, RFC 6890). */
export const IPV4_ADDRESS = {
  ANY: 0,
  BROADCAST: 0xffff_ffff,
  LOOPBACK: 0x7f00_0001,
} as const;

const [DOT, ZERO, NINE] = [0x2e, 0x30, 0x39];
/** A number that is not there yet. */
const NO_DIGIT = -1;

/**
 * Reads four decimal numbers with dots, as `inet_pton` does: no shorter forms, no leading zeros, no
 * spaces.
 *
 * @returns The address, or undefined for anything else.
 */
export function parseIpv4(text: string): Address | undefined {
  let [address, dots, byte] = [0, 0, NO_DIGIT];
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === DOT) {
      if (byte === NO_DIGIT || ++dots > 3) return undefined;
      address = address * 256 + byte;
      byte = NO_DIGIT;
    } else {
      // Nothing follows a leading zero.
      if (unit < ZERO || unit > NINE || byte === 0) return undefined;
      byte = (byte === NO_DIGIT ? 0 : byte * 10) + unit - ZERO;
      if (byte > 255) return undefined;
    }
  }
  return dots === 3 && byte !== NO_DIGIT ? address * 256 + byte : undefined;
}

/** @returns "10.0.2.15". */
export function formatIpv4(address: Address): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/** An address with the length of its network's prefix: "10.0.2.15/24". */
export interface Ipv4Cidr {
  readonly address: Address;
  /** 0 .. 32. */
  readonly prefixLength: number;
}

/** @returns What "10.0.2.15/24" says, or undefined for anything else. */
export function parseCidr(text: string): Ipv4Cidr | undefined {
  const slash = text.indexOf("/");
  const prefix = text.slice(slash + 1);
  const [address, prefixLength] = [parseIpv4(text.slice(0, slash)), Number(prefix)];
  const isLength = Number.isInteger(prefixLength) && prefixLength >= 0 && prefixLength <= 32;
  // Only one spelling of the number: no zero or sign before it.
  if (slash < 0 || !isLength || String(prefixLength) !== prefix) return undefined;
  if (address === undefined) return undefined;
  return { address, prefixLength };
}

/** @returns The mask of a prefix: 24 gives 255.255.255.0. */
export function prefixMask(prefixLength: number): Address {
  return prefixLength === 0 ? 0 : (0xffff_ffff << (32 - prefixLength)) >>> 0;
}

/** @returns The length of a mask's prefix, or undefined where ones follow a zero. */
export function maskPrefixLength(mask: Address): number | undefined {
  const length = Math.clz32(~mask);
  return prefixMask(length) === mask ? length : undefined;
}

/** @returns The address with all host bits zero. */
export function networkOf(address: Address, prefixLength: number): Address {
  return (address & prefixMask(prefixLength)) >>> 0;
}

/** @returns The address with all host bits one: the network's broadcast address. */
export function broadcastOf(address: Address, prefixLength: number): Address {
  return (address | ~prefixMask(prefixLength)) >>> 0;
}

/** True when `address` lies in the network of `network`. */
export function inPrefix(address: Address, network: Address, prefixLength: number): boolean {
  return ((address ^ network) & prefixMask(prefixLength)) === 0;
}

/** 127.0.0.0/8 (RFC 1122 3.2.1.3 (g)): never on a wire. */
export function isLoopbackAddress(address: Address): boolean {
  return address >>> 24 === 127;
}

/** 224.0.0.0/4 (RFC 1112). */
export function isMulticastAddress(address: Address): boolean {
  return address >>> 28 === 0xe;
}

/** True for what one host may have: neither zero, nor a group, nor 240.0.0.0/4. */
export function isUnicastAddress(address: Address): boolean {
  return address >>> 24 !== 0 && address < 0xe000_0000;
}
