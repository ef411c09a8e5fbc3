/** Scripts about servers, and about arguments. */
import type { AddressInfo } from "node:net";
import { happened } from "../../shared/testing/journal.ts";
import {
  caught,
  connect,
  freePort,
  HOST,
  listen,
  pause,
  SERVER_EVENTS,
  type Scenario,
  watchSocket,
} from "./scenario.ts";

export const SERVER_SCENARIOS: readonly Scenario[] = [
  {
    name: "listening twice on one port: EADDRINUSE",
    async run(net, journal) {
      const { server, port } = await listen(net, journal, {}, () => {});
      const second = net.createServer();
      journal.watch("second", second, SERVER_EVENTS);
      second.listen(port, HOST);
      await happened(second, "error");
      journal.note("second", second.listening, second.address());
      server.close();
      await happened(server, "close");
    },
  },
  {
    name: "one server listens twice, and is closed when it does not listen",
    async run(net, journal) {
      const { server } = await listen(net, journal, {}, () => {});
      caught(journal, "server", () => server.listen(0));
      server.close((error) => journal.note("server", "closed", error));
      await happened(server, "close");
      journal.note("server", server.listening, server.address());
      server.close((error) => journal.note("server", "closed again", error));
      await pause(20);
    },
  },
  {
    name: "an address that is not ours: EADDRNOTAVAIL",
    async run(net, journal) {
      const server = net.createServer();
      journal.watch("server", server, SERVER_EVENTS);
      server.listen(4321, "192.0.2.77");
      await happened(server, "error");
    },
  },
  {
    name: "listen without a host knows its port at once",
    async run(net, journal) {
      const server = net.createServer();
      journal.watch("server", server, SERVER_EVENTS);
      server.listen(() => journal.note("server", "callback"));
      journal.note("server", server.listening, (server.address() as AddressInfo).port > 0);
      await happened(server, "listening");
      server.close();
      await happened(server, "close");
    },
  },
  {
    name: "maxConnections drops the rest",
    async run(net, journal) {
      const { server, port } = await listen(net, journal, {}, (socket) => socket.resume());
      server.maxConnections = 1;
      const first = connect(net, journal, port);
      await happened(first, "connect");
      await pause(20);
      const localPort = await freePort(net, journal);
      const second = net.connect({ port, host: HOST, localPort });
      second.on("error", () => {});
      second.resume();
      await happened(second, "close");
      server.getConnections((error, count) => journal.note("server", "count", error, count));
      first.end();
      await happened(first, "close");
      server.close();
      await happened(server, "close");
    },
  },
  {
    name: "pauseOnConnect waits for resume",
    async run(net, journal) {
      const { server, port } = await listen(net, journal, { pauseOnConnect: true }, (socket) => {
        journal.note("accepted", socket.isPaused(), socket.readableFlowing);
        setTimeout(() => {
          journal.note("accepted", socket.bytesRead, socket.readableLength);
          socket.on("data", (chunk) => journal.note("accepted", "data", String(chunk)));
          socket.resume();
        }, 30);
      });
      const client = connect(net, journal, port);
      client.resume();
      client.end("early");
      await happened(client, "close");
      server.close();
      await happened(server, "close");
    },
  },
  {
    name: "a server's signal closes it",
    async run(net, journal) {
      const controller = new AbortController();
      const server = net.createServer();
      journal.watch("server", server, SERVER_EVENTS);
      server.listen({ port: 0, host: HOST, signal: controller.signal });
      await happened(server, "listening");
      controller.abort();
      await happened(server, "close");
    },
  },
  {
    name: "what the arguments refuse",
    async run(net, journal) {
      const anything = net as unknown as Record<string, (...values: unknown[]) => unknown>;
      const socket = new net.Socket() as unknown as Record<
        string,
        (value: unknown, more?: unknown) => unknown
      >;
      const server = net.createServer() as unknown as Record<
        string,
        (...values: unknown[]) => unknown
      >;
      for (const values of [
        [],
        [{}],
        [{ port: "x" }],
        [70_000],
        [{ port: {} }],
        [{ path: 5 }],
        [{ port: 1, localAddress: "x" }],
        [{ port: 1, localPort: "x" }],
        [{ port: 1, host: "x", lookup: 4 }],
        [{ port: 1, autoSelectFamily: 4 }],
        [{ port: 1, host: 5 }],
        [{ port: 1, host: "x", family: 9 }],
        [{ port: 1, timeout: "x" }],
        [{ port: 1, keepAliveInitialDelay: "x" }],
        [{ port: 1, signal: 3 }],
        [{ port: 1, blockList: 3 }],
        [{ port: 1, objectMode: true }],
      ]) {
        caught(journal, `connect ${JSON.stringify(values)}`, () => anything["connect"]!(...values));
      }
      for (const values of [
        [{}],
        [-1],
        ["70000"],
        [{ port: true }],
        [{ host: HOST }],
        [{ path: true }],
        [{ port: 1.5 }],
        [{ port: 0, signal: 3 }],
      ]) {
        caught(journal, `listen ${JSON.stringify(values)}`, () => server["listen"]!(...values));
      }
      caught(journal, "server 5", () => anything["createServer"]!(5));
      caught(journal, "server x", () => anything["createServer"]!("x"));
      caught(journal, "count", () => server["getConnections"]!());
      caught(journal, "timeout -1", () => socket["setTimeout"]!(-1));
      caught(journal, "timeout a", () => socket["setTimeout"]!("a"));
      caught(journal, "timeout callback", () => socket["setTimeout"]!(1, 1));
      caught(journal, "write null", () => socket["write"]!(null));
    },
  },
  {
    name: "a server listens again after it was closed",
    async run(net, journal) {
      const { server, port } = await listen(net, journal, {}, () => {});
      server.close();
      await happened(server, "close");
      server.listen(port, HOST);
      await happened(server, "listening");
      journal.note("server", server.address());
      server.close();
      await happened(server, "close");
    },
  },
  {
    name: "close waits for the connections",
    async run(net, journal) {
      const { server, port } = await listen(net, journal, {}, (socket) => socket.resume());
      const client = connect(net, journal, port);
      await happened(client, "connect");
      await pause(10);
      server.close((error) => journal.note("server", "closed", error));
      server.close((error) => journal.note("server", "closed again", error));
      journal.note("server", server.listening);
      await pause(20);
      journal.note("server", "still open");
      client.end();
      await happened(server, "close");
      const late = watchSocket(journal, "late", net.connect(port, HOST));
      await happened(late, "close");
    },
  },
  {
    name: "every address and one address share a port as on Linux",
    async run(net, journal) {
      const { server, port } = await listen(net, journal, {}, () => {});
      const second = net.createServer();
      journal.watch("second", second, SERVER_EVENTS);
      second.listen(port, "0.0.0.0");
      await happened(second, "error");
      server.close();
      await happened(server, "close");
    },
  },
  {
    name: "close while it begins to listen",
    async run(net, journal) {
      const server = net.createServer();
      journal.watch("server", server, SERVER_EVENTS);
      server.listen(0);
      server.close((error) => journal.note("server", "closed", error));
      await happened(server, "close");
      await pause(10);
    },
  },
];
