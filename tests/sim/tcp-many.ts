/**
 * Ten thousand idle connections and a thousand busy ones in one system, and what they cost.
 *
 *   node tests/sim/tcp-many.ts
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { parseIpv4 } from "../../components/ipv4/mod.ts";
import { NULL_HANDLER, type TcpConnection, type TcpHandler } from "../../components/tcp/mod.ts";
import { createSimulation } from "../../host-adapters/sim/mod.ts";
import { createTcpSystem, type TcpSystem } from "./tcp-system.ts";

export interface ManyOptions {
  readonly idle: number;
  readonly active: number;
  /** What each active connection sends, and has echoed. */
  readonly bytes: number;
}

export interface ManyResult {
  /** Of both ends together, halved: one connection of one system. */
  readonly heapBytesPerIdle: number;
  readonly packetBytesPerIdle: number;
  /** The most packet memory that the queues of one system took while the active ones were busy. */
  readonly peakPacketBytes: number;
  readonly echoedBytes: number;
  readonly connections: number;
  readonly retransmits: number;
}

const SERVER = "10.0.0.2";
const PORT = 7;
const SETTLE_US = 1_000_000;
const BUSY_US = 60_000_000;
const MEMORY_BYTES = 2 ** 27;

/** Sends everything back as it comes. */
const ECHO: TcpHandler = {
  ...NULL_HANDLER,
  onData(connection, offset, length) {
    return connection.sendPacketMemory(offset, length);
  },
  onSpace(connection) {
    connection.resume();
  },
};

class Talker implements TcpHandler {
  echoed = 0;
  #sent = 0;
  readonly #bytes: number;

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  start(connection: TcpConnection): void {
    connection.handler = this;
    this.onSpace(connection);
  }

  onSpace(connection: TcpConnection): void {
    const chunk = new Uint8Array(this.#bytes - this.#sent).fill(0x5a);
    this.#sent += connection.send(chunk, 0, chunk.length);
  }

  onData(_: TcpConnection, _offset: number, length: number): number {
    this.echoed += length;
    return length;
  }

  onConnect(): void {}
  onEnd(): void {}
  onClose(): void {}
}

function heapBytes(): number {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  gc();
  return process.memoryUsage().heapUsed;
}

/** Bytes that the queues of both systems take. */
function queueBytes(systems: readonly TcpSystem[], what: "usedBytes" | "peakBytes"): number {
  const owners = systems.flatMap((system) => system.kernel.memory.owners);
  const queues = owners.filter((owner) => owner.name.startsWith("tcp "));
  return queues.reduce((sum, owner) => sum + owner[what], 0);
}

export function measureMany(options: ManyOptions): ManyResult {
  const world = createSimulation({ seed: 1 });
  const network = world.createNetwork({ delayUs: 1000, queueBytes: 2 ** 24 });
  const port = { network, receiveRingBytes: 2 ** 24, transmitQueueFrames: 4096 };
  const systemOf = (name: string, cidr: string): TcpSystem =>
    createTcpSystem(world.createHal({ name, net: [port], memoryBytes: MEMORY_BYTES }), cidr);
  const client = systemOf("client", "10.0.0.1/24");
  const server = systemOf("server", `${SERVER}/24`);
  server.tcp.listen({
    address: 0,
    port: PORT,
    backlog: 1000,
    onConnection(connection) {
      connection.handler = ECHO;
    },
  });
  const connect = (): TcpConnection => {
    const address = parseIpv4(SERVER)!;
    const connection = client.tcp.connect({ address, port: PORT, handler: NULL_HANDLER });
    if (typeof connection === "string") throw new Error(connection);
    return connection;
  };
  const run = (us: number): unknown => world.runSync({ untilUs: world.nowUs + us });
  for (let count = 0; count < options.active; count++) connect();
  run(SETTLE_US);
  const active = [...client.tcp.connections];
  const heapBefore = heapBytes();
  const packetBefore = queueBytes([client, server], "usedBytes");
  for (let count = 0; count < options.idle; count += 500) {
    for (let one = count; one < Math.min(count + 500, options.idle); one++) connect();
    run(SETTLE_US);
  }
  const ends = 2 * options.idle;
  const heapBytesPerIdle = (heapBytes() - heapBefore) / ends;
  const packetBytesPerIdle = (queueBytes([client, server], "usedBytes") - packetBefore) / ends;
  const talkers = active.map((connection) => {
    const talker = new Talker(options.bytes);
    talker.start(connection);
    return talker;
  });
  run(BUSY_US);
  return {
    heapBytesPerIdle: Math.round(heapBytesPerIdle),
    packetBytesPerIdle,
    peakPacketBytes: queueBytes([client], "peakBytes"),
    echoedBytes: talkers.reduce((sum, talker) => sum + talker.echoed, 0),
    connections: server.tcp.connectionCount,
    retransmits: client.tcp.counters.retransmittedSegments,
  };
}

if (import.meta.main) {
  const started = performance.now();
  console.log(measureMany({ idle: 10_000, active: 1000, bytes: 50_000 }));
  console.log(`${Math.round(performance.now() - started)} ms`);
}
