import { readU16, readU32, writeU16, writeU32 } from "../../libos/kernel/mod.ts";
import { ETHERTYPE, isUnicastMac, readMac, writeMac } from "../ethernet/mod.ts";
import type { MacAddress } from "../ethernet/mod.ts";
import type { Address } from "../ip/mod.ts";
import { ARP, ARP_OPERATION, HARDWARE_ETHERNET } from "./wire.ts";

/** What an ARP packet says. One object is reused for every packet. */
export interface ArpPacket {
  operation: number;
  senderHardware: MacAddress;
  senderProtocol: Address;
  targetHardware: MacAddress;
  targetProtocol: Address;
}

export function createArpPacket(): ArpPacket {
  return {
    operation: 0,
    senderHardware: 0,
    senderProtocol: 0,
    targetHardware: 0,
    targetProtocol: 0,
  };
}

/**
 * Reads an ARP packet.
 *
 * @param length Bytes at `offset`; padding behind the packet is ignored.
 * @returns False for what is not a request or a reply for IPv4 over Ethernet from one host.
 */
export function parseArp(
  bytes: Uint8Array,
  offset: number,
  length: number,
  into: ArpPacket,
): boolean {
  if (length < ARP.PACKET_BYTES) return false;
  if (readU16(bytes, offset + ARP.HARDWARE_TYPE) !== HARDWARE_ETHERNET) return false;
  if (readU16(bytes, offset + ARP.PROTOCOL_TYPE) !== ETHERTYPE.IPV4) return false;
  if (bytes[offset + ARP.HARDWARE_LENGTH] !== 6) return false;
  if (bytes[offset + ARP.PROTOCOL_LENGTH] !== 4) return false;
  into.operation = readU16(bytes, offset + ARP.OPERATION);
  into.senderHardware = readMac(bytes, offset + ARP.SENDER_HARDWARE);
  into.senderProtocol = readU32(bytes, offset + ARP.SENDER_PROTOCOL);
  into.targetHardware = readMac(bytes, offset + ARP.TARGET_HARDWARE);
  into.targetProtocol = readU32(bytes, offset + ARP.TARGET_PROTOCOL);
  const isKnown =
    into.operation === ARP_OPERATION.REQUEST || into.operation === ARP_OPERATION.REPLY;
  return isKnown && isUnicastMac(into.senderHardware) && isHost(into.senderProtocol);
}

/** Writes `ARP.PACKET_BYTES` bytes at `offset`. */
export function encodeArp(bytes: Uint8Array, offset: number, packet: ArpPacket): void {
  writeU16(bytes, offset + ARP.HARDWARE_TYPE, HARDWARE_ETHERNET);
  writeU16(bytes, offset + ARP.PROTOCOL_TYPE, ETHERTYPE.IPV4);
  bytes[offset + ARP.HARDWARE_LENGTH] = 6;
  bytes[offset + ARP.PROTOCOL_LENGTH] = 4;
  writeU16(bytes, offset + ARP.OPERATION, packet.operation);
  writeMac(bytes, offset + ARP.SENDER_HARDWARE, packet.senderHardware);
  writeU32(bytes, offset + ARP.SENDER_PROTOCOL, packet.senderProtocol);
  writeMac(bytes, offset + ARP.TARGET_HARDWARE, packet.targetHardware);
  writeU32(bytes, offset + ARP.TARGET_PROTOCOL, packet.targetProtocol);
}

/** True for 0 (a probe, RFC 5227 1.1) and for what one host on an Ethernet may have. */
function isHost(address: Address): boolean {
  return address === 0 || (address < 0xe000_0000 && address >>> 24 !== 127);
}
