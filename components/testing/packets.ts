/** Packets as bytes, built independently of the components under test. */

/** @returns The parts, one behind another. */
export function join(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

export function u16(value: number): number[] {
  return [(value >>> 8) & 255, value & 255];
}

export function u32(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

/** @returns The 6 bytes of "02:00:00:00:00:01". */
export function mac(text: string): number[] {
  return text.split(":").map((byte) => Number.parseInt(byte, 16));
}

/** @returns The internet checksum, by the book (RFC 1071). */
export function checksum(bytes: Uint8Array | readonly number[]): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) {
    sum += (bytes[at]! << 8) | (bytes[at + 1] ?? 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** @returns A copy with `checksum` of all of it at `at`. */
export function withChecksum(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  if (copy.length < at + 2) return copy;
  copy[at] = 0;
  copy[at + 1] = 0;
  copy.set(u16(checksum(copy)), at);
  return copy;
}

export function ethernetFrame(
  to: string,
  from: string,
  type: number,
  payload: Uint8Array | readonly number[],
): Uint8Array {
  return join(mac(to), mac(from), u16(type), payload);
}

export interface Ipv4Fields {
  readonly source: number;
  readonly destination: number;
  readonly protocol: number;
  readonly ttl?: number;
  readonly identification?: number;
  /** Flags and fragment offset, as on the wire. */
  readonly fragment?: number;
  readonly trafficClass?: number;
  readonly options?: readonly number[];
}

export function ipv4Packet(
  fields: Ipv4Fields,
  payload: Uint8Array | readonly number[],
): Uint8Array {
  const { options = [] } = fields;
  const headerBytes = 20 + options.length;
  const header = Uint8Array.from([
    0x40 | (headerBytes / 4),
    fields.trafficClass ?? 0,
    ...u16(headerBytes + payload.length),
    ...u16(fields.identification ?? 1),
    ...u16(fields.fragment ?? 0),
    fields.ttl ?? 64,
    fields.protocol,
    0,
    0,
    ...u32(fields.source),
    ...u32(fields.destination),
    ...options,
  ]);
  return join(withChecksum(header, 10), payload);
}

/** @returns A UDP datagram with its checksum over the pseudo-header. */
export function udpDatagram(
  source: number,
  destination: number,
  sourcePort: number,
  destinationPort: number,
  payload: Uint8Array | readonly number[],
): Uint8Array {
  const length = 8 + payload.length;
  const header = [...u16(sourcePort), ...u16(destinationPort), ...u16(length)];
  const pseudo = [...u32(source), ...u32(destination), 0, 17, ...u16(length)];
  const sum = checksum([...pseudo, ...header, 0, 0, ...payload]);
  return join(header, u16(sum === 0 ? 0xffff : sum), payload);
}

export function icmpMessage(
  type: number,
  code: number,
  rest: number,
  data: Uint8Array | readonly number[],
): Uint8Array {
  return withChecksum(join([type, code, 0, 0], u32(rest), data), 2);
}

export function arpPacket(
  operation: number,
  senderMac: string,
  sender: number,
  targetMac: string,
  target: number,
): Uint8Array {
  return join(
    [0, 1, 8, 0, 6, 4],
    u16(operation),
    mac(senderMac),
    u32(sender),
    mac(targetMac),
    u32(target),
  );
}
