/** The same through our `net`: two whole systems in one process, and sockets of an application. */
import { once } from "node:events";
import {
  createDevicePair,
  createImmediateSchedule,
  createSlab,
} from "../../host-adapters/shared/mod.ts";
import { createSystem, type System } from "../../libos/system/mod.ts";
import { createBenchHal } from "./host.ts";
import { LARGE_SEGMENTS } from "./pair.ts";

const SLAB_BYTES = 2 ** 27;
const REGION_BYTES = 2 ** 25;
const PORT = 7;
const SERVER = "10.0.0.2";
const WRITE_BYTES = 64 * 1024;
const MESSAGE_BYTES = 64;
const POLL_MS = 5;

/** As much of a socket as is used here. */
interface BenchSocket {
  write(bytes: Uint8Array): boolean;
  setNoDelay(noDelay: boolean): unknown;
  on(event: "data", listener: (bytes: Uint8Array) => void): unknown;
  on(event: "drain", listener: () => void): unknown;
}

export interface NetPair {
  readonly client: BenchSocket;
  readonly server: BenchSocket;
  close(): Promise<void>;
}

/** Two systems on a cable of 64 KiB segments, as the loopback interface of a host has them. */
export async function connectNet(): Promise<NetPair> {
  const schedule = createImmediateSchedule(setImmediate);
  const slab = createSlab(SLAB_BYTES);
  const cable = createDevicePair(slab, { ...LARGE_SEGMENTS, schedule });
  const polls: (() => void)[] = [];
  const systemOn = (device: typeof cable.a, address: string): System => {
    const { hal, poll } = createBenchHal(schedule, slab.region(REGION_BYTES), device, address);
    polls.push(poll);
    return createSystem({
      hal,
      network: { kind: "static", address, prefixLength: 24, nameServers: [] },
    });
  };
  const left = systemOn(cable.a, "10.0.0.1");
  const right = systemOn(cable.b, SERVER);
  const timer = setInterval(() => polls.forEach((poll) => poll()), POLL_MS);
  const listening = right.net.createServer();
  listening.listen(PORT);
  const accepted = once(listening as never, "connection");
  const client = left.net.connect(PORT, SERVER);
  const [server] = (await accepted) as [BenchSocket];
  client.setNoDelay(true);
  server.setNoDelay(true);
  return {
    client: client as unknown as BenchSocket,
    server,
    async close(): Promise<void> {
      clearInterval(timer);
      await Promise.all([left.stop(0), right.stop(0)]);
    },
  };
}

function later(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

/** Waits until nothing of a measurement is under way, so that the peer's turn is its own. */
async function settled(isOver: () => boolean): Promise<void> {
  while (!isOver()) await later(0.001);
}

/** @returns A measurement, in Gbit of payload a second. */
export function createNetBulk({ client, server }: NetPair): (seconds: number) => Promise<number> {
  const source = new Uint8Array(WRITE_BYTES).fill(0x5a);
  const target = new Uint8Array(WRITE_BYTES);
  let sent = 0;
  let received = 0;
  let isRunning = false;
  server.on("data", (bytes) => {
    for (let at = 0; at < bytes.length; at += WRITE_BYTES) {
      target.set(bytes.subarray(at, at + WRITE_BYTES));
    }
    received += bytes.length;
  });
  const pump = (): void => {
    let hasRoom = isRunning;
    while (hasRoom) {
      sent += WRITE_BYTES;
      hasRoom = client.write(source);
    }
  };
  client.on("drain", pump);
  return async (seconds) => {
    const before = received;
    isRunning = true;
    const started = performance.now();
    pump();
    await later(seconds);
    const figure = ((received - before) * 8) / (performance.now() - started) / 1e6;
    isRunning = false;
    await settled(() => received === sent);
    return figure;
  };
}

/** @returns A measurement, in round trips a second. */
export function createNetPingPong({
  client,
  server,
}: NetPair): (seconds: number) => Promise<number> {
  const message = new Uint8Array(MESSAGE_BYTES).fill(0x5a);
  let trips = 0;
  let pending = 0;
  let isRunning = false;
  let isInFlight = false;
  const serve = (): void => {
    isInFlight = isRunning;
    if (isRunning) client.write(message);
  };
  server.on("data", (bytes) => server.write(bytes));
  client.on("data", (bytes) => {
    pending += bytes.length;
    if (pending < MESSAGE_BYTES) return;
    pending = 0;
    trips++;
    serve();
  });
  return async (seconds) => {
    trips = 0;
    isRunning = true;
    const started = performance.now();
    serve();
    await later(seconds);
    const figure = (trips * 1000) / (performance.now() - started);
    isRunning = false;
    await settled(() => !isInFlight);
    return figure;
  };
}
