import type { ReceiveOffload } from "../../libos/hal/mod.ts";
import type { Kernel } from "../../libos/kernel/mod.ts";
import { assert, readU16, readU32, viewOf } from "../../libos/kernel/mod.ts";
import type {
  Address,
  DatagramRoute,
  NetworkErrorKind,
  ReceiveMeta,
  Refusal,
  TransportProtocol,
} from "../ip/mod.ts";
import {
  IPV4_ADDRESS,
  formatIpv4,
  isLoopbackAddress,
  isMulticastAddress,
  isUnicastAddress,
} from "./address.ts";
import { checkHeader } from "./check-header.ts";
import type { RoutingState } from "./choose-way.ts";
import { chooseWay } from "./choose-way.ts";
import { createCounters } from "./counters.ts";
import { Identification } from "./identification.ts";
import type { Interface } from "./interface.ts";
import { Ipv4Interface } from "./interface.ts";
import type { Ipv4Limits } from "./limits.ts";
import { IPV4_LIMITS } from "./limits.ts";
import type { ReceivingState } from "./martians.ts";
import { isPossibleSource, judgeDestination } from "./martians.ts";
import { PathMtuCache } from "./path-mtu.ts";
import { Reassembly } from "./reassembly.ts";
import type { RouteNeeds, Way } from "./route.ts";
import { Ipv4Route } from "./route.ts";
import type { RouteEntry } from "./routing-table.ts";
import { RoutingTable } from "./routing-table.ts";
import type {
  InterfaceAddress,
  InterfaceOptions,
  Ipv4,
  Ipv4Counters,
  Ipv4Needs,
  Refuse,
  RouteOptions,
} from "./types.ts";
import {
  FRAGMENT_OFFSET_MASK,
  IPV4,
  MIN_MTU_BYTES,
  MORE_FRAGMENTS,
  addressSum,
  foldSum,
  isSumRight,
} from "./wire.ts";

class Ipv4Layer implements Ipv4, RouteNeeds, RoutingState, ReceivingState {
  readonly isPromiscuous: boolean;
  readonly interfaces: Ipv4Interface[] = [];
  readonly table: RoutingTable;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly identification: Identification;
  readonly pathMtus: PathMtuCache;
  generation = 0;
  loopback: Ipv4Interface | undefined;
  inputDevice = "";
  readonly counters: Ipv4Counters = createCounters();
  readonly #kernel: Kernel;
  readonly #limits: Ipv4Limits;
  readonly #reassembly: Reassembly;
  readonly #transports = new Array<TransportProtocol | undefined>(256).fill(undefined);
  readonly local: Set<Address> = new Set();
  readonly #replyRoute: Ipv4Route;
  #replySource: Address = -1;
  readonly #meta: ReceiveMeta = {
    checksumValid: false,
    segmentBytes: 0,
    headerOffset: 0,
    ttl: 0,
    trafficClass: 0,
    isBroadcast: false,
  };
  #refuse: Refuse | undefined;

  constructor(needs: Ipv4Needs, limits: Ipv4Limits) {
    const { kernel, entropy } = needs;
    this.#kernel = kernel;
    this.#limits = limits;
    this.isPromiscuous = needs.promiscuous ?? false;
    this.bytes = kernel.memory.packet.bytes;
    this.view = viewOf(this.bytes);
    this.table = new RoutingTable(limits.maxRoutes);
    this.identification = new Identification(entropy);
    this.pathMtus = new PathMtuCache(kernel, limits.maxPathMtus, limits.pathMtuAgeUs, () => {
      this.generation++;
    });
    this.#reassembly = new Reassembly({
      kernel,
      limits,
      counters: this.counters,
      timeExceeded: (headerOffset) => {
        this.#meta.headerOffset = headerOffset;
        this.#meta.isBroadcast = false;
        this.#refuse?.("reassembly-timeout", this.#meta);
      },
    });
    this.#replyRoute = new Ipv4Route(this);
  }

  get routes(): readonly RouteEntry[] {
    return this.table.entries;
  }

  addInterface(options: InterfaceOptions): Interface {
    const { link } = options;
    if (this.interfaces.length >= this.#limits.maxInterfaces) {
      throw new RangeError(`${link.name}: there are ${this.interfaces.length} interfaces already`);
    }
    const added = new Ipv4Interface(link, link.mtuBytes);
    this.configure(added, {
      address: options.address ?? 0,
      prefixLength: options.prefixLength ?? 32,
      ...(options.mtuBytes === undefined ? {} : { mtuBytes: options.mtuBytes }),
    });
    this.interfaces.push(added);
    if (link.isLoopback) this.loopback = added;
    this.#addressesChanged();
    link.connect({
      input: (offset, length, offload, isBroadcast) =>
        this.#input(added, offset, length, offload, isBroadcast),
      writable: () => this.#writable(),
      unresolved: (offset, length) => this.deliverError("host-unreachable", offset, length, 0),
    });
    return added;
  }

  configure(target: Interface, options: InterfaceAddress): void {
    assert(target instanceof Ipv4Interface, "an interface of another network layer");
    const { address, prefixLength, aliases = [] } = options;
    const mtuBytes = Math.min(options.mtuBytes ?? target.link.mtuBytes, target.link.mtuBytes);
    const given = address === 0 ? [] : [address, ...aliases];
    const bad = given.find((one) => !isUnicastAddress(one));
    if (bad !== undefined) {
      throw new RangeError(`${target.name}: ${formatIpv4(bad)} is not one host's address`);
    }
    if (!Number.isInteger(prefixLength) || prefixLength < 0 || prefixLength > 32) {
      throw new RangeError(`${target.name}: no prefix of ${prefixLength} bits`);
    }
    if (mtuBytes < MIN_MTU_BYTES || aliases.length >= this.#limits.maxAddresses) {
      throw new RangeError(`${target.name}: MTU ${mtuBytes}, ${aliases.length} aliases`);
    }
    if (target.address !== 0) {
      this.table.remove(target.address, target.prefixLength, target, 0);
    }
    target.mtuBytes = mtuBytes;
    target.configure(address, prefixLength, aliases);
    if (address !== 0) this.addRoute({ network: address, prefixLength, interface: target });
    this.#addressesChanged();
  }

  interface(name: string): Interface | undefined {
    return this.interfaces.find((one) => one.name === name);
  }

  addRoute(options: RouteOptions): boolean {
    this.generation++;
    return this.table.add({
      network: options.network,
      prefixLength: options.prefixLength,
      gateway: options.gateway ?? 0,
      interface: options.interface,
      metric: options.metric ?? 0,
    });
  }

  removeRoute(options: RouteOptions): boolean {
    this.generation++;
    const { network, prefixLength, gateway } = options;
    return this.table.remove(network, prefixLength, options.interface, gateway);
  }

  setRefuse(refuse: Refuse): void {
    this.#refuse = refuse;
  }

  register(transport: TransportProtocol): void {
    const { protocol } = transport;
    assert(this.#transports[protocol] === undefined, `protocol ${protocol} is registered`);
    this.#transports[protocol] = transport;
  }

  route(destination: Address, source: Address): DatagramRoute | undefined {
    return this.#newRoute(destination, source, undefined);
  }

  routeVia(device: string, destination: Address, source: Address): DatagramRoute | undefined {
    return this.#newRoute(destination, source, device);
  }

  replyRoute(destination: Address, source: Address): DatagramRoute | undefined {
    const route = this.#replyRoute;
    const isSame =
      this.#replySource === source &&
      route.isFor(destination, source === 0 ? route.source : source);
    if (!isSame && !route.assign(destination, source, undefined)) {
      this.#replySource = -1;
      this.counters.noRoutes++;
      return undefined;
    }
    this.#replySource = source;
    route.ttl = 64;
    route.mayFragment = false;
    return route;
  }

  isLocal(address: Address): boolean {
    return this.local.has(address) || (isLoopbackAddress(address) && this.loopback !== undefined);
  }

  isBroadcast(address: Address): boolean {
    if (address === IPV4_ADDRESS.BROADCAST || isMulticastAddress(address)) return true;
    return this.interfaces.some((one) => one.broadcastAddress === address);
  }

  pseudoHeaderSum(source: Address, destination: Address, protocol: number, length: number): number {
    return foldSum(addressSum(source, destination) + protocol + length);
  }

  format(address: Address): string {
    return formatIpv4(address);
  }

  reduceMtu(destination: Address, mtuBytes: number): void {
    this.pathMtus.reduce(destination, mtuBytes);
  }

  refuse(why: Refusal, meta: ReceiveMeta): void {
    this.#refuse?.(why, meta);
  }

  choose(destination: Address, source: Address, device?: string): Way | undefined {
    return chooseWay(this, destination, source, device);
  }

  deliverError(kind: NetworkErrorKind, offset: number, length: number, mtuBytes: number): boolean {
    const { bytes } = this;
    if (length < IPV4.HEADER_BYTES || bytes[offset]! >> 4 !== 4) return false;
    const headerBytes = (bytes[offset]! & 15) * 4;
    if (headerBytes < IPV4.HEADER_BYTES || length < headerBytes + 8) return false;
    if ((readU16(bytes, offset + IPV4.FLAGS_FRAGMENT) & FRAGMENT_OFFSET_MASK) !== 0) return false;
    const source = readU32(bytes, offset + IPV4.SOURCE);
    const destination = readU32(bytes, offset + IPV4.DESTINATION);
    if (!this.isPromiscuous && !this.isLocal(source)) return false;
    const transport = this.#transports[bytes[offset + IPV4.PROTOCOL]!];
    if (transport === undefined) return false;
    const quoted = length - headerBytes;
    transport.error(kind, offset + headerBytes, quoted, source, destination, mtuBytes);
    return true;
  }

  stop(): void {
    this.pathMtus.stop();
    this.#reassembly.stop();
    this.#transports.fill(undefined);
    for (const one of this.interfaces) {
      this.table.removeInterface(one);
      one.configure(0, 32, []);
    }
    this.#addressesChanged();
  }

  #newRoute(
    destination: Address,
    source: Address,
    device: string | undefined,
  ): DatagramRoute | undefined {
    const route = new Ipv4Route(this);
    if (route.assign(destination, source, device)) return route;
    this.counters.noRoutes++;
    return undefined;
  }

  #addressesChanged(): void {
    this.generation++;
    this.local.clear();
    for (const one of this.interfaces) one.goodSource = -1;
    for (const one of this.interfaces) for (const address of one.addresses) this.local.add(address);
  }

  #writable(): void {
    for (const transport of this.#transports) transport?.writable();
  }

  #input(
    through: Ipv4Interface,
    offset: number,
    length: number,
    offload: ReceiveOffload,
    isLinkBroadcast: boolean,
  ): void {
    const { view, counters } = this;
    counters.packetsReceived++;
    through.counters.packetsReceived++;
    through.counters.bytesReceived += length;
    if (length < IPV4.HEADER_BYTES) {
      counters.badHeaders++;
      return;
    }
    // Nearly every header has 20 bytes and is right: its five words are read once, and say all.
    const first = view.getInt32(offset);
    const second = view.getInt32(offset + IPV4.IDENTIFICATION);
    const third = view.getInt32(offset + IPV4.TIME_TO_LIVE);
    const source = view.getUint32(offset + IPV4.SOURCE);
    const destination = view.getUint32(offset + IPV4.DESTINATION);
    const totalBytes = first & 0xffff;
    let headerBytes: number = IPV4.HEADER_BYTES;
    const isUsual =
      first >>> 24 === 0x45 &&
      totalBytes >= headerBytes &&
      totalBytes <= length &&
      isSumRight(first, second, third, source, destination);
    if (!isUsual) {
      headerBytes = checkHeader(this.#kernel.memory.packet, view, offset, length, counters);
      if (headerBytes === 0) return;
    }
    const delivery = judgeDestination(this, through, destination);
    if (delivery === "foreign") {
      counters.notForUs++;
      return;
    }
    const isBroadcast = delivery === "broadcast";
    // A frame to everybody must not carry a packet to one host (RFC 1122 3.3.6).
    const isMismatch = isLinkBroadcast && !isBroadcast;
    if (
      delivery === "martian" ||
      isMismatch ||
      !isPossibleSource(this, through, source, isBroadcast)
    ) {
      counters.martians++;
      return;
    }
    const meta = this.#meta;
    meta.checksumValid = offload.checksumValid;
    meta.segmentBytes = offload.segmentBytes;
    meta.headerOffset = offset;
    meta.ttl = third >>> 24;
    meta.trafficClass = (first >>> 16) & 0xff;
    meta.isBroadcast = isBroadcast;
    this.inputDevice = through.name;
    if ((second & (MORE_FRAGMENTS | FRAGMENT_OFFSET_MASK)) !== 0) {
      this.#inputFragment(offset, headerBytes, totalBytes, source, destination);
      return;
    }
    this.#deliver(offset + headerBytes, totalBytes - headerBytes, source, destination);
  }

  #inputFragment(
    offset: number,
    headerBytes: number,
    totalBytes: number,
    source: Address,
    destination: Address,
  ): void {
    const reassembly = this.#reassembly;
    if (!reassembly.input(offset, headerBytes, totalBytes, this.#meta.isBroadcast)) return;
    this.#meta.checksumValid = false;
    this.#meta.segmentBytes = 0;
    this.#meta.headerOffset = reassembly.headerOffset;
    this.#meta.trafficClass = reassembly.trafficClass;
    this.#deliver(reassembly.payloadOffset, reassembly.payloadBytes, source, destination);
    reassembly.release();
  }

  #deliver(offset: number, length: number, source: Address, destination: Address): void {
    const meta = this.#meta;
    const transport = this.#transports[this.bytes[meta.headerOffset + IPV4.PROTOCOL]!];
    if (transport === undefined) {
      this.counters.unknownProtocols++;
      this.refuse("protocol-unreachable", meta);
      return;
    }
    this.counters.packetsDelivered++;
    transport.input(offset, length, source, destination, meta);
  }
}

/**
 * Makes IPv4.
 *
 * @throws Error when there is no entropy: identification numbers must not be guessed.
 */
export function createIpv4(needs: Ipv4Needs, limits: Ipv4Limits = IPV4_LIMITS): Ipv4 {
  return new Ipv4Layer(needs, limits);
}
