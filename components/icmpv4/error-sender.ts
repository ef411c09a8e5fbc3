/**
 * Sends ICMP errors, and decides whether one may be sent at all (RFC 1122 3.2.2, RFC 1812 4.3.2.7):
 * never about an ICMP error, a broadcast, a fragment that is not the first, or a source that is not
 * one host.
 */
import type { Kernel } from "../../libos/kernel/mod.ts";
import { readU16, readU32, writeU16, writeU32 } from "../../libos/kernel/mod.ts";
import type { ReceiveMeta, Refusal } from "../ip/mod.ts";
import { IP_PROTOCOL, SEND, appendPart } from "../ip/mod.ts";
import type { Ipv4 } from "../ipv4/mod.ts";
import { FRAGMENT_OFFSET_MASK, IPV4, isUnicastAddress } from "../ipv4/mod.ts";
import type { Icmpv4Limits } from "./limits.ts";
import { TokenBucket } from "./token-bucket.ts";
import type { Icmpv4Counters, UnreachableKind } from "./types.ts";
import { ICMP, ICMP_CODE, ICMP_TYPE } from "./wire.ts";

/** An error with its header and IP's fills 576 bytes at the most (RFC 1812 4.3.2.3). */
const MAX_QUOTE_BYTES = 576 - IPV4.HEADER_BYTES - ICMP.HEADER_BYTES;

/** IP precedence "internetwork control" (RFC 1812 4.3.2.5). */
const TRAFFIC_CLASS = 0xc0;

export class ErrorSender {
  readonly #kernel: Kernel;
  readonly #network: Ipv4;
  readonly #counters: Icmpv4Counters;
  readonly #bucket: TokenBucket;

  constructor(kernel: Kernel, network: Ipv4, limits: Icmpv4Limits, counters: Icmpv4Counters) {
    this.#kernel = kernel;
    this.#network = network;
    this.#counters = counters;
    this.#bucket = new TokenBucket(limits.errorsPerSecond, limits.errorBurst);
  }

  /** Answers the packet that is being delivered. */
  refuse(why: Refusal, meta: ReceiveMeta): void {
    if (meta.isBroadcast) return;
    const { packet } = this.#kernel.memory;
    const bytes = packet.bytes;
    const totalBytes = readU16(bytes, meta.headerOffset + IPV4.TOTAL_LENGTH);
    const quote = bytes.subarray(meta.headerOffset, meta.headerOffset + totalBytes);
    if (why === "reassembly-timeout") {
      this.#send(ICMP_TYPE.TIME_EXCEEDED, ICMP_CODE.REASSEMBLY_TIME, quote);
    } else {
      const code = why === "port-unreachable" ? ICMP_CODE.PORT : ICMP_CODE.PROTOCOL;
      this.#send(ICMP_TYPE.UNREACHABLE, code, quote);
    }
  }

  sendUnreachable(kind: UnreachableKind, packet: Uint8Array): boolean {
    const codes = {
      net: ICMP_CODE.NET,
      host: ICMP_CODE.HOST,
      port: ICMP_CODE.PORT,
      prohibited: ICMP_CODE.ADMINISTRATIVELY_PROHIBITED,
    };
    return this.#send(ICMP_TYPE.UNREACHABLE, codes[kind], packet);
  }

  #send(type: number, code: number, quote: Uint8Array): boolean {
    if (!this.#mayAnswer(quote)) return false;
    const source = readU32(quote, IPV4.SOURCE);
    const destination = readU32(quote, IPV4.DESTINATION);
    const route = this.#network.replyRoute(source, destination);
    const quoteBytes = Math.min(quote.length, MAX_QUOTE_BYTES);
    const isAllowed = this.#bucket.take(this.#kernel.nowUs());
    const staged = route === undefined || !isAllowed ? -1 : route.stage(quoteBytes);
    if (route === undefined || staged < 0) {
      this.#counters.suppressed++;
      return false;
    }
    const { packet } = this.#kernel.memory;
    packet.copyIn(staged, quote, 0, quoteBytes);
    const frame = route.begin(ICMP.HEADER_BYTES);
    const header = frame.partOffset[0]!;
    appendPart(frame, staged, quoteBytes);
    writeU32(packet.bytes, header, (type << 24) | (code << 16));
    writeU32(packet.bytes, header + ICMP.IDENTIFIER, 0);
    const headerSum = packet.checksum(header, ICMP.HEADER_BYTES, 0);
    writeU16(packet.bytes, header + ICMP.CHECKSUM, ~packet.checksum(staged, quoteBytes, headerSum));
    route.mayFragment = true;
    const isSent = route.send(frame, IP_PROTOCOL.ICMP, TRAFFIC_CLASS) === SEND.OK;
    if (isSent) this.#counters.errorsSent++;
    else this.#counters.suppressed++;
    return isSent;
  }

  #mayAnswer(packet: Uint8Array): boolean {
    if (packet.length < IPV4.HEADER_BYTES + 8 || packet[0]! >> 4 !== 4) return false;
    const headerBytes = (packet[0]! & 15) * 4;
    if (headerBytes < IPV4.HEADER_BYTES || packet.length < headerBytes + 8) return false;
    if (!isUnicastAddress(readU32(packet, IPV4.SOURCE))) return false;
    const destination = readU32(packet, IPV4.DESTINATION);
    if (this.#network.isBroadcast(destination)) return false;
    if ((readU16(packet, IPV4.FLAGS_FRAGMENT) & FRAGMENT_OFFSET_MASK) !== 0) return false;
    if (packet[IPV4.PROTOCOL] !== IP_PROTOCOL.ICMP) return true;
    const type = packet[headerBytes];
    return type === ICMP_TYPE.ECHO || type === ICMP_TYPE.ECHO_REPLY;
  }
}
