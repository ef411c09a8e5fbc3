/** A simulated transfer over a bad network, checked byte for byte. */
import { parseIpv4 } from "../../components/ipv4/mod.ts";
import type { TcpConnection, TcpError, TcpHandler } from "../../components/tcp/mod.ts";
import { createRandom, type Random } from "../../host-adapters/shared/mod.ts";
import { createSimulation, type NetworkFaults } from "../../host-adapters/sim/mod.ts";
import type { NetOffloads } from "../../libos/hal/mod.ts";
import type { TraceFields, TraceSink } from "../../libos/kernel/mod.ts";
import { createTcpSystem, type TcpSystem } from "./tcp-system.ts";

export interface TransferOptions {
  readonly seed: number;
  readonly bytes: number;
  /** The send and receive queues, and what the application writes and reads at a time. */
  readonly bufferBytes: number;
  readonly lossRate: number;
  /** The devices compute checksums, cut segments and join them. Default false. */
  readonly offloads?: boolean;
  /** The command that runs exactly this again. */
  readonly replayCommand: string;
  /** True computes the hash; a function gets each line as well, with TCP's own events. */
  readonly trace?: true | ((line: string) => void);
}

export interface TransferResult {
  /** "" when every byte arrived, and both ends closed in order. */
  readonly problem: string;
  readonly virtualUs: number;
  readonly events: number;
  readonly retransmits: number;
  readonly traceHash: string;
}

const SERVER = "10.0.0.2";
const PORT = 7;
const MAX_EVENTS = 20_000_000;

const OFFLOADS: NetOffloads = {
  transmitChecksum: true,
  tcp4SegmentationBytes: 65_535,
  receiveChecksum: true,
  largeReceiveBytes: 65_535,
};

/** Loss is the axis of the grid; the other faults are always there. */
function faultsOf(lossRate: number): Partial<NetworkFaults> {
  return {
    delayUs: 1000,
    jitterUs: 200,
    lossRate,
    duplicateRate: 0.02,
    reorderRate: 0.05,
    reorderUs: 4000,
    corruptRate: 0.01,
  };
}

/** Sends a stream of random bytes, and remembers nothing but its seed and place. */
class Sender implements TcpHandler {
  error: TcpError | "open" | undefined = "open";
  readonly #chunk: Uint8Array;
  readonly #random: Random;
  #left: number;
  #from = 0;
  #to = 0;

  constructor(options: TransferOptions) {
    this.#chunk = new Uint8Array(options.bufferBytes);
    this.#random = createRandom(options.seed, "payload");
    this.#left = options.bytes;
  }

  onConnect(connection: TcpConnection): void {
    this.#pump(connection);
  }

  onSpace(connection: TcpConnection): void {
    this.#pump(connection);
  }

  onData(_: TcpConnection, _offset: number, length: number): number {
    return length;
  }

  onEnd(): void {}

  onClose(_: TcpConnection, error: TcpError | undefined): void {
    this.error = error;
  }

  #pump(connection: TcpConnection): void {
    for (;;) {
      if (this.#from === this.#to) {
        if (this.#left === 0) break;
        this.#from = 0;
        this.#to = Math.min(this.#chunk.length, this.#left);
        this.#left -= this.#to;
        this.#random.fill(this.#chunk.subarray(0, this.#to));
      }
      const taken = connection.send(this.#chunk, this.#from, this.#to - this.#from);
      if (taken === 0) return;
      this.#from += taken;
    }
    connection.shutdown();
  }
}

/** Reads through a buffer of its own, and compares with the same stream. */
class Receiver implements TcpHandler {
  error: TcpError | "open" | undefined = "open";
  received = 0;
  wrongAt = -1;
  readonly #buffer: Uint8Array;
  readonly #expected: Uint8Array;
  readonly #random: Random;
  readonly #later: (callback: () => void) => void;
  #expectedFrom = 0;
  #expectedTo = 0;
  #left: number;
  #isWaiting = false;

  constructor(options: TransferOptions, later: (callback: () => void) => void) {
    this.#buffer = new Uint8Array(options.bufferBytes);
    this.#expected = new Uint8Array(options.bufferBytes);
    this.#random = createRandom(options.seed, "payload");
    this.#left = options.bytes;
    this.#later = later;
  }

  onConnect(): void {}

  /** Consumes nothing at once: reading later fills the queue and closes the window. */
  onData(connection: TcpConnection): number {
    if (this.#isWaiting) return 0;
    this.#isWaiting = true;
    this.#later(() => {
      this.#isWaiting = false;
      for (;;) {
        const length = connection.receive(this.#buffer, 0, this.#buffer.length);
        if (length === 0) break;
        this.#check(length);
      }
      connection.resume();
    });
    return 0;
  }

  onEnd(connection: TcpConnection): void {
    connection.shutdown();
  }

  onSpace(): void {}

  onClose(_: TcpConnection, error: TcpError | undefined): void {
    this.error = error;
  }

  #check(length: number): void {
    for (let index = 0; index < length; index++) {
      if (this.#expectedFrom === this.#expectedTo) this.#refill();
      if (this.#buffer[index] !== this.#expected[this.#expectedFrom++] && this.wrongAt < 0) {
        this.wrongAt = this.received + index;
      }
    }
    this.received += length;
  }

  #refill(): void {
    this.#expectedFrom = 0;
    this.#expectedTo = Math.min(this.#expected.length, this.#left);
    this.#left -= this.#expectedTo;
    this.#random.fill(this.#expected.subarray(0, this.#expectedTo));
  }
}

/** Transfers `bytes` from one system to another, and closes both directions. */
export function transfer(options: TransferOptions): TransferResult {
  const { seed, bufferBytes, replayCommand, trace } = options;
  const world = createSimulation({
    seed,
    replayCommand,
    guard: true,
    ...(trace === undefined ? {} : { trace }),
  });
  const network = world.createNetwork({
    ...faultsOf(options.lossRate),
    ...(options.offloads === true ? { offloads: OFFLOADS } : {}),
  });
  const limits = {
    sendQueueBytes: bufferBytes,
    receiveQueueBytes: bufferBytes,
    // At 30 % loss each way, half of all answers fail: fifteen failures in a row do happen.
    maxRetransmits: 100,
    synRetries: 100,
    synAckRetries: 100,
  };
  const memoryBytes = 2 ** 23;
  const systemOf = (name: string, cidr: string): TcpSystem => {
    const hal = world.createHal({ name, net: [network], memoryBytes });
    return createTcpSystem(
      hal,
      cidr,
      limits,
      trace && tcpTrace(name, () => world.nowUs, trace === true ? () => {} : trace),
    );
  };
  const client = systemOf("client", "10.0.0.1/24");
  const server = systemOf("server", `${SERVER}/24`);

  const receiver = new Receiver(options, (callback) => server.kernel.defer(callback));
  server.tcp.listen({
    address: 0,
    port: PORT,
    onConnection(connection) {
      connection.handler = receiver;
    },
  });
  const sender = new Sender(options);
  const address = parseIpv4(SERVER)!;
  const connection = client.tcp.connect({ address, port: PORT, handler: sender });
  if (typeof connection === "string") throw new Error(`connect: ${connection}`);
  const run = world.runSync({
    until: () => sender.error !== "open" && receiver.error !== "open",
    maxEvents: MAX_EVENTS,
  });
  return {
    problem: problemOf(options, sender, receiver),
    virtualUs: run.nowUs,
    events: run.events,
    retransmits: client.tcp.counters.retransmittedSegments,
    traceHash: world.traceHash,
  };
}

/** TCP's own events among the lines of the world. */
function tcpTrace(name: string, nowUs: () => number, line: (text: string) => void): TraceSink {
  return {
    event(source: string, event: string, fields: TraceFields): void {
      const values = Object.entries(fields).map(([key, value]) => `${key}=${value}`);
      line(`${nowUs()} ${name}.${source} ${event} ${values.join(" ")}`);
    },
  };
}

function problemOf(options: TransferOptions, sender: Sender, receiver: Receiver): string {
  if (receiver.wrongAt >= 0) return `byte ${receiver.wrongAt} is wrong`;
  if (receiver.received !== options.bytes) {
    return `${receiver.received} of ${options.bytes} bytes arrived`;
  }
  if (sender.error !== undefined) return `the sender closed with ${sender.error}`;
  // The last ACK may be lost for good: then the receiver's side times out or is reset.
  if (receiver.error !== undefined) return `the receiver closed with ${receiver.error}`;
  return "";
}
