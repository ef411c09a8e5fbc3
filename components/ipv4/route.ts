import type { NetOffloads, TransmitFrame } from "../../libos/hal/mod.ts";
import type { Address, DatagramRoute, IpLink, Neighbour, SendResult } from "../ip/mod.ts";
import { SEND, frameBytes, prependHeader } from "../ip/mod.ts";
import type { Identification } from "./identification.ts";
import type { Ipv4Interface } from "./interface.ts";
import type { PathMtuCache } from "./path-mtu.ts";
import type { FragmentSource } from "./transmit-fragments.ts";
import { sendFragments } from "./transmit-fragments.ts";
import { DONT_FRAGMENT, IPV4, MAX_PACKET_BYTES, addressSum, foldSum, writeHeader } from "./wire.ts";

/** The time to live of what we send (RFC 1122 3.2.1.7; IANA's default). */
export const DEFAULT_TTL = 64;

/** What the routing decision says. One object is reused. */
export interface Way {
  interface: Ipv4Interface;
  /** The gateway, or the destination itself. */
  nextHop: Address;
  source: Address;
  isBroadcast: boolean;
}

/** What a route needs of its IPv4. */
export interface RouteNeeds {
  /** Counts changes of addresses, routes and path MTUs: a route that saw another one looks again. */
  readonly generation: number;
  readonly view: DataView;
  readonly identification: Identification;
  readonly pathMtus: PathMtuCache;
  /** @returns False when there is no way. */
  choose(destination: Address, source: Address, device: string | undefined): Way | undefined;
}

export class Ipv4Route implements DatagramRoute, FragmentSource {
  readonly networkHeaderBytes: number = IPV4.HEADER_BYTES;
  destination: Address = 0;
  source: Address = 0;
  ttl: number = DEFAULT_TTL;
  mayFragment = false;
  isBroadcast = false;
  /** From `assign` on. */
  offloads!: NetOffloads;
  readonly #needs: RouteNeeds;
  #generation = -1;
  #device: string | undefined;
  #interface: Ipv4Interface | undefined;
  #link: IpLink | undefined;
  #neighbour: Neighbour | undefined;
  #nextHop: Address = 0;
  #mtuBytes = 0;
  #addressSum = 0;
  // What the header of the fragments that are being sent says.
  #protocol = 0;
  #trafficClass = 0;
  #identification = 0;

  constructor(needs: RouteNeeds) {
    this.#needs = needs;
  }

  /** Makes this the route to another destination. @returns False when there is none. */
  assign(destination: Address, source: Address, device: string | undefined): boolean {
    this.destination = destination;
    this.source = source;
    this.ttl = DEFAULT_TTL;
    this.mayFragment = false;
    this.#device = device;
    return this.#resolve();
  }

  /** True when this still is the route for these arguments, so that nothing need be looked up. */
  isFor(destination: Address, source: Address): boolean {
    return (
      this.destination === destination &&
      this.source === source &&
      this.#device === undefined &&
      this.#generation === this.#needs.generation
    );
  }

  get mtuBytes(): number {
    this.#refresh();
    return this.#mtuBytes;
  }

  get link(): IpLink {
    return this.#link!;
  }

  get neighbour(): Neighbour {
    return this.#neighbour!;
  }

  begin(headerBytes: number): TransmitFrame {
    return this.#link!.begin(headerBytes, IPV4.HEADER_BYTES);
  }

  send(frame: TransmitFrame, protocol: number, trafficClass: number): SendResult {
    if (!this.#refresh()) return SEND.NO_ROUTE;
    const transportBytes = frameBytes(frame);
    const totalBytes = transportBytes + IPV4.HEADER_BYTES;
    const { segmentBytes } = frame;
    let flags = 0;
    let identification = 0;
    if (segmentBytes > 0) {
      if (totalBytes > this.#link!.offloads.tcp4SegmentationBytes) return SEND.TOO_BIG;
      if (segmentBytes + frame.headerBytes + IPV4.HEADER_BYTES > this.#mtuBytes) {
        return SEND.TOO_BIG;
      }
      // The device numbers the segments onwards from the first (RFC 6864 asks for no more).
      const segments = Math.ceil((transportBytes - frame.headerBytes) / segmentBytes);
      identification = this.#needs.identification.take(this.destination, segments);
      flags = DONT_FRAGMENT;
    } else if (totalBytes > this.#mtuBytes) {
      if (!this.mayFragment || totalBytes > MAX_PACKET_BYTES) return SEND.TOO_BIG;
      return this.#sendFragments(frame, protocol, trafficClass);
    } else if (this.mayFragment) {
      identification = this.#needs.identification.take(this.destination, 1);
    } else {
      // Atomic: the number means nothing (RFC 6864, 4.1).
      flags = DONT_FRAGMENT;
    }
    writeHeader(
      this.#needs.view,
      prependHeader(frame, IPV4.HEADER_BYTES),
      trafficClass,
      totalBytes,
      identification,
      flags,
      this.ttl,
      protocol,
      this.source,
      this.destination,
      this.#addressSum,
    );
    const result = this.#link!.send(frame, this.#resolvedNeighbour());
    if (result === SEND.OK) this.#count(totalBytes);
    return result;
  }

  pseudoHeaderSum(protocol: number, length: number): number {
    return foldSum(this.#addressSum + protocol + length);
  }

  stage(bytes: number): number {
    return this.#link!.stage(bytes);
  }

  submitted(): number {
    return this.#link!.submitted();
  }

  transmitted(): number {
    return this.#link!.transmitted();
  }

  reduceMtu(mtuBytes: number): void {
    this.#needs.pathMtus.reduce(this.destination, mtuBytes);
  }

  /** Writes the header of one fragment: `sendFragments` calls it. */
  writeHeader(offset: number, totalLength: number, flagsFragment: number): void {
    writeHeader(
      this.#needs.view,
      offset,
      this.#trafficClass,
      totalLength,
      this.#identification,
      flagsFragment,
      this.ttl,
      this.#protocol,
      this.source,
      this.destination,
      this.#addressSum,
    );
    this.#count(totalLength);
  }

  #sendFragments(frame: TransmitFrame, protocol: number, trafficClass: number): SendResult {
    this.#resolvedNeighbour();
    this.#protocol = protocol;
    this.#trafficClass = trafficClass;
    this.#identification = this.#needs.identification.take(this.destination, 1);
    return sendFragments(frame, this);
  }

  #refresh(): boolean {
    return this.#generation === this.#needs.generation || this.#resolve();
  }

  #resolve(): boolean {
    const way = this.#needs.choose(this.destination, this.source, this.#device);
    if (way === undefined) return false;
    const { link } = way.interface;
    this.source = way.source;
    this.isBroadcast = way.isBroadcast;
    this.#interface = way.interface;
    this.#link = link;
    this.offloads = link.offloads;
    this.#nextHop = way.nextHop;
    this.#neighbour = way.isBroadcast
      ? link.broadcast(this.destination)
      : link.neighbour(way.nextHop);
    this.#mtuBytes = this.#needs.pathMtus.limit(this.destination, way.interface.mtuBytes);
    this.#addressSum = addressSum(this.source, this.destination);
    this.#generation = this.#needs.generation;
    return true;
  }

  #resolvedNeighbour(): Neighbour {
    const neighbour = this.#neighbour!;
    if (neighbour.isResolved) return neighbour;
    return (this.#neighbour = this.#link!.neighbour(this.#nextHop));
  }

  #count(totalBytes: number): void {
    const { counters } = this.#interface!;
    counters.packetsSent++;
    counters.bytesSent += totalBytes;
  }
}
