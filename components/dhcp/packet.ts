import { readU16, readU32, writeU16, writeU32 } from "../../libos/kernel/mod.ts";
import type { MacAddress } from "../ethernet/mod.ts";
import { readMac, writeMac } from "../ethernet/mod.ts";
import type { Address } from "../ip/mod.ts";
import type { DhcpOptions, RawOptions } from "./options.ts";
import { encodeOptions, parseOptionField, readOptions } from "./options.ts";
import { BROADCAST_FLAG, DHCP, DHCP_OPTION, MAGIC_COOKIE, MIN_MESSAGE_BYTES } from "./wire.ts";

/** A DHCP message for Ethernet, of a client or of a server. */
export interface DhcpMessage {
  /** `DHCP_OP`. */
  readonly op: number;
  /** The transaction, a random u32 of the client's. */
  readonly xid: number;
  /** Seconds since the client began. */
  readonly secs: number;
  /** The client can't take a unicast packet yet. */
  readonly isBroadcast: boolean;
  /** The address that the client has (ciaddr), or 0. */
  readonly clientAddress: Address;
  /** The address for the client (yiaddr), or 0. */
  readonly yourAddress: Address;
  /** The next server (siaddr), or 0. */
  readonly serverAddress: Address;
  /** The relay agent (giaddr), or 0. */
  readonly relayAddress: Address;
  readonly clientHardware: MacAddress;
  readonly options: DhcpOptions;
}

/**
 * Reads a message, of a client or of a server.
 *
 * @returns Undefined for what is not DHCP for Ethernet, and where lengths lie.
 */
export function parseDhcp(
  bytes: Uint8Array,
  offset: number,
  length: number,
): DhcpMessage | undefined {
  if (length < DHCP.OPTIONS || offset + length > bytes.length) return undefined;
  const op = bytes[offset]!;
  const isEthernet =
    bytes[offset + DHCP.HARDWARE_TYPE] === 1 && bytes[offset + DHCP.HARDWARE_LENGTH] === 6;
  if ((op !== 1 && op !== 2) || !isEthernet) return undefined;
  if (readU32(bytes, offset + DHCP.COOKIE) !== MAGIC_COOKIE) return undefined;
  const raw: RawOptions = new Map();
  if (!parseOptionField(bytes, offset + DHCP.OPTIONS, offset + length, raw)) return undefined;
  if (!parseOverload(bytes, offset, raw)) return undefined;
  const options = readOptions(raw);
  if (options === undefined) return undefined;
  return {
    op,
    xid: readU32(bytes, offset + DHCP.XID),
    secs: readU16(bytes, offset + DHCP.SECS),
    isBroadcast: (readU16(bytes, offset + DHCP.FLAGS) & BROADCAST_FLAG) !== 0,
    clientAddress: readU32(bytes, offset + DHCP.CLIENT_ADDRESS),
    yourAddress: readU32(bytes, offset + DHCP.YOUR_ADDRESS),
    serverAddress: readU32(bytes, offset + DHCP.SERVER_ADDRESS),
    relayAddress: readU32(bytes, offset + DHCP.RELAY_ADDRESS),
    clientHardware: readMac(bytes, offset + DHCP.CLIENT_HARDWARE),
    options,
  };
}

/** @returns The message on the wire, at least `MIN_MESSAGE_BYTES` long. */
export function encodeDhcp(message: DhcpMessage): Uint8Array {
  const options = encodeOptions(message.options);
  const bytes = new Uint8Array(Math.max(DHCP.OPTIONS + options.length, MIN_MESSAGE_BYTES));
  bytes[DHCP.OP] = message.op;
  bytes[DHCP.HARDWARE_TYPE] = 1;
  bytes[DHCP.HARDWARE_LENGTH] = 6;
  writeU32(bytes, DHCP.XID, message.xid);
  writeU16(bytes, DHCP.SECS, Math.min(message.secs, 0xffff));
  writeU16(bytes, DHCP.FLAGS, message.isBroadcast ? BROADCAST_FLAG : 0);
  writeU32(bytes, DHCP.CLIENT_ADDRESS, message.clientAddress);
  writeU32(bytes, DHCP.YOUR_ADDRESS, message.yourAddress);
  writeU32(bytes, DHCP.SERVER_ADDRESS, message.serverAddress);
  writeU32(bytes, DHCP.RELAY_ADDRESS, message.relayAddress);
  writeMac(bytes, DHCP.CLIENT_HARDWARE, message.clientHardware);
  writeU32(bytes, DHCP.COOKIE, MAGIC_COOKIE);
  bytes.set(options, DHCP.OPTIONS);
  return bytes;
}

/** Options may go on in the fields for names (RFC 2132, 9.3). */
function parseOverload(bytes: Uint8Array, offset: number, raw: RawOptions): boolean {
  const overload = raw.get(DHCP_OPTION.OVERLOAD)?.[0] ?? 0;
  if ((overload & 1) !== 0) {
    if (!parseOptionField(bytes, offset + DHCP.BOOT_FILE, offset + DHCP.COOKIE, raw)) return false;
  }
  if ((overload & 2) !== 0) {
    const from = offset + DHCP.SERVER_NAME;
    if (!parseOptionField(bytes, from, offset + DHCP.BOOT_FILE, raw)) return false;
  }
  return true;
}
