/** Which flow a frame belongs to, so that all of its frames go one way. */

const ETHERNET_BYTES = 14;
const IPV4_BYTES = 20;
/** Offsets in the IPv4 header (RFC 791). */
const IPV4 = { FRAGMENT: 6, PROTOCOL: 9, ADDRESSES: 12 } as const;
const PROTOCOL = { TCP: 6, UDP: 17 } as const;
/** FNV-1a. */
const FNV_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * Hashes what names a flow: IPv4 addresses, and the ports of TCP and UDP where each packet has them.
 *
 * @param bytes The frame's first part lies at `offset`, and has `length` bytes: it holds the headers.
 * @returns u32; 0 for what is not IPv4 or too short. Nothing is said about chance: peers can choose it.
 */
export function flowHash(bytes: Uint8Array, offset: number, length: number): number {
  if (length < ETHERNET_BYTES + IPV4_BYTES) return 0;
  if (bytes[offset + 12] !== 8 || bytes[offset + 13] !== 0) return 0;
  const ip = offset + ETHERNET_BYTES;
  let hash = hashBytes(bytes, ip + IPV4.ADDRESSES, 8, FNV_BASIS);
  const ports = 4 * (bytes[ip]! & 15);
  const protocol = bytes[ip + IPV4.PROTOCOL]!;
  const hasPorts = protocol === PROTOCOL.TCP || protocol === PROTOCOL.UDP;
  // Only the first fragment has ports: none of them counts any.
  const isFragment = (bytes[ip + IPV4.FRAGMENT]! & 0x3f) !== 0 || bytes[ip + 7] !== 0;
  if (hasPorts && !isFragment && ETHERNET_BYTES + ports + 4 <= length) {
    hash = hashBytes(bytes, ip + ports, 4, hash);
  }
  return (hash ^ (hash >>> 16)) >>> 0;
}

function hashBytes(bytes: Uint8Array, from: number, count: number, hash: number): number {
  for (let index = from; index < from + count; index++) {
    hash = Math.imul(hash ^ bytes[index]!, FNV_PRIME);
  }
  return hash;
}
