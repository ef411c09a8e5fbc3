import type { Entropy, PacketMemory } from "../../libos/hal/mod.ts";
import type { Kernel } from "../../libos/kernel/mod.ts";
import { readU16, writeU16, writeU32 } from "../../libos/kernel/mod.ts";
import type {
  Address,
  DatagramRoute,
  NetworkErrorKind,
  ReceiveMeta,
  Refusal,
  TransportProtocol,
} from "../ip/mod.ts";
import { IP_PROTOCOL, SEND, appendPart } from "../ip/mod.ts";
import type { Ipv4 } from "../ipv4/mod.ts";
import { IPV4 } from "../ipv4/mod.ts";
import { ErrorSender } from "./error-sender.ts";
import type { Icmpv4Limits } from "./limits.ts";
import { ICMPV4_LIMITS } from "./limits.ts";
import { Pings } from "./pings.ts";
import { TokenBucket } from "./token-bucket.ts";
import type { Icmpv4, Icmpv4Counters, PingOptions, PingResult, UnreachableKind } from "./types.ts";
import { ICMP, ICMP_CODE, ICMP_TYPE, nextPlateau } from "./wire.ts";

/** What ICMP needs. */
export interface Icmpv4Needs {
  readonly kernel: Kernel;
  readonly network: Ipv4;
  readonly entropy: Entropy;
  /** Decides whether an echo request is answered. Default: always. */
  readonly answersEcho?: (source: Address, destination: Address) => boolean;
}

class Icmpv4Protocol implements Icmpv4, TransportProtocol {
  readonly protocol: number = IP_PROTOCOL.ICMP;
  readonly counters: Icmpv4Counters = {
    messagesReceived: 0,
    badMessages: 0,
    badChecksums: 0,
    ignoredMessages: 0,
    echosReceived: 0,
    echoRepliesSent: 0,
    errorsReceived: 0,
    errorsSent: 0,
    suppressed: 0,
  };
  readonly #needs: Icmpv4Needs;
  readonly #packet: PacketMemory;
  readonly #network: Ipv4;
  readonly #replies: TokenBucket;
  readonly #pings: Pings;
  readonly #errors: ErrorSender;

  constructor(needs: Icmpv4Needs, limits: Icmpv4Limits) {
    const { kernel, network, entropy } = needs;
    this.#needs = needs;
    this.#packet = kernel.memory.packet;
    this.#network = network;
    this.#replies = new TokenBucket(limits.repliesPerSecond, limits.replyBurst);
    this.#pings = new Pings(kernel, entropy, limits.maxPings, (options, identifier, sequence) =>
      this.#sendEcho(options, identifier, sequence),
    );
    this.#errors = new ErrorSender(kernel, network, limits, this.counters);
    network.register(this);
    network.setRefuse((why: Refusal, meta: ReceiveMeta) => this.#errors.refuse(why, meta));
  }

  ping(options: PingOptions, done: (result: PingResult) => void): () => void {
    return this.#pings.start(options, done);
  }

  sendUnreachable(kind: UnreachableKind, packet: Uint8Array): boolean {
    return this.#errors.sendUnreachable(kind, packet);
  }

  input(
    offset: number,
    length: number,
    source: Address,
    destination: Address,
    meta: ReceiveMeta,
  ): void {
    const { counters } = this;
    counters.messagesReceived++;
    if (length < ICMP.HEADER_BYTES) {
      counters.badMessages++;
      return;
    }
    if (this.#packet.checksum(offset, length, 0) !== 0xffff) {
      counters.badChecksums++;
      return;
    }
    switch (this.#packet.bytes[offset]) {
      case ICMP_TYPE.ECHO:
        this.#inputEcho(offset, length, source, destination, meta);
        break;
      case ICMP_TYPE.ECHO_REPLY:
        this.#pings.reply(this.#packet.bytes, offset, length, source, meta.ttl);
        break;
      case ICMP_TYPE.UNREACHABLE:
      case ICMP_TYPE.TIME_EXCEEDED:
        this.#inputError(offset, length);
        break;
      default:
        counters.ignoredMessages++;
    }
  }

  error(
    kind: NetworkErrorKind,
    offset: number,
    length: number,
    _source: Address,
    destination: Address,
    mtuBytes: number,
  ): void {
    const { bytes } = this.#packet;
    if (length < ICMP.HEADER_BYTES || bytes[offset] !== ICMP_TYPE.ECHO) return;
    if (!this.#pings.isPending(bytes, offset, destination)) return;
    if (kind === "too-big") this.#network.reduceMtu(destination, mtuBytes);
    this.#pings.fail(bytes, offset, destination, kind);
  }

  writable(): void {}

  stop(): void {
    this.#pings.stop();
  }

  #inputEcho(
    offset: number,
    length: number,
    source: Address,
    destination: Address,
    meta: ReceiveMeta,
  ): void {
    const { counters } = this;
    counters.echosReceived++;
    // A broadcast that everybody answers floods whoever is named as its source (RFC 1122 3.2.2.6).
    if (meta.isBroadcast || !(this.#needs.answersEcho?.(source, destination) ?? true)) {
      counters.ignoredMessages++;
      return;
    }
    const route = this.#network.replyRoute(source, destination);
    const isAllowed = this.#replies.take(this.#needs.kernel.nowUs());
    if (route === undefined || !isAllowed || !this.#sendReply(route, offset, length, meta)) {
      counters.suppressed++;
      return;
    }
    counters.echoRepliesSent++;
  }

  /** Sends the request back with another type; the checksum changes by as much as the type. */
  #sendReply(route: DatagramRoute, offset: number, length: number, meta: ReceiveMeta): boolean {
    const packet = this.#packet;
    const dataBytes = length - ICMP.HEADER_BYTES;
    const data = dataBytes === 0 ? 0 : route.stage(dataBytes);
    if (data < 0) return false;
    if (dataBytes > 0) packet.copy(data, offset + ICMP.HEADER_BYTES, dataBytes);
    route.mayFragment = true;
    const frame = route.begin(ICMP.HEADER_BYTES);
    const header = frame.partOffset[0]!;
    if (dataBytes > 0) appendPart(frame, data, dataBytes);
    packet.copy(header, offset, ICMP.HEADER_BYTES);
    writeU16(packet.bytes, header + ICMP.TYPE, ICMP_TYPE.ECHO_REPLY << 8);
    writeU16(packet.bytes, header + ICMP.CHECKSUM, 0);
    const headerSum = packet.checksum(header, ICMP.HEADER_BYTES, 0);
    const sum = dataBytes === 0 ? headerSum : packet.checksum(data, dataBytes, headerSum);
    writeU16(packet.bytes, header + ICMP.CHECKSUM, ~sum);
    return route.send(frame, IP_PROTOCOL.ICMP, meta.trafficClass) === SEND.OK;
  }

  #inputError(offset: number, length: number): void {
    const { bytes } = this.#packet;
    const type = bytes[offset]!;
    const code = bytes[offset + ICMP.CODE]!;
    const quoted = offset + ICMP.HEADER_BYTES;
    const quotedBytes = length - ICMP.HEADER_BYTES;
    const kind = type === ICMP_TYPE.TIME_EXCEEDED ? "time-exceeded" : unreachableKind(code);
    let mtuBytes = 0;
    if (kind === "too-big" && quotedBytes >= IPV4.HEADER_BYTES) {
      mtuBytes =
        readU16(bytes, offset + ICMP.NEXT_MTU) ||
        nextPlateau(readU16(bytes, quoted + IPV4.TOTAL_LENGTH));
    }
    if (this.#network.deliverError(kind, quoted, quotedBytes, mtuBytes)) {
      this.counters.errorsReceived++;
    } else {
      this.counters.badMessages++;
    }
  }

  #sendEcho(options: PingOptions, identifier: number, sequence: number): PingResult | undefined {
    const { address, dataBytes = 56, ttl = 64 } = options;
    const route = this.#network.replyRoute(address, 0);
    if (route === undefined) return { kind: "not-sent", why: "no-route" };
    const packet = this.#packet;
    const data = dataBytes === 0 ? 0 : route.stage(dataBytes);
    if (data < 0) return { kind: "not-sent", why: "full" };
    for (let index = 0; index < dataBytes; index++) packet.bytes[data + index] = index;
    route.mayFragment = true;
    route.ttl = ttl;
    const frame = route.begin(ICMP.HEADER_BYTES);
    const header = frame.partOffset[0]!;
    if (dataBytes > 0) appendPart(frame, data, dataBytes);
    writeU32(packet.bytes, header, ICMP_TYPE.ECHO << 24);
    writeU16(packet.bytes, header + ICMP.IDENTIFIER, identifier);
    writeU16(packet.bytes, header + ICMP.SEQUENCE, sequence);
    const headerSum = packet.checksum(header, ICMP.HEADER_BYTES, 0);
    const sum = dataBytes === 0 ? headerSum : packet.checksum(data, dataBytes, headerSum);
    writeU16(packet.bytes, header + ICMP.CHECKSUM, ~sum);
    const result = route.send(frame, IP_PROTOCOL.ICMP, 0);
    if (result === SEND.OK) return undefined;
    if (result === SEND.FULL) return { kind: "not-sent", why: "full" };
    return { kind: "not-sent", why: result === SEND.TOO_BIG ? "too-big" : "no-route" };
  }
}

/** What the codes of "destination unreachable" mean to a transport (RFC 1122 3.2.2.1, 4.2.3.9). */
function unreachableKind(code: number): NetworkErrorKind {
  switch (code) {
    case ICMP_CODE.FRAGMENTATION_NEEDED:
      return "too-big";
    case ICMP_CODE.PROTOCOL:
    case ICMP_CODE.PORT:
      return "port-unreachable";
    // Unknown net, net prohibited, net unreachable for this type of service.
    case ICMP_CODE.NET:
    case 6:
    case 9:
    case 11:
      return "net-unreachable";
    default:
      return "host-unreachable";
  }
}

/** Makes ICMP over IPv4, and registers it there. */
export function createIcmpv4(needs: Icmpv4Needs, limits: Icmpv4Limits = ICMPV4_LIMITS): Icmpv4 {
  return new Icmpv4Protocol(needs, limits);
}
