import { FLAG, TCP } from "./wire.ts";
import { createTcp, NULL_HANDLER, type TcpConnection, type TcpHandler } from "./mod.ts";
import { parseOptions } from "./options.ts";
import { parseSegment } from "./parse.ts";
import { Segment } from "./segment.ts";
import { FakeNetwork, type SentPacket } from "./testing/fake-network.ts";
import { createVirtualKernel } from "./testing/virtual-kernel.ts";
import { readU32, viewOf, writeU16, writeU32 } from "../../libos/kernel/mod.ts";
import type { FuzzTarget } from "../testing/fuzz.ts";

const SYN_WITH_OPTIONS = Uint8Array.of(
  ...[0x9c, 0x40, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, 0xa0, 2, 0xff, 0xff, 0, 0, 0, 0],
  ...[2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7],
);
const SACK_ACK = Uint8Array.of(
  ...[0x9c, 0x40, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, 0xa0, 16, 0xff, 0xff, 0, 0, 0, 0],
  ...[1, 1, 5, 18, 0, 0, 0, 10, 0, 0, 0, 20, 0, 0, 0, 30, 0, 0, 0, 40],
);

const LOCAL = 0x0a000001;
const PEER = 0x0a000002;
const PORT = 80;
const PEER_PORT = 40_000;
const PEER_ISS = 5000;
const MEMORY_BYTES = 2 ** 16;
const PACKET_BYTES = 4096;
/** Bytes of input for each step of a conversation. */
const STEP_BYTES = 8;
const MAX_STEPS = 200;

/** Reads everything, or sometimes a part; sends back; closes when the peer has closed. */
function createUser(): TcpHandler {
  let calls = 0;
  return {
    ...NULL_HANDLER,
    onData(connection: TcpConnection, _offset: number, length: number): number {
      calls++;
      connection.send(new Uint8Array(100), 0, 100);
      if (calls % 7 === 0) connection.close();
      return calls % 3 === 0 ? length >> 1 : length;
    },
    onEnd(connection: TcpConnection): void {
      connection.shutdown();
    },
  };
}

/**
 * A peer that speaks nonsense with the right ports and near the right numbers. The input is read in
 * steps of eight bytes: flags, sequence number, acknowledgment, window, length, and what the user
 * and the clock do in between.
 */
function converse(input: Uint8Array): void {
  const kernel = createVirtualKernel(MEMORY_BYTES);
  const region = kernel.face.memory.owner("network", PACKET_BYTES).allocate(PACKET_BYTES);
  const memory = Object.create(kernel.memory, {
    regionOffset: { value: region },
    regionBytes: { value: PACKET_BYTES },
  }) as typeof kernel.memory;
  let iss = 0;
  const network = new FakeNetwork(memory, LOCAL, ({ bytes }: SentPacket) => {
    if ((bytes[TCP.FLAGS]! & FLAG.SYN) !== 0) iss = readU32(bytes, TCP.SEQUENCE);
  });
  const entropy = { available: true, fill: (target: Uint8Array) => target.fill(7) };
  const limits = { sendQueueBytes: 8192, receiveQueueBytes: 8192, maxHalfOpen: 4 };
  const tcp = createTcp({ network, kernel: kernel.face, entropy }, limits);
  kernel.onFlush(() => tcp.flush());
  tcp.listen({
    address: 0,
    port: PORT,
    onConnection(connection) {
      connection.handler = createUser();
    },
  });
  const packet = new Uint8Array(TCP.MAX_HEADER_BYTES + 256);
  const send = (bytes: Uint8Array): void => {
    network.deliver(bytes, PEER, LOCAL, { checksumValid: true });
  };
  if ((input[0] ?? 0) < 0xc0) {
    // Mostly a handshake comes first, so that the rest meets a connection.
    writeHead(packet, FLAG.SYN, PEER_ISS, 0, 0xffff);
    send(packet.subarray(0, TCP.HEADER_BYTES));
    kernel.turn();
    writeHead(packet, FLAG.ACK, PEER_ISS + 1, iss + 1, 0xffff);
    send(packet.subarray(0, TCP.HEADER_BYTES));
    kernel.turn();
  }
  const end = Math.min(input.length - STEP_BYTES, MAX_STEPS * STEP_BYTES);
  for (let at = 0; at < end; at += STEP_BYTES) {
    const [flags, seq, ack, win, length, what] = input.subarray(at, at + 6) as unknown as number[];
    writeHead(packet, flags!, PEER_ISS + 16 * (seq! - 8), iss + 4 * (ack! - 8), win! << 8);
    const headerBytes = TCP.HEADER_BYTES + 4 * (what! & 0x07);
    packet[TCP.DATA_OFFSET] = (headerBytes >> 2) << 4;
    packet.set(input.subarray(at, at + headerBytes - TCP.HEADER_BYTES), TCP.HEADER_BYTES);
    send(packet.subarray(0, headerBytes + length!));
    act(tcp.connections, what!);
    kernel.advance(what! * 1000);
  }
  tcp.stop();
}

function act(connections: Iterable<TcpConnection>, what: number): void {
  for (const connection of [...connections]) {
    if (what < 0x20) connection.resume();
    else if (what < 0x40) connection.send(new Uint8Array(1000), 0, 1000);
    else if (what < 0x44) connection.shutdown();
    else if (what < 0x46) connection.close();
    else if (what < 0x47) connection.abort();
  }
}

function writeHead(
  packet: Uint8Array,
  flags: number,
  sequence: number,
  acknowledgment: number,
  window: number,
): void {
  writeU16(packet, TCP.SOURCE_PORT, PEER_PORT);
  writeU16(packet, TCP.DESTINATION_PORT, PORT);
  writeU32(packet, TCP.SEQUENCE, sequence);
  writeU32(packet, TCP.ACKNOWLEDGMENT, acknowledgment);
  packet[TCP.DATA_OFFSET] = (TCP.HEADER_BYTES >> 2) << 4;
  packet[TCP.FLAGS] = flags;
  writeU16(packet, TCP.WINDOW, window);
}

/** A conversation that goes through the same steps again and again. */
function repeat(...steps: readonly number[][]): Uint8Array {
  return Uint8Array.from(Array.from({ length: 12 }, () => steps.flat()).flat());
}

export const fuzz: readonly FuzzTarget[] = [
  {
    name: "tcp segment",
    seeds: [SYN_WITH_OPTIONS, SACK_ACK],
    run(bytes: Uint8Array): void {
      parseSegment(viewOf(bytes), 0, bytes.length, new Segment());
    },
  },
  {
    name: "tcp options",
    seeds: [SYN_WITH_OPTIONS.subarray(20), SACK_ACK.subarray(20)],
    run(bytes: Uint8Array): void {
      const segment = new Segment();
      parseOptions(viewOf(bytes), 0, bytes.length, segment);
      segment.flags = FLAG.SYN;
      parseOptions(viewOf(bytes), 0, bytes.length, segment);
    },
  },
  {
    name: "tcp conversation",
    seeds: [
      repeat([24, 8, 8, 255, 100, 0x11, 0, 0], [24, 15, 8, 255, 100, 0x21, 0, 0]),
      repeat(
        [16, 20, 8, 255, 50, 0x31, 5, 10],
        [16, 8, 33, 9, 100, 0x41, 0, 0],
        [17, 8, 8, 1, 0, 0, 0, 0],
      ),
      repeat([16, 8, 8, 0, 0, 0x31, 0, 0], [16, 8, 8, 1, 0, 0xff, 0, 0], [4, 9, 8, 0, 0, 0, 0, 0]),
    ],
    run: converse,
  },
];
