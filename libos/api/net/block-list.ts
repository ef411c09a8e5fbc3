/** `net.BlockList` and `net.SocketAddress`. */
import {
  invalidArgType,
  invalidArgValue,
  validateInt32,
  validateObject,
  validateString,
  validateUint32,
} from "../shared/errors.ts";
import { formatIPv6, isMapped, parseIPv4, parseIPv6 } from "../shared/ip-text.ts";
import { validatePort } from "../shared/port.ts";
import { invalidAddress } from "./errors.ts";

export type IpFamilyName = "ipv4" | "ipv6";

/** An address as a number: IPv4 in its mapped form, so that one comparison serves both. */
interface ParsedAddress {
  readonly value: bigint;
  readonly family: IpFamilyName;
  readonly text: string;
}

const MAPPED_PREFIX = 0xffff_0000_0000n;

function parseAddress(text: string, family: IpFamilyName): ParsedAddress | undefined {
  if (family === "ipv4") {
    const address = parseIPv4(text);
    return address < 0 ? undefined : { value: MAPPED_PREFIX | BigInt(address), family, text };
  }
  const groups = parseIPv6(text);
  if (groups === undefined) return undefined;
  let value = 0n;
  for (const group of groups) value = (value << 16n) | BigInt(group);
  return { value, family, text: isMapped(groups) ? text : formatIPv6(groups) };
}

function validateFamily(family: unknown): IpFamilyName {
  const lower = String((family as { toLowerCase?(): string }).toLowerCase?.() ?? family);
  if (lower !== "ipv4" && lower !== "ipv6") throw invalidArgValue("options.family", family);
  return lower;
}

export interface SocketAddressOptions {
  readonly address?: string | undefined;
  readonly family?: string | undefined;
  readonly port?: number | undefined;
  readonly flowlabel?: number | undefined;
}

/** An address, a port and a family as one value. */
export class SocketAddress {
  readonly address: string;
  readonly port: number;
  readonly family: IpFamilyName;
  readonly flowlabel: number;

  /** @throws ERR_INVALID_ADDRESS for a text that is no address of the family. */
  constructor(options: SocketAddressOptions = {}) {
    validateObject(options, "options");
    this.family = options.family === undefined ? "ipv4" : validateFamily(options.family);
    const address = options.address ?? (this.family === "ipv4" ? "127.0.0.1" : "::");
    validateString(address, "options.address");
    this.port = validatePort(options.port ?? 0, "options.port");
    const flowlabel = options.flowlabel ?? 0;
    validateUint32(flowlabel, "options.flowlabel");
    this.flowlabel = flowlabel;
    const parsed = parseAddress(address, this.family);
    if (parsed === undefined) throw invalidAddress();
    this.address = parsed.text;
  }

  static isSocketAddress(value: unknown): value is SocketAddress {
    return value instanceof SocketAddress;
  }

  /** @returns The address in "10.0.2.15:80" or "[::1]:80"; undefined for anything else. */
  static parse(input: string): SocketAddress | undefined {
    validateString(input, "input");
    const match = /^(?:\[([^\]]+)\]|([0-9.]+))(?::([0-9]{1,5}))?$/.exec(input);
    if (match === null) return undefined;
    const [, ipv6, ipv4, port = "0"] = match;
    const family = ipv6 === undefined ? "ipv4" : "ipv6";
    const address = ipv6 ?? ipv4!;
    if (Number(port) > 0xffff || parseAddress(address, family) === undefined) return undefined;
    return new SocketAddress({ address, family, port: Number(port) });
  }

  toJSON(): { address: string; port: number; family: IpFamilyName; flowlabel: number } {
    const { address, port, family, flowlabel } = this;
    return { address, port, family, flowlabel };
  }
}

interface Rule {
  readonly first: bigint;
  readonly last: bigint;
  readonly family: IpFamilyName;
  readonly text: string;
}

const familyText = (family: IpFamilyName): string => (family === "ipv4" ? "IPv4" : "IPv6");

/**
 * Addresses, ranges and subnets to refuse. A rule for IPv4 also matches the mapped IPv6 address.
 */
export class BlockList {
  readonly #rules: Rule[] = [];

  static isBlockList(value: unknown): value is BlockList {
    return value instanceof BlockList;
  }

  /** @throws ERR_INVALID_ADDRESS for a text that is no address of the family. */
  addAddress(address: string | SocketAddress, family: string = "ipv4"): void {
    const parsed = this.#parse(address, family, "address");
    this.#add(parsed.value, parsed.value, parsed.family, `Address: ${show(parsed)}`);
  }

  /** @throws ERR_INVALID_ARG_VALUE when `end` lies before `start`. */
  addRange(
    start: string | SocketAddress,
    end: string | SocketAddress,
    family: string = "ipv4",
  ): void {
    const first = this.#parse(start, family, "start");
    const last = this.#parse(end, family, "end");
    if (last.value < first.value) {
      const { text: address, family: name } = first;
      const shown = new SocketAddress({ address, family: name });
      throw invalidArgValue("start", shown, "must come before end");
    }
    this.#add(first.value, last.value, first.family, `Range: ${show(first)}-${last.text}`);
  }

  /** @param prefix Bits that are alike: 0 .. 32, or 0 .. 128 for IPv6. */
  addSubnet(network: string | SocketAddress, prefix: number, family: string = "ipv4"): void {
    const parsed = this.#parse(network, family, "network");
    validateInt32(prefix, "prefix", 0, parsed.family === "ipv4" ? 32 : 128);
    const hostBits = BigInt((parsed.family === "ipv4" ? 32 : 128) - prefix);
    const first = (parsed.value >> hostBits) << hostBits;
    const last = first | ((1n << hostBits) - 1n);
    this.#add(first, last, parsed.family, `Subnet: ${show(parsed)}/${prefix}`);
  }

  /** @returns True when a rule matches; false too for a text that is no address. */
  check(address: string | SocketAddress, family: string = "ipv4"): boolean {
    const isSocketAddress = SocketAddress.isSocketAddress(address);
    if (!isSocketAddress) validateString(address, "address");
    const name = isSocketAddress ? address.family : validateFamily(family);
    const parsed = parseAddress(isSocketAddress ? address.address : address, name);
    if (parsed === undefined) return false;
    return this.#rules.some((rule) => rule.first <= parsed.value && parsed.value <= rule.last);
  }

  /** The rules as text, the newest first. */
  get rules(): string[] {
    return this.#rules.map((rule) => rule.text);
  }

  toJSON(): string[] {
    return this.rules;
  }

  /** Adds rules in the form that `rules` shows, or as JSON text of it. */
  fromJSON(rules: string | readonly string[]): void {
    const list: unknown = typeof rules === "string" ? JSON.parse(rules) : rules;
    if (!Array.isArray(list)) throw invalidArgType("rules", ["string", "string[]"], rules);
    for (const rule of list) {
      const match = /^(Address|Range|Subnet): (IPv[46]) ([^-/]+)(?:[-/](.+))?$/.exec(String(rule));
      if (match === null) continue;
      const [, kind, family, first, second = ""] = match;
      if (kind === "Address") this.addAddress(first!, family!);
      else if (kind === "Range") this.addRange(first!, second, family!);
      else this.addSubnet(first!, Number(second), family!);
    }
  }

  #parse(address: string | SocketAddress, family: string, name: string): ParsedAddress {
    if (SocketAddress.isSocketAddress(address)) {
      return parseAddress(address.address, address.family)!;
    }
    validateString(address, name);
    validateString(family, "family");
    const parsed = parseAddress(address, validateFamily(family));
    if (parsed === undefined) throw invalidAddress();
    return parsed;
  }

  #add(first: bigint, last: bigint, family: IpFamilyName, text: string): void {
    this.#rules.unshift({ first, last, family, text });
  }
}

function show(address: ParsedAddress): string {
  return `${familyText(address.family)} ${address.text}`;
}
