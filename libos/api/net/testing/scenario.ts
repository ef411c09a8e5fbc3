/** What the scripts on `net` have in common. Their journals must not depend on the implementation. */
import type net from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { type Journal, happened } from "../../shared/testing/journal.ts";

export type Net = typeof net;

export interface Scenario {
  readonly name: string;
  run(net: Net, journal: Journal): Promise<void>;
}

export const HOST: string = "127.0.0.1";
const SOCKET_EVENTS = [
  "lookup",
  "connectionAttempt",
  "connectionAttemptFailed",
  "connect",
  "ready",
  "data",
  "end",
  "finish",
  "error",
  "timeout",
  "close",
];
export const SERVER_EVENTS: readonly string[] = [
  "listening",
  "connection",
  "close",
  "error",
  "drop",
];

export function watchSocket(journal: Journal, actor: string, socket: Socket): Socket {
  journal.watch(
    actor,
    socket,
    SOCKET_EVENTS.filter((event) => event !== "data"),
  );
  return socket;
}

/** Makes a server that listens; its port is shown as PORT. */
export async function listen(
  net: Net,
  journal: Journal,
  options: net.ServerOpts,
  accept: (socket: Socket) => void,
): Promise<{ server: Server; port: number }> {
  let count = 0;
  const server = net.createServer(options, (socket) => {
    watchSocket(journal, count++ === 0 ? "accepted" : `accepted ${count}`, socket);
    accept(socket);
  });
  journal.watch("server", server, SERVER_EVENTS);
  server.listen(0, HOST);
  await happened(server, "listening");
  const { port } = server.address() as AddressInfo;
  journal.namePort(port, "PORT");
  return { server, port };
}

export function connect(net: Net, journal: Journal, port: number, options: object = {}): Socket {
  return watchSocket(journal, "client", net.connect({ port, host: HOST, ...options }));
}

/** A port that nobody listens on. */
export async function freePort(net: Net, journal: Journal): Promise<number> {
  const server = net.createServer().listen(0, HOST);
  await happened(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await happened(server, "close");
  journal.namePort(port, "FREE");
  return port;
}

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));

export function caught(journal: Journal, actor: string, run: () => unknown): void {
  try {
    run();
    journal.note(actor, "nothing thrown");
  } catch (error) {
    journal.note(actor, error);
  }
}
