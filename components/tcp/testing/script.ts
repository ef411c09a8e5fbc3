/**
 * A conversation with one TCP, segment by segment: the test plays the peer, the user and the clock.
 *
 *     const s = createScript(t);
 *     s.listen();
 *     s.sends("S 0 win 8192 <mss 1000>");
 *     s.gets("S. 0 ack 1 <mss 1460>");
 *
 * `gets` compares flags, sequence number, length and acknowledgment, and window and options where
 * the expectation names them. What nobody expected fails the test at the next `gets` or `quiet`.
 */
import type { Test } from "tap";
import { createRandom } from "../../../host-adapters/shared/random.ts";
import { readU32, type TraceFields, writeU16 } from "../../../libos/kernel/mod.ts";
import { IP_PROTOCOL, type NetworkErrorKind, type ReceiveMeta } from "../../ip/mod.ts";
import {
  createTcp,
  type TcpComponent,
  type TcpConnection,
  type TcpError,
  type TcpHandler,
  type TcpInfo,
  type TcpLimits,
  type TcpListenOptions,
} from "../mod.ts";
import { FLAG, TCP } from "../wire.ts";
import { FakeNetwork, type SentPacket } from "./fake-network.ts";
import { decodeText, encodeText, formatText, parseText } from "./segment-text.ts";
import { createVirtualKernel, type VirtualKernel } from "./virtual-kernel.ts";

export const LOCAL = 0x0a000001;
export const PEER = 0x0a000002;
export const LOCAL_PORT = 80;
export const PEER_PORT = 40_000;
const PEER_ISS = 1_000_000;
const MEMORY_BYTES = 2 ** 23;
const NETWORK_BYTES = 2 ** 17;

export interface ScriptOptions {
  readonly limits?: Partial<TcpLimits>;
  readonly isMemoryShort?: () => boolean;
  readonly onEviction?: (total: number) => void;
  readonly trace?: (line: string) => void;
}

/** The stream that both ends send: byte `i` of it is this. */
export function streamByte(index: number): number {
  return (index * 7 + (index >> 8)) & 0xff;
}

/** `length` bytes of the stream. */
export function stream(from: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => streamByte(from + index));
}

export class Script implements TcpHandler {
  readonly tcp: TcpComponent;
  readonly kernel: VirtualKernel;
  readonly network: FakeNetwork;
  /** What the handler was told: "connect", "data 100", "end", "space", "drain", "close". */
  events: string[] = [];
  /** Data is left in the receive queue. */
  isPaused = false;
  localPort: number = LOCAL_PORT;
  peerPort: number = PEER_PORT;
  peerIss: number = PEER_ISS;
  /** Our initial sequence number, once a SYN of ours was seen. */
  iss = 0;
  received = 0;
  readonly #test: Test;
  #connection: TcpConnection | undefined;
  #sent: SentPacket[] = [];
  #written = 0;

  constructor(test: Test, options: ScriptOptions) {
    this.#test = test;
    const { trace } = options;
    const sink = trace && {
      event(source: string, event: string, fields: TraceFields): void {
        trace(`${source} ${event} ${JSON.stringify(fields)}`);
      },
    };
    this.kernel = createVirtualKernel(MEMORY_BYTES, sink);
    const { memory } = this.kernel;
    const region = { ...bind(memory), regionBytes: NETWORK_BYTES };
    region.regionOffset = this.kernel.face.memory
      .owner("fake network", NETWORK_BYTES)
      .allocate(NETWORK_BYTES);
    this.network = new FakeNetwork(region, LOCAL, (packet) => {
      if (isSyn(packet)) this.iss = readU32(packet.bytes, TCP.SEQUENCE);
      this.#sent.push(packet);
    });
    const random = createRandom(1, "script");
    this.tcp = createTcp(
      {
        network: this.network,
        kernel: this.kernel.face,
        entropy: { available: true, fill: (target) => random.fill(target) },
        isMemoryShort: options.isMemoryShort,
        onEviction: options.onEviction,
      },
      options.limits,
    );
    this.kernel.onFlush(() => this.tcp.flush());
  }

  get connection(): TcpConnection {
    if (this.#connection === undefined) throw new Error("there is no connection yet");
    return this.#connection;
  }

  get hasConnection(): boolean {
    return this.#connection !== undefined;
  }

  get state(): string {
    return this.connection.state;
  }

  get info(): TcpInfo {
    const info = {} as TcpInfo;
    this.connection.info(info);
    return info;
  }

  listen(options: Partial<TcpListenOptions> = {}): void {
    const listener = this.tcp.listen({
      address: 0,
      port: LOCAL_PORT,
      onConnection: (connection) => {
        this.events.push("accept");
        this.#connection = connection;
        connection.handler = this;
      },
      ...options,
    });
    if (typeof listener === "string") throw new Error(listener);
  }

  /** Starts to connect to the peer. */
  connect(): void {
    const connection = this.tcp.connect({ address: PEER, port: PEER_PORT, handler: this });
    if (typeof connection === "string") throw new Error(connection);
    this.#connection = connection;
    this.localPort = connection.localPort;
    this.kernel.turn();
  }

  /** Listens, and lets the peer connect. `options` are those of its SYN. */
  accept(options = "mss 1000", win = 65_535): void {
    this.listen();
    this.sends(`S 0 win ${win} <${options}>`);
    this.sends(`. 1 ack 1 win ${win}${this.#stamps(options)}`);
    this.#test.equal(this.state, "ESTABLISHED");
    this.drop();
    this.events = [];
  }

  /** The peer sends a segment. Without `meta`, its checksum is right and has to be checked. */
  sends(text: string, meta: Partial<ReceiveMeta> = {}): void {
    this.inject(this.encode(text), meta);
    this.kernel.turn();
  }

  /** As `sends`, several segments in one turn. */
  sendsTogether(...texts: string[]): void {
    for (const text of texts) this.inject(this.encode(text), {});
    this.kernel.turn();
  }

  /** The bytes of a segment of the peer. */
  encode(text: string): Uint8Array {
    const segment = parseText(text);
    const payload = stream(segment.seq - 1, segment.len);
    const { peerPort, localPort } = this;
    const bytes = encodeText(segment, peerPort, localPort, this.peerIss, this.iss, payload);
    this.complete(bytes);
    return bytes;
  }

  /** Computes the checksum of a segment of the peer. */
  complete(bytes: Uint8Array): void {
    const { TCP: protocol } = IP_PROTOCOL;
    writeU16(bytes, TCP.CHECKSUM, 0);
    let sum = this.network.pseudoHeaderSum(PEER, LOCAL, protocol, bytes.length);
    for (let at = 0; at < bytes.length; at += 2) {
      sum += (bytes[at]! << 8) | (bytes[at + 1] ?? 0);
    }
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
    writeU16(bytes, TCP.CHECKSUM, ~sum);
  }

  inject(bytes: Uint8Array, meta: Partial<ReceiveMeta>): void {
    this.network.deliver(bytes, PEER, LOCAL, meta);
  }

  /** An ICMP error about the segment of ours with this sequence number. */
  error(kind: NetworkErrorKind, sequence: number, mtuBytes = 0): void {
    const { localPort, peerPort, iss } = this;
    const text = parseText(`. ${sequence}`);
    const bytes = encodeText(text, localPort, peerPort, iss, 0, new Uint8Array(0));
    this.network.deliverError(kind, bytes.subarray(0, 8), PEER, mtuBytes);
    this.kernel.turn();
  }

  /** The next segment that TCP has sent. */
  gets(expected: string): void {
    const packet = this.#sent.shift();
    if (packet === undefined) {
      this.#test.equal("nothing", expected);
      return;
    }
    const wanted = parseText(expected);
    const found = this.#decode(packet);
    if (wanted.win === undefined) found.win = undefined;
    if (wanted.options === undefined) found.options = undefined;
    this.#test.equal(formatText(found), formatText(wanted));
    if (found.len > 0) this.#checkPayload(packet, found.seq, found.len);
  }

  /** Nothing was sent that was not expected. */
  quiet(): void {
    this.#test.same(
      this.#sent.map((packet) => formatText(this.#decode(packet))),
      [],
    );
    this.#sent = [];
  }

  /** Everything that was sent, as text. */
  take(): string[] {
    const texts = this.#sent.map((packet) => formatText(this.#decode(packet)));
    this.#sent = [];
    return texts;
  }

  /** Everything that was sent, as packets. */
  takePackets(): SentPacket[] {
    const packets = this.#sent;
    this.#sent = [];
    for (const packet of packets) this.#decode(packet);
    return packets;
  }

  /** Forgets what was sent. */
  drop(): void {
    this.takePackets();
  }

  /** The user sends bytes of the stream. @returns How many were taken. */
  write(length: number): number {
    const taken = this.connection.send(stream(this.#written, length), 0, length);
    this.#written += taken;
    this.kernel.turn();
    return taken;
  }

  shutdown(): void {
    this.connection.shutdown();
    this.kernel.turn();
  }

  close(): void {
    this.connection.close();
    this.kernel.turn();
  }

  abort(): void {
    this.connection.abort();
    this.kernel.turn();
  }

  resume(): void {
    this.isPaused = false;
    this.connection.resume();
    this.kernel.turn();
  }

  wait(ms: number): void {
    this.kernel.advance(ms * 1000);
  }

  /** What the handler was told since the last call. */
  told(...expected: string[]): void {
    this.#test.same(this.events, expected);
    this.events = [];
  }

  is(state: string): void {
    this.#test.equal(this.state, state);
  }

  onConnect(): void {
    this.events.push("connect");
  }

  onData(_: TcpConnection, offset: number, length: number): number {
    if (this.isPaused) return 0;
    const found = this.kernel.memory.bytes.slice(offset, offset + length);
    this.#test.same(found, stream(this.received, length), "the bytes that were sent");
    this.received += length;
    // Where the ring wraps, one stretch of data comes in two calls.
    const last = /^data (\d+)$/.exec(this.events.at(-1) ?? "");
    if (last !== null) this.events.pop();
    this.events.push(`data ${length + Number(last?.[1] ?? 0)}`);
    return length;
  }

  onEnd(): void {
    this.events.push("end");
  }

  onSpace(): void {
    this.events.push("space");
  }

  onDrain(): void {
    this.events.push("drain");
  }

  onClose(_: TcpConnection, error: TcpError | undefined): void {
    this.events.push(error === undefined ? "close" : `close ${error}`);
  }

  /** Timestamps of a segment that answers one with `options`. */
  #stamps(options: string): string {
    const value = /ts (\d+)/.exec(options)?.[1];
    return value === undefined ? "" : ` <ts ${value} 0>`;
  }

  #decode(packet: SentPacket): ReturnType<typeof parseText> {
    const { bytes } = packet;
    if (!packet.isPartial) this.#checkChecksum(packet);
    return decodeText(bytes, this.iss, this.peerIss);
  }

  #checkChecksum({ bytes, source, destination }: SentPacket): void {
    const length = bytes.length;
    let sum = this.network.pseudoHeaderSum(source, destination, IP_PROTOCOL.TCP, length);
    for (let at = 0; at < length; at += 2) sum += (bytes[at]! << 8) | (bytes[at + 1] ?? 0);
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
    this.#test.equal(sum, 0xffff, "the checksum is right");
  }

  #checkPayload({ bytes }: SentPacket, seq: number, length: number): void {
    const payload = bytes.slice(bytes.length - length);
    this.#test.same(payload, stream(seq - 1, length), "the bytes that were written");
  }
}

function isSyn({ bytes }: SentPacket): boolean {
  return (bytes[TCP.FLAGS]! & FLAG.SYN) !== 0;
}

/** A region of packet memory that is cut out of a larger one. */
function bind(memory: VirtualKernel["memory"]): VirtualKernel["memory"] & {
  regionOffset: number;
} {
  return {
    bytes: memory.bytes,
    regionOffset: 0,
    regionBytes: 0,
    copy: (to, from, length) => memory.copy(to, from, length),
    copyIn: (to, source, offset, length) => memory.copyIn(to, source, offset, length),
    copyOut: (target, at, from, length) => memory.copyOut(target, at, from, length),
    zero: (offset, length) => memory.zero(offset, length),
    checksum: (offset, length, sum) => memory.checksum(offset, length, sum),
    copyChecksum: (to, from, length, sum) => memory.copyChecksum(to, from, length, sum),
  };
}

/** Makes a TCP at 10.0.0.1 whose peer at 10.0.0.2 is the test. */
export function createScript(test: Test, options: ScriptOptions = {}): Script {
  return new Script(test, options);
}
