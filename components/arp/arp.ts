import type { Entropy, NetOffloads, TransmitFrame } from "../../libos/hal/mod.ts";
import type { Kernel } from "../../libos/kernel/mod.ts";
import { assert } from "../../libos/kernel/mod.ts";
import type { Ethernet, MacAddress } from "../ethernet/mod.ts";
import {
  BROADCAST_MAC,
  ETHERTYPE,
  formatMac,
  isUnicastMac,
  macHigh,
  macLow,
  multicastMac,
} from "../ethernet/mod.ts";
import type { Address, IpLink, LinkClient, Neighbour, SendResult } from "../ip/mod.ts";
import { SEND } from "../ip/mod.ts";
import type { ArpCounters } from "./cache.ts";
import { ArpCache } from "./cache.ts";
import type { ProbeTimes } from "./conflict-detection.ts";
import { ConflictDetection, PROBE_TIMES } from "./conflict-detection.ts";
import type { ArpLimits } from "./limits.ts";
import { ARP_LIMITS } from "./limits.ts";
import { ArpNeighbour, permanentNeighbour } from "./neighbour.ts";
import { createArpPacket, encodeArp, parseArp } from "./packet.ts";
import { PendingQueue } from "./pending-queue.ts";
import { ARP, ARP_OPERATION } from "./wire.ts";

/** What address resolution needs. */
export interface ArpNeeds {
  readonly ethernet: Ethernet;
  readonly kernel: Kernel;
  readonly entropy: Entropy;
}

/** Address resolution: it makes an Ethernet a link for IPv4. */
export interface Arp extends IpLink {
  readonly counters: Readonly<ArpCounters>;
  /** The cache, for `/net` and for tests. */
  readonly neighbours: Iterable<Readonly<ArpNeighbour>>;
  /**
   * Sets where a neighbour is; no packet changes it.
   *
   * @param hardware The address of one host.
   */
  addStatic(address: Address, hardware: MacAddress): void;
  /** Forgets a neighbour. */
  remove(address: Address): void;
  /**
   * Asks whether anybody uses an address before we do (RFC 5227, 2.1.1).
   *
   * @param done Called once with what was found, unless the returned function was called before.
   * @param times Default: those of the RFC, 4 to 8 seconds in all.
   * @returns Cancels.
   */
  probe(address: Address, done: (isConflict: boolean) => void, times?: ProbeTimes): () => void;
  /** Tells everybody on the link that an address is ours (RFC 5227, 2.3). */
  announce(address: Address): void;
  /** Sets the one handler for: somebody else uses an address of ours, and we have defended it. */
  onConflict(handler: (address: Address, hardware: MacAddress) => void): void;
  stop(): void;
}

class EthernetArp implements Arp {
  readonly name: string;
  readonly mtuBytes: number;
  readonly offloads: NetOffloads;
  readonly isLoopback = false;
  readonly queueFrames: number;
  readonly counters: ArpCounters = {
    requestsSent: 0,
    requestsReceived: 0,
    repliesSent: 0,
    repliesReceived: 0,
    malformedPackets: 0,
    droppedPackets: 0,
    failures: 0,
    suspectClaims: 0,
    conflicts: 0,
  };
  readonly #ethernet: Ethernet;
  readonly #bytes: Uint8Array;
  readonly #cache: ArpCache;
  readonly #detection: ConflictDetection;
  readonly #packet = createArpPacket();
  readonly #reply = createArpPacket();
  readonly #everybody = permanentNeighbour(0xffff_ffff, BROADCAST_MAC);
  #addresses: ReadonlySet<Address> = new Set();
  #primary: Address = 0;
  #client: LinkClient | undefined;
  #onConflict: ((address: Address, hardware: MacAddress) => void) | undefined;

  constructor(needs: ArpNeeds, limits: ArpLimits) {
    const { ethernet, kernel, entropy } = needs;
    this.#ethernet = ethernet;
    this.#bytes = kernel.memory.packet.bytes;
    this.name = ethernet.name;
    this.mtuBytes = ethernet.mtuBytes;
    this.offloads = ethernet.offloads;
    this.queueFrames = ethernet.queueFrames;
    this.#cache = new ArpCache({
      kernel,
      limits,
      counters: this.counters,
      pending: new PendingQueue(kernel, ethernet, limits.maxPendingPackets, limits.pendingBytes),
      request: (address, hardware) => this.#request(this.#primary, address, hardware),
      unresolved: (offset, length) => this.#client?.unresolved(offset, length),
    });
    this.#detection = new ConflictDetection({
      kernel,
      entropy,
      broadcast: (sender, target) => this.#request(sender, target, BROADCAST_MAC),
    });
    ethernet.register(ETHERTYPE.ARP, {
      input: (offset, length) => this.#input(offset, length),
      writable: () => {},
    });
  }

  get neighbours(): Iterable<Readonly<ArpNeighbour>> {
    return this.#cache.entries;
  }

  linkUp(): boolean {
    return this.#ethernet.linkUp();
  }

  connect(client: LinkClient): void {
    assert(this.#client === undefined, `${this.name}: a network layer is connected`);
    this.#client = client;
    this.#ethernet.register(ETHERTYPE.IPV4, client);
  }

  setAddresses(addresses: readonly Address[]): void {
    this.#addresses = new Set(addresses);
    this.#primary = addresses[0] ?? 0;
    this.#detection.retain(this.#addresses);
  }

  neighbour(address: Address): Neighbour {
    return this.#cache.obtain(address);
  }

  broadcast(group: Address): Neighbour {
    if (group >>> 28 !== 0xe) return this.#everybody;
    return permanentNeighbour(group, multicastMac(group));
  }

  begin(headerBytes: number, headroomBytes: number): TransmitFrame {
    return this.#ethernet.begin(headerBytes, headroomBytes);
  }

  send(frame: TransmitFrame, neighbour: Neighbour): SendResult {
    const entry = neighbour as ArpNeighbour;
    if (entry.isResolved) {
      entry.isUsed = true;
      return this.#ethernet.send(frame, entry.high, entry.low, ETHERTYPE.IPV4);
    }
    const current = this.#cache.obtain(entry.address);
    if (current.isResolved) return this.send(frame, current);
    this.#cache.hold(current, frame);
    return SEND.OK;
  }

  stage(bytes: number): number {
    return this.#ethernet.stage(bytes);
  }

  room(): number {
    return this.#ethernet.room();
  }

  awaitRoom(): void {
    this.#ethernet.awaitRoom();
  }

  submitted(): number {
    return this.#ethernet.submitted();
  }

  get hardwareAddress(): string {
    return formatMac(this.#ethernet.address);
  }

  transmitted(): number {
    return this.#ethernet.transmitted();
  }

  addStatic(address: Address, hardware: MacAddress): void {
    assert(isUnicastMac(hardware), `${this.name}: ${formatMac(hardware)} is not one host's`);
    this.#cache.addStatic(address, hardware);
  }

  remove(address: Address): void {
    this.#cache.remove(address);
  }

  probe(
    address: Address,
    done: (isConflict: boolean) => void,
    times: ProbeTimes = PROBE_TIMES,
  ): () => void {
    return this.#detection.probe(address, times, done);
  }

  announce(address: Address): void {
    this.#detection.announce(address);
  }

  onConflict(handler: (address: Address, hardware: MacAddress) => void): void {
    this.#onConflict = handler;
  }

  stop(): void {
    this.#detection.stop();
    this.#cache.clear();
  }

  #input(offset: number, length: number): void {
    const packet = this.#packet;
    const { counters } = this;
    if (!parseArp(this.#bytes, offset, length, packet)) {
      counters.malformedPackets++;
      return;
    }
    if (packet.senderHardware === this.#ethernet.address) return;
    const isRequest = packet.operation === ARP_OPERATION.REQUEST;
    if (isRequest) counters.requestsReceived++;
    else counters.repliesReceived++;
    const { senderProtocol, targetProtocol, senderHardware } = packet;
    if (senderProtocol === 0) {
      // A probe: of an address that is ours, or that we are probing for as well (RFC 5227 2.1.1).
      if (isRequest && !this.#detection.heard(targetProtocol)) this.#answer();
      return;
    }
    if (this.#detection.heard(senderProtocol)) return;
    if (this.#addresses.has(senderProtocol)) {
      counters.conflicts++;
      this.#detection.defend(senderProtocol);
      this.#onConflict?.(senderProtocol, senderHardware);
      return;
    }
    const isForUs = this.#addresses.has(targetProtocol);
    this.#cache.learn(senderProtocol, senderHardware, isForUs, isRequest);
    if (isRequest) this.#answer();
  }

  /** Answers the request in `#packet`, if it asks for an address of ours. */
  #answer(): void {
    const request = this.#packet;
    if (!this.#addresses.has(request.targetProtocol)) return;
    const reply = this.#reply;
    reply.operation = ARP_OPERATION.REPLY;
    reply.senderHardware = this.#ethernet.address;
    reply.senderProtocol = request.targetProtocol;
    reply.targetHardware = request.senderHardware;
    reply.targetProtocol = request.senderProtocol;
    if (this.#send(request.senderHardware)) this.counters.repliesSent++;
  }

  #request(sender: Address, target: Address, hardware: MacAddress): void {
    const request = this.#reply;
    request.operation = ARP_OPERATION.REQUEST;
    request.senderHardware = this.#ethernet.address;
    request.senderProtocol = sender;
    request.targetHardware = 0;
    request.targetProtocol = target;
    if (this.#send(hardware)) this.counters.requestsSent++;
  }

  /** Sends `#reply`. A full device loses it, as the wire may. */
  #send(hardware: MacAddress): boolean {
    const frame = this.#ethernet.begin(ARP.PACKET_BYTES, 0);
    encodeArp(this.#bytes, frame.partOffset[0]!, this.#reply);
    const result = this.#ethernet.send(frame, macHigh(hardware), macLow(hardware), ETHERTYPE.ARP);
    return result === SEND.OK;
  }
}

/**
 * Makes address resolution for IPv4 on one Ethernet (RFC 826, RFC 5227, RFC 1122 2.3.2).
 *
 * @returns A link for `Ipv4.addInterface`.
 */
export function createArp(needs: ArpNeeds, limits: ArpLimits = ARP_LIMITS): Arp {
  return new EthernetArp(needs, limits);
}
