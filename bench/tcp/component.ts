/** Two TCP components joined without anything beneath them. */
import {
  createTcp,
  NULL_HANDLER,
  type TcpComponent,
  type TcpConnection,
} from "../../components/tcp/mod.ts";
import { createRandom, createSlab, type Slab } from "../../host-adapters/shared/mod.ts";
import { createMemory, createTimerQueue } from "../../libos/kernel/mod.ts";
import type { BenchPair } from "./pair.ts";
import { createWire, WIRE_BYTES, type WireEnd } from "./wire.ts";

const SLAB_BYTES = 2 ** 25;
const REGION_BYTES = 2 ** 23;
const PORT = 7;
const SERVER_ADDRESS = 0x0a000002;

/** Rounds of the loop between two looks at the clock. */
const ROUNDS_PER_LOOK = 64;

interface Side {
  readonly tcp: TcpComponent;
  runTimers(): void;
}

function createSide(slab: Slab, network: WireEnd, name: string, clock: { nowUs: number }): Side {
  const timers = createTimerQueue(() => {});
  const random = createRandom(1, name);
  const tcp = createTcp({
    network,
    kernel: {
      timers,
      memory: createMemory(slab.region(REGION_BYTES)),
      heapState: new Uint8Array(2),
      nowUs: () => clock.nowUs,
      wake: () => {},
      trace: undefined,
      defer: (callback) => callback(),
    },
    entropy: { available: true, fill: (target) => random.fill(target) },
  });
  return { tcp, runTimers: () => timers.run(clock.nowUs) };
}

/** Connects the two; time stands still within one look at the clock. */
export function connectComponents(mtuBytes: number): BenchPair {
  const slab = createSlab(SLAB_BYTES);
  const clock = { nowUs: 1 };
  const [wireA, wireB] = createWire(slab.region(WIRE_BYTES), slab.region(WIRE_BYTES), mtuBytes);
  const a = createSide(slab, wireA, "a", clock);
  const b = createSide(slab, wireB, "b", clock);
  let server: TcpConnection | undefined;
  b.tcp.listen({
    address: 0,
    port: PORT,
    onConnection(connection) {
      server = connection;
    },
  });
  const client = a.tcp.connect({ address: SERVER_ADDRESS, port: PORT, handler: NULL_HANDLER });
  if (typeof client === "string") throw new Error(`connect: ${client}`);
  const run = (until: () => boolean): void => {
    do {
      clock.nowUs = Math.floor(performance.now() * 1000);
      a.runTimers();
      b.runTimers();
      for (let round = 0; round < ROUNDS_PER_LOOK; round++) {
        a.tcp.flush();
        wireB.deliver();
        b.tcp.flush();
        wireA.deliver();
      }
    } while (!until());
  };
  run(() => server !== undefined && client.state === "ESTABLISHED");
  const memory = slab.region(4096);
  const hosts = { clientHost: { tcp: a.tcp, memory }, serverHost: { tcp: b.tcp, memory } };
  return { client, server: server!, ...hosts, run };
}
