/**
 * node:net over the loopback interface as a peer: one connection, both ends in this process, as both
 * ends of our own benchmarks are.
 */
import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { Server, Socket } from "node:net";

/** How much one `write` hands over in the bulk measurement; larger ones were no faster. */
const WRITE_BYTES = 64 * 1024;

interface Connection {
  readonly server: Server;
  readonly client: Socket;
  /** The server's end. */
  readonly peer: Socket;
}

/**
 * Bulk in one direction: the receiver copies every byte into a buffer of its own.
 *
 * @returns Gbit of payload a second.
 */
export async function measureNodeNetBulk(seconds: number): Promise<number> {
  const connection = await openConnection();
  const { client, peer } = connection;
  const source = Buffer.alloc(WRITE_BYTES, 0x5a);
  const target = Buffer.alloc(WRITE_BYTES);
  let received = 0;
  peer.on("data", (bytes: Buffer) => {
    for (let at = 0; at < bytes.length; at += WRITE_BYTES) {
      bytes.copy(target, 0, at, Math.min(bytes.length, at + WRITE_BYTES));
    }
    received += bytes.length;
  });
  const pump = (): void => {
    while (!client.destroyed && client.write(source));
  };
  client.on("drain", pump);
  const started = performance.now();
  pump();
  const elapsed = await later(seconds, started);
  const figure = (received * 8) / elapsed / 1e9;
  close(connection);
  return figure;
}

/**
 * 64 bytes there and 64 bytes back, one message at a time.
 *
 * @returns Round trips a second.
 */
export async function measureNodeNetPingPong(seconds: number): Promise<number> {
  const connection = await openConnection();
  const { client, peer } = connection;
  const message = Buffer.alloc(64, 0x5a);
  let trips = 0;
  let running = true;
  peer.on("data", (bytes) => peer.write(bytes));
  let pending = 0;
  client.on("data", (bytes) => {
    pending += bytes.length;
    if (pending < message.length || !running) return;
    pending = 0;
    trips++;
    client.write(message);
  });
  const started = performance.now();
  client.write(message);
  const elapsed = await later(seconds, started);
  running = false;
  close(connection);
  return trips / elapsed;
}

/** Waits and returns how many seconds it really took. */
function later(seconds: number, started: number): Promise<number> {
  return new Promise((resolve) =>
    setTimeout(() => resolve((performance.now() - started) / 1000), seconds * 1000),
  );
}

async function openConnection(): Promise<Connection> {
  const server = createServer({ noDelay: true });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  const accepted = once(server, "connection");
  const client = connect({ port: address.port, host: "127.0.0.1", noDelay: true });
  const [peer] = (await accepted) as [Socket];
  if (client.connecting) await once(client, "connect");
  return { server, client, peer };
}

function close({ server, client, peer }: Connection): void {
  client.destroy();
  peer.destroy();
  server.close();
}
