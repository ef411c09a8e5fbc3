/**
 * The beginning of a packet that the application sent, made again: ICMP errors quote it (RFC 792),
 * and the gateway learns of a failure long after the packet is gone.
 */
import { type Address, IP_PROTOCOL } from "../../components/ip/mod.ts";
import { addressSum, IPV4, writeHeader } from "../../components/ipv4/mod.ts";
import { viewOf, writeU16, writeU32 } from "../../libos/kernel/mod.ts";

/** Bytes of the transport header that every error quotes. */
const QUOTED_BYTES = 8;
const TTL = 64;

/** Endpoints as in the packet: from the application to its peer. */
export interface QuotedPacket {
  readonly appAddress: Address;
  readonly appPort: number;
  readonly peerAddress: Address;
  readonly peerPort: number;
}

function quote(protocol: number, packet: QuotedPacket, lastWord: number): Uint8Array {
  const bytes = new Uint8Array(IPV4.HEADER_BYTES + QUOTED_BYTES);
  const { appAddress, peerAddress } = packet;
  const sum = addressSum(appAddress, peerAddress);
  writeHeader(viewOf(bytes), 0, 0, bytes.length, 0, 0, TTL, protocol, appAddress, peerAddress, sum);
  writeU16(bytes, IPV4.HEADER_BYTES, packet.appPort);
  writeU16(bytes, IPV4.HEADER_BYTES + 2, packet.peerPort);
  writeU32(bytes, IPV4.HEADER_BYTES + 4, lastWord);
  return bytes;
}

/** @param sequence SEG.SEQ of the SYN, by which the sender knows the error is no forgery. */
export function quoteSyn(packet: QuotedPacket, sequence: number): Uint8Array {
  return quote(IP_PROTOCOL.TCP, packet, sequence);
}

/** @returns A datagram without payload and checksum. */
export function quoteDatagram(packet: QuotedPacket): Uint8Array {
  return quote(IP_PROTOCOL.UDP, packet, QUOTED_BYTES << 16);
}
