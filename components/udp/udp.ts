import type { Entropy, PacketMemory } from "../../libos/hal/mod.ts";
import type { Kernel } from "../../libos/kernel/mod.ts";
import { assert, readU16, writeU16 } from "../../libos/kernel/mod.ts";
import type {
  Address,
  DatagramNetwork,
  DatagramRoute,
  NetworkErrorKind,
  ReceiveMeta,
  SendResult,
  TransportProtocol,
} from "../ip/mod.ts";
import { ANY_ADDRESS, IP_PROTOCOL, SEND, appendPart } from "../ip/mod.ts";
import type { UdpLimits } from "./limits.ts";
import { UDP_LIMITS } from "./limits.ts";
import { PortTable } from "./ports.ts";
import type { SocketNeeds } from "./socket.ts";
import { BoundSocket } from "./socket.ts";
import type { Udp, UdpBindOptions, UdpCounters, UdpForwarder, UdpSocket } from "./types.ts";
import { MAX_DATAGRAM_BYTES, UDP } from "./wire.ts";

/** What UDP needs. */
export interface UdpNeeds {
  readonly kernel: Kernel;
  readonly network: DatagramNetwork;
  readonly entropy: Entropy;
}

class DatagramUdp implements Udp, TransportProtocol, SocketNeeds {
  readonly protocol: number = IP_PROTOCOL.UDP;
  readonly counters: UdpCounters = {
    datagramsReceived: 0,
    datagramsSent: 0,
    noPort: 0,
    badDatagrams: 0,
    badChecksums: 0,
    sendFailures: 0,
  };
  readonly #packet: PacketMemory;
  readonly #network: DatagramNetwork;
  readonly #ports: PortTable<BoundSocket>;
  /** Sockets that are told of room. */
  readonly #blocked = new Set<BoundSocket>();
  #forwarder: UdpForwarder | undefined;

  constructor(needs: UdpNeeds, limits: UdpLimits) {
    this.#packet = needs.kernel.memory.packet;
    this.#network = needs.network;
    this.#ports = new PortTable(limits, needs.entropy);
    needs.network.register(this);
  }

  get sockets(): Iterable<UdpSocket> {
    return this.#ports;
  }

  bind(options: UdpBindOptions): UdpSocket | "EADDRINUSE" | "EADDRNOTAVAIL" {
    const { address, handler, device } = options;
    const network = this.#network;
    const isOurs = address === ANY_ADDRESS || network.isLocal(address);
    if (!isOurs && !network.isBroadcast(address) && !network.isPromiscuous) return "EADDRNOTAVAIL";
    const port = options.port === 0 ? this.#ports.freePort() : options.port;
    if (port === 0) return "EADDRINUSE";
    const reuse = options.reuse ?? false;
    const socket = new BoundSocket(this, address, port, device, reuse, handler);
    return this.#ports.add(socket) ? socket : "EADDRINUSE";
  }

  setForwarder(forwarder: UdpForwarder | undefined): void {
    this.#forwarder = forwarder;
  }

  send(
    socket: BoundSocket,
    bytes: Uint8Array,
    offset: number,
    length: number,
    address: Address,
    port: number,
  ): SendResult {
    if (socket.isClosed) return this.#failed(SEND.NO_ROUTE);
    const source = this.#network.isBroadcast(socket.localAddress) ? 0 : socket.localAddress;
    const route =
      socket.device === undefined
        ? this.#network.replyRoute(address, source)
        : this.#network.routeVia(socket.device, address, source);
    if (route === undefined) return this.#failed(SEND.NO_ROUTE);
    if (route.isBroadcast && !socket.isBroadcastAllowed) return this.#failed(SEND.DENIED);
    if (socket.ttl > 0) route.ttl = socket.ttl;
    const result = this.#transmit(route, socket.localPort, port, bytes, offset, length);
    if (result === SEND.FULL) this.#blocked.add(socket);
    return result;
  }

  sendFrom(
    localAddress: Address,
    localPort: number,
    remoteAddress: Address,
    remotePort: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): SendResult {
    const route = this.#network.replyRoute(remoteAddress, localAddress);
    if (route === undefined) return this.#failed(SEND.NO_ROUTE);
    return this.#transmit(route, localPort, remotePort, bytes, offset, length);
  }

  close(socket: BoundSocket): void {
    socket.isClosed = true;
    this.#ports.remove(socket);
    this.#blocked.delete(socket);
  }

  input(
    offset: number,
    length: number,
    source: Address,
    destination: Address,
    meta: ReceiveMeta,
  ): void {
    const { bytes } = this.#packet;
    const { counters } = this;
    const udpBytes = length < UDP.HEADER_BYTES ? 0 : readU16(bytes, offset + UDP.LENGTH);
    if (udpBytes < UDP.HEADER_BYTES || udpBytes > length) {
      counters.badDatagrams++;
      return;
    }
    if (!meta.checksumValid && !this.#isChecksumRight(offset, udpBytes, source, destination)) {
      counters.badChecksums++;
      return;
    }
    const port = readU16(bytes, offset + UDP.DESTINATION_PORT);
    const remotePort = readU16(bytes, offset + UDP.SOURCE_PORT);
    const payload = offset + UDP.HEADER_BYTES;
    const payloadBytes = udpBytes - UDP.HEADER_BYTES;
    const device = this.#network.inputDevice;
    if (meta.isBroadcast) {
      // POSIX: a broadcast is for everybody who is bound to the port.
      const sockets = this.#ports.findAll(port, device);
      for (const socket of sockets) {
        if (socket.isClosed) continue;
        socket.handler.onDatagram(socket, payload, payloadBytes, source, remotePort, destination);
      }
      if (sockets.length > 0) {
        counters.datagramsReceived++;
        return;
      }
    }
    const socket = meta.isBroadcast ? undefined : this.#ports.find(destination, port, device);
    if (socket !== undefined) {
      counters.datagramsReceived++;
      socket.handler.onDatagram(socket, payload, payloadBytes, source, remotePort, destination);
    } else if (this.#forwarder !== undefined) {
      counters.datagramsReceived++;
      this.#forwarder.onDatagram(payload, payloadBytes, source, remotePort, destination, port);
    } else {
      counters.noPort++;
      this.#network.refuse("port-unreachable", meta);
    }
  }

  error(
    kind: NetworkErrorKind,
    offset: number,
    _length: number,
    source: Address,
    destination: Address,
    mtuBytes: number,
  ): void {
    const { bytes } = this.#packet;
    const localPort = readU16(bytes, offset + UDP.SOURCE_PORT);
    const remotePort = readU16(bytes, offset + UDP.DESTINATION_PORT);
    const socket = this.#ports.find(source, localPort, this.#network.inputDevice);
    // What nobody sent is forged. A gateway's replies have no sockets to know them by.
    if (socket === undefined && this.#forwarder === undefined) return;
    if (kind === "too-big") this.#network.reduceMtu(destination, mtuBytes);
    else if (kind === "port-unreachable" && socket !== undefined) {
      socket.handler.onUnreachable?.(socket, destination, remotePort);
    }
  }

  writable(): void {
    if (this.#blocked.size === 0) return;
    const sockets = [...this.#blocked];
    this.#blocked.clear();
    for (const socket of sockets) if (!socket.isClosed) socket.handler.onSpace?.(socket);
  }

  stop(): void {
    for (const socket of this.#ports) socket.isClosed = true;
    this.#ports.clear();
    this.#blocked.clear();
    this.#forwarder = undefined;
  }

  #transmit(
    route: DatagramRoute,
    localPort: number,
    remotePort: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): SendResult {
    assert(offset >= 0 && length >= 0 && offset + length <= bytes.length, "bytes beyond the array");
    if (length > MAX_DATAGRAM_BYTES) return this.#failed(SEND.TOO_BIG);
    const packet = this.#packet;
    const staged = length === 0 ? 0 : route.stage(length);
    if (staged < 0) return this.#failed(SEND.FULL);
    if (length > 0) packet.copyIn(staged, bytes, offset, length);
    route.mayFragment = true;
    const udpBytes = UDP.HEADER_BYTES + length;
    const frame = route.begin(UDP.HEADER_BYTES);
    const header = frame.partOffset[0]!;
    if (length > 0) appendPart(frame, staged, length);
    const sum = route.pseudoHeaderSum(IP_PROTOCOL.UDP, udpBytes);
    writeU16(packet.bytes, header + UDP.SOURCE_PORT, localPort);
    writeU16(packet.bytes, header + UDP.DESTINATION_PORT, remotePort);
    writeU16(packet.bytes, header + UDP.LENGTH, udpBytes);
    const isWhole = udpBytes + route.networkHeaderBytes <= route.mtuBytes;
    if (isWhole && route.offloads.transmitChecksum) {
      writeU16(packet.bytes, header + UDP.CHECKSUM, sum);
      frame.checksumStart = 0;
      frame.checksumOffset = UDP.CHECKSUM;
    } else {
      writeU16(packet.bytes, header + UDP.CHECKSUM, 0);
      const headerSum = packet.checksum(header, UDP.HEADER_BYTES, sum);
      const total = length === 0 ? headerSum : packet.checksum(staged, length, headerSum);
      // Zero would say that there is no checksum (RFC 768).
      writeU16(packet.bytes, header + UDP.CHECKSUM, total === 0xffff ? 0xffff : ~total);
    }
    const result = route.send(frame, IP_PROTOCOL.UDP, 0);
    if (result !== SEND.OK) return this.#failed(result);
    this.counters.datagramsSent++;
    return result;
  }

  #isChecksumRight(
    offset: number,
    udpBytes: number,
    source: Address,
    destination: Address,
  ): boolean {
    const packet = this.#packet;
    // A sender may leave it out (RFC 768); RFC 1122 4.1.3.4 lets that pass.
    if (readU16(packet.bytes, offset + UDP.CHECKSUM) === 0) return true;
    const sum = this.#network.pseudoHeaderSum(source, destination, IP_PROTOCOL.UDP, udpBytes);
    return packet.checksum(offset, udpBytes, sum) === 0xffff;
  }

  #failed(result: SendResult): SendResult {
    this.counters.sendFailures++;
    return result;
  }
}

/** Makes UDP over `needs.network`, and registers it there. */
export function createUdp(needs: UdpNeeds, limits: UdpLimits = UDP_LIMITS): Udp {
  return new DatagramUdp(needs, limits);
}
