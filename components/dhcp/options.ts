import { readU16, readU32, writeU16, writeU32 } from "../../libos/kernel/mod.ts";
import type { Address } from "../ip/mod.ts";
import { prefixMask } from "../ipv4/mod.ts";
import { DHCP_OPTION } from "./wire.ts";

/** A route that a server names (RFC 3442). */
export interface ClasslessRoute {
  readonly network: Address;
  readonly prefixLength: number;
  /** 0: the network is on the link itself. */
  readonly gateway: Address;
}

/** The options that we know; what is absent was not sent. */
export interface DhcpOptions {
  /** `DHCP_MESSAGE`. */
  readonly messageType: number;
  readonly subnetMask?: Address;
  readonly routers?: readonly Address[];
  readonly dnsServers?: readonly Address[];
  /** Letters, digits, "-", "_" and "."; another name is treated as absent. */
  readonly hostName?: string;
  readonly domainName?: string;
  readonly mtuBytes?: number;
  readonly broadcastAddress?: Address;
  readonly ntpServers?: readonly Address[];
  readonly requestedAddress?: Address;
  /** Seconds; 2^32 - 1 is for ever. */
  readonly leaseSeconds?: number;
  readonly serverId?: Address;
  readonly parameterList?: readonly number[];
  /** Why a server refuses, for people. */
  readonly message?: string;
  readonly maxMessageBytes?: number;
  readonly renewalSeconds?: number;
  readonly rebindingSeconds?: number;
  readonly clientId?: Uint8Array;
  readonly classlessRoutes?: readonly ClasslessRoute[];
}

/** Raw options by code; the parts of a long one are joined (RFC 3396). */
export type RawOptions = Map<number, number[]>;

/**
 * Reads options in one field of a message into `into`.
 *
 * @returns False where a length lies.
 */
export function parseOptionField(
  bytes: Uint8Array,
  start: number,
  end: number,
  into: RawOptions,
): boolean {
  let at = start;
  while (at < end) {
    const code = bytes[at++]!;
    if (code === DHCP_OPTION.PAD) continue;
    if (code === DHCP_OPTION.END) return true;
    if (at >= end) return false;
    const length = bytes[at++]!;
    if (at + length > end) return false;
    const known = into.get(code) ?? [];
    for (let index = 0; index < length; index++) known.push(bytes[at + index]!);
    into.set(code, known);
    at += length;
  }
  return true;
}

/** @returns What raw options say, or undefined where one that we need is malformed. */
export function readOptions(raw: RawOptions): DhcpOptions | undefined {
  const reader = new OptionReader(raw);
  const messageType = reader.number(DHCP_OPTION.MESSAGE_TYPE, 1);
  if (messageType === undefined) return undefined;
  const found = {
    messageType,
    subnetMask: reader.number(DHCP_OPTION.SUBNET_MASK, 4),
    routers: reader.addresses(DHCP_OPTION.ROUTERS),
    dnsServers: reader.addresses(DHCP_OPTION.DNS_SERVERS),
    hostName: reader.name(DHCP_OPTION.HOST_NAME),
    domainName: reader.name(DHCP_OPTION.DOMAIN_NAME),
    mtuBytes: reader.number(DHCP_OPTION.INTERFACE_MTU, 2),
    broadcastAddress: reader.number(DHCP_OPTION.BROADCAST_ADDRESS, 4),
    ntpServers: reader.addresses(DHCP_OPTION.NTP_SERVERS),
    requestedAddress: reader.number(DHCP_OPTION.REQUESTED_ADDRESS, 4),
    leaseSeconds: reader.number(DHCP_OPTION.LEASE_TIME, 4),
    serverId: reader.number(DHCP_OPTION.SERVER_ID, 4),
    parameterList: raw.get(DHCP_OPTION.PARAMETER_LIST),
    message: reader.text(DHCP_OPTION.MESSAGE),
    maxMessageBytes: reader.number(DHCP_OPTION.MAX_MESSAGE_BYTES, 2),
    renewalSeconds: reader.number(DHCP_OPTION.RENEWAL_TIME, 4),
    rebindingSeconds: reader.number(DHCP_OPTION.REBINDING_TIME, 4),
    clientId: reader.bytes(DHCP_OPTION.CLIENT_ID),
    classlessRoutes: reader.routes(DHCP_OPTION.CLASSLESS_ROUTES),
  };
  if (reader.isMalformed) return undefined;
  const present = Object.entries(found).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as unknown as DhcpOptions;
}

class OptionReader {
  isMalformed = false;
  readonly #raw: RawOptions;

  constructor(raw: RawOptions) {
    this.#raw = raw;
  }

  bytes(code: number): Uint8Array | undefined {
    const raw = this.#raw.get(code);
    return raw === undefined ? undefined : Uint8Array.from(raw);
  }

  number(code: number, size: 1 | 2 | 4): number | undefined {
    const bytes = this.bytes(code);
    if (bytes === undefined) return undefined;
    if (bytes.length !== size) {
      this.isMalformed = true;
      return undefined;
    }
    if (size === 4) return readU32(bytes, 0);
    return size === 2 ? readU16(bytes, 0) : bytes[0];
  }

  addresses(code: number): Address[] | undefined {
    const bytes = this.bytes(code);
    if (bytes === undefined) return undefined;
    if (bytes.length === 0 || bytes.length % 4 !== 0) {
      this.isMalformed = true;
      return undefined;
    }
    return Array.from({ length: bytes.length / 4 }, (_, index) => readU32(bytes, index * 4));
  }

  text(code: number): string | undefined {
    const raw = this.#raw.get(code);
    if (raw === undefined) return undefined;
    const printable = raw.filter((byte) => byte >= 0x20 && byte < 0x7f);
    return String.fromCharCode(...printable.slice(0, 255));
  }

  /** A name, or undefined for what can't be one: it may come to a shell or into a URL. */
  name(code: number): string | undefined {
    const raw = this.#raw.get(code);
    if (raw === undefined || raw.length > 255) return undefined;
    const text = String.fromCharCode(...raw).replace(/\0+$/, "");
    return /^[\w-]+(?:\.[\w-]+)*\.?$/.test(text) ? text : undefined;
  }

  routes(code: number): ClasslessRoute[] | undefined {
    const bytes = this.bytes(code);
    if (bytes === undefined) return undefined;
    const routes: ClasslessRoute[] = [];
    let at = 0;
    while (at < bytes.length) {
      const prefixLength = bytes[at]!;
      const significant = Math.ceil(prefixLength / 8);
      if (prefixLength > 32 || at + 1 + significant + 4 > bytes.length) {
        this.isMalformed = true;
        return undefined;
      }
      let network = 0;
      for (let index = 0; index < 4; index++) {
        network = network * 256 + (index < significant ? bytes[at + 1 + index]! : 0);
      }
      network = (network & prefixMask(prefixLength)) >>> 0;
      routes.push({ network, prefixLength, gateway: readU32(bytes, at + 1 + significant) });
      at += 1 + significant + 4;
    }
    return routes;
  }
}

/** @returns The options on the wire, with the end mark. */
export function encodeOptions(options: DhcpOptions): Uint8Array {
  const out: number[] = [];
  const put = (code: number, data: readonly number[] | undefined): void => {
    if (data === undefined) return;
    // A long option is cut into parts of 255 bytes (RFC 3396).
    for (let at = 0; at === 0 || at < data.length; at += 255) {
      const part = data.slice(at, at + 255);
      out.push(code, part.length, ...part);
    }
  };
  put(DHCP_OPTION.MESSAGE_TYPE, [options.messageType]);
  put(DHCP_OPTION.SERVER_ID, u32(options.serverId));
  put(DHCP_OPTION.LEASE_TIME, u32(options.leaseSeconds));
  put(DHCP_OPTION.RENEWAL_TIME, u32(options.renewalSeconds));
  put(DHCP_OPTION.REBINDING_TIME, u32(options.rebindingSeconds));
  put(DHCP_OPTION.REQUESTED_ADDRESS, u32(options.requestedAddress));
  put(DHCP_OPTION.CLIENT_ID, options.clientId && [...options.clientId]);
  put(DHCP_OPTION.PARAMETER_LIST, options.parameterList);
  put(DHCP_OPTION.MAX_MESSAGE_BYTES, u16(options.maxMessageBytes));
  put(DHCP_OPTION.SUBNET_MASK, u32(options.subnetMask));
  put(DHCP_OPTION.CLASSLESS_ROUTES, options.classlessRoutes?.flatMap(encodeRoute));
  put(DHCP_OPTION.ROUTERS, options.routers?.flatMap(u32Bytes));
  put(DHCP_OPTION.DNS_SERVERS, options.dnsServers?.flatMap(u32Bytes));
  put(DHCP_OPTION.HOST_NAME, ascii(options.hostName));
  put(DHCP_OPTION.DOMAIN_NAME, ascii(options.domainName));
  put(DHCP_OPTION.INTERFACE_MTU, u16(options.mtuBytes));
  put(DHCP_OPTION.BROADCAST_ADDRESS, u32(options.broadcastAddress));
  put(DHCP_OPTION.NTP_SERVERS, options.ntpServers?.flatMap(u32Bytes));
  put(DHCP_OPTION.MESSAGE, ascii(options.message));
  out.push(DHCP_OPTION.END);
  return Uint8Array.from(out);
}

function encodeRoute({ network, prefixLength, gateway }: ClasslessRoute): number[] {
  const significant = u32Bytes(network).slice(0, Math.ceil(prefixLength / 8));
  return [prefixLength, ...significant, ...u32Bytes(gateway)];
}

function u16(value: number | undefined): number[] | undefined {
  if (value === undefined) return undefined;
  const bytes = new Uint8Array(2);
  writeU16(bytes, 0, value);
  return [...bytes];
}

function u32(value: number | undefined): number[] | undefined {
  return value === undefined ? undefined : u32Bytes(value);
}

function u32Bytes(value: number): number[] {
  const bytes = new Uint8Array(4);
  writeU32(bytes, 0, value);
  return [...bytes];
}

function ascii(text: string | undefined): number[] | undefined {
  return text === undefined ? undefined : Array.from(text, (letter) => letter.charCodeAt(0) & 127);
}
