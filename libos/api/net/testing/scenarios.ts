/** Scripts on `net` whose journals must not depend on the implementation. */
import { Buffer } from "node:buffer";
import type net from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { PassThrough, pipeline } from "node:stream";
import { type Journal, happened } from "../../shared/testing/journal.ts";

type Net = typeof net;

export interface Scenario {
  readonly name: string;
  run(net: Net, journal: Journal): Promise<void>;
}

const HOST = "127.0.0.1";
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
const SERVER_EVENTS = ["listening", "connection", "close", "error", "drop"];

function watchSocket(journal: Journal, actor: string, socket: Socket): Socket {
  journal.watch(
    actor,
    socket,
    SOCKET_EVENTS.filter((event) => event !== "data"),
  );
  return socket;
}

/** Makes a server that listens; its port is shown as PORT. */
async function listen(
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

function connect(net: Net, journal: Journal, port: number, options: object = {}): Socket {
  return watchSocket(journal, "client", net.connect({ port, host: HOST, ...options }));
}

/** A port that nobody listens on. */
async function freePort(net: Net, journal: Journal): Promise<number> {
  const server = net.createServer().listen(0, HOST);
  await happened(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await happened(server, "close");
  journal.namePort(port, "FREE");
  return port;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function caught(journal: Journal, actor: string, run: () => unknown): void {
  try {
    run();
    journal.note(actor, "nothing thrown");
  } catch (error) {
    journal.note(actor, error);
  }
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: "an echo, then both sides end",
    async run(net, journal) {
      const { server, port } = await listen(net, journal, {}, (socket) => void socket.pipe(socket));
      const client = connect(net, journal, port);
      journal.note("client", client.readyState, client.connecting, client.pending);
      client.setEncoding("utf8");
      let text = "";
      client.on("data", (chunk) => {
        text += chunk;
        if (text.length === 11) client.end();
      });
      await happened(client, "connect");
      journal.note("client", client.readyState, client.connecting, client.pending);
      journal.note("client", client.remoteAddress, client.remotePort, client.remoteFamily);
      journal.note("client", client.localAddress, client.localFamily, client.localPort! > 0);
      client.write("hello ");
      client.write("world");
      await happened(client, "close");
      journal.note("client", text, client.bytesRead, client.bytesWritten, client.readyState);
      journal.note("client", client.destroyed, client.address());
      server.close();
      await happened(server, "close");
    },
  },
  {
    name: "nobody listens: ECONNREFUSED",
    async run(net, journal) {
      const client = connect(net, journal, await freePort(net, journal));
      await happened(client, "close");
      journal.note("client", client.destroyed, client.bytesWritten, client.readyState);
    },
  },
  {
    name: "nobody listens, and a write waits for the connection",
    async run(net, journal) {
      const client = connect(net, journal, await freePort(net, journal));
      client.write("lost", (error) => journal.note("client", "written", error));
      journal.note("client", "bytesWritten", client.bytesWritten);
      await happened(client, "close");
    },
  },
  {
    name: "a half-open server answers after the end",
    async run(net, journal) {
      const { server, port } = await listen(net, journal, { allowHalfOpen: true }, (socket) => {
        socket.resume();
        socket.on("end", () => {
          journal.note("accepted", socket.readyState, socket.writable, socket.readable);
          setTimeout(() => socket.end("late"), 20);
        });
      });
      const client = connect(net, journal, port);
      client.setEncoding("utf8");
      client.on("data", (chunk) => journal.note("client", "data", chunk));
      client.end("question");
      await happened(client, "close");
      server.close();
      await happened(server, "close");
    },
  },
  {
    name: "a client that is not half open ends when the server does",
    async run(net, journal) {
      const { server, port } = await listen(net, journal, {}, (socket) => void socket.end("bye"));
      const client = connect(net, journal, port);
      client.resume();
      await happened(client, "close");
      journal.note("client", client.bytesRead);
      server.close();
      await happened(server, "close");
    },
  },
  {
    name: "the server resets the connection",
    async run(net, journal) {
      const { server, port } = await listen(net, journal, {}, (socket) => {
        socket.once("data", () => socket.resetAndDestroy());
      });
      const client = connect(net, journal, port);
      client.resume();
      client.write("x");
      await happened(client, "close");
      server.close();
      await happened(server, "close");
    },
  },
  {
    name: "reset of a socket that was never connected, and of a connecting one",
    async run(net, journal) {
      const idle = watchSocket(journal, "idle", new net.Socket());
      idle.resetAndDestroy();
      await happened(idle, "close");
      const { server, port } = await listen(net, journal, {}, (socket) => {
        socket.on("error", () => {});
      });
      const client = connect(net, journal, port);
      client.resetAndDestroy();
      await happened(client, "close");
      server.close();
      await happened(server, "close");
    },
  },
  {
    name: "destroy while connecting",
    async run(net, journal) {
      const { server, port } = await listen(net, journal, {}, (socket) => socket.resume());
      const client = connect(net, journal, port);
      client.write("never", (error) => journal.note("client", "written", error));
      client.destroy();
      journal.note("client", client.connecting, client.destroyed);
      await happened(client, "close");
      server.close();
      await happened(server, "close");
    },
  },
  {
    name: "destroy with an error",
    async run(net, journal) {
      const { server, port } = await listen(net, journal, {}, (socket) => socket.resume());
      const client = connect(net, journal, port);
      await happened(client, "connect");
      client.destroy(new Error("enough"));
      await happened(client, "close");
      server.close();
      await happened(server, "close");
    },
  },
  {
    name: "a socket without a connection",
    async run(net, journal) {
      const socket = watchSocket(journal, "socket", new net.Socket());
      journal.note("socket", socket.readyState, socket.pending, socket.connecting);
      journal.note("socket", socket.address(), socket.bufferSize, socket.bytesRead);
      journal.note("socket", socket.remoteAddress, socket.localPort, socket.timeout);
      socket.write("x", (error) => journal.note("socket", "written", error));
      await happened(socket, "close");
      const other = watchSocket(journal, "other", new net.Socket());
      other.destroy();
      await happened(other, "close");
    },
  },
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
    name: "a time-out",
    async run(net, journal) {
      const { server, port } = await listen(net, journal, {}, (socket) => socket.resume());
      const client = connect(net, journal, port);
      client.setTimeout(30, () => journal.note("client", "timeout callback"));
      journal.note("client", client.timeout);
      await happened(client, "timeout");
      client.setTimeout(0);
      journal.note("client", client.timeout, client.destroyed);
      client.end();
      await happened(client, "close");
      server.close();
      await happened(server, "close");
    },
  },
  {
    name: "traffic postpones the time-out",
    async run(net, journal) {
      const { server, port } = await listen(net, journal, {}, (socket) => socket.resume());
      const client = connect(net, journal, port);
      client.setTimeout(60);
      for (let round = 0; round < 4; round++) {
        await pause(30);
        client.write("x");
      }
      client.end();
      await happened(client, "close");
      server.close();
      await happened(server, "close");
    },
  },
  {
    name: "a paused socket holds the writer back",
    async run(net, journal) {
      const total = 8 * 1024 * 1024;
      let received = 0;
      const { server, port } = await listen(net, journal, {}, (socket) => {
        socket.pause();
        setTimeout(() => {
          socket.on("data", (chunk) => (received += chunk.length));
          socket.resume();
        }, 50);
      });
      const client = connect(net, journal, port);
      const isRoom = client.write(Buffer.alloc(total), () => journal.note("client", "written"));
      journal.note("client", isRoom, client.writableNeedDrain, client.writableLength);
      client.on("drain", () => journal.note("client", "drain", client.writableLength));
      await happened(client, "drain");
      client.end();
      await happened(client, "close");
      journal.note("server", received, client.bytesWritten);
      server.close();
      await happened(server, "close");
    },
  },
  {
    name: "writes after the end",
    async run(net, journal) {
      const { server, port } = await listen(net, journal, {}, (socket) => socket.resume());
      const client = connect(net, journal, port);
      await happened(client, "connect");
      client.end("last");
      client.write("more", (error) => journal.note("client", "written", error));
      await happened(client, "close");
      server.close();
      await happened(server, "close");
    },
  },
  {
    name: "a write after the peer has ended: EPIPE",
    async run(net, journal) {
      const { server, port } = await listen(net, journal, {}, (socket) => void socket.end());
      const client = connect(net, journal, port);
      client.resume();
      await happened(client, "end");
      client.write("too late", (error) => journal.note("client", "written", error));
      await happened(client, "close");
      server.close();
      await happened(server, "close");
    },
  },
  {
    name: "corked writes arrive together and in order",
    async run(net, journal) {
      let text = "";
      const { server, port } = await listen(net, journal, {}, (socket) => {
        socket.setEncoding("latin1");
        socket.on("data", (chunk) => (text += chunk));
      });
      const client = connect(net, journal, port);
      await happened(client, "connect");
      client.cork();
      client.write("a", () => journal.note("client", "a written"));
      client.write(Buffer.from("b"), () => journal.note("client", "b written"));
      client.write("é", "latin1", () => journal.note("client", "c written"));
      journal.note("client", client.writableLength, client.bytesWritten, client.writableCorked);
      client.uncork();
      client.end();
      await happened(client, "close");
      journal.note("server", text);
      server.close();
      await happened(server, "close");
    },
  },
  {
    name: "async iteration",
    async run(net, journal) {
      const { server, port } = await listen(net, journal, {}, (socket) => {
        socket.write("one");
        setTimeout(() => socket.end("two"), 20);
      });
      const client = connect(net, journal, port);
      const parts: string[] = [];
      for await (const chunk of client) parts.push(String(chunk));
      journal.note("client", parts.join("|"));
      server.close();
      await happened(server, "close");
    },
  },
  {
    name: "leaving an async iteration destroys the socket",
    async run(net, journal) {
      const { server, port } = await listen(net, journal, {}, (socket) => {
        socket.on("error", () => {});
        socket.resume();
        socket.write("one");
      });
      const client = connect(net, journal, port);
      for await (const chunk of client) {
        journal.note("client", String(chunk));
        break;
      }
      journal.note("client", client.destroyed);
      server.close();
      await happened(server, "close");
    },
  },
  {
    name: "pipeline through the socket",
    async run(net, journal) {
      const { server, port } = await listen(net, journal, {}, (socket) => {
        pipeline(socket, new PassThrough(), socket, (error) => journal.note("pipeline", error));
      });
      const client = connect(net, journal, port);
      let received = 0;
      client.on("data", (chunk) => (received += chunk.length));
      for (let index = 0; index < 100; index++) client.write(Buffer.alloc(5000, index));
      client.end();
      await happened(client, "close");
      journal.note("client", received);
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
    name: "onread fills the caller's buffer",
    async run(net, journal) {
      const { server, port } = await listen(
        net,
        journal,
        {},
        (socket) => void socket.end("abcdef"),
      );
      const buffer = Buffer.alloc(4);
      let text = "";
      const client = connect(net, journal, port, {
        onread: {
          buffer,
          callback(length: number, filled: Buffer) {
            text += String(filled.subarray(0, length));
            journal.note("client", "same buffer", filled === buffer);
            return true;
          },
        },
      });
      await happened(client, "close");
      journal.note("client", text, client.bytesRead);
      server.close();
      await happened(server, "close");
    },
  },
  {
    name: "a name that does not exist",
    async run(net, journal) {
      const client = watchSocket(
        journal,
        "client",
        net.connect({
          port: 9,
          host: "nowhere.example",
          lookup: (host, _options, callback) => {
            const error = Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), {
              code: "ENOTFOUND",
            });
            setTimeout(() => callback(error, ""), 1);
          },
        }),
      );
      await happened(client, "close");
    },
  },
  {
    name: "a lookup with two addresses, of which the second answers",
    async run(net, journal) {
      const { server, port } = await listen(net, journal, {}, (socket) => void socket.end());
      const client = connect(net, journal, port, {
        host: "two.example",
        lookup: (
          _host: string,
          _options: object,
          callback: (error: null, found: object[]) => void,
        ) => {
          callback(null, [
            { address: "127.0.0.2", family: 4 },
            { address: HOST, family: 4 },
          ]);
        },
      });
      client.resume();
      await happened(client, "close");
      journal.note("client", client.autoSelectFamilyAttemptedAddresses);
      server.close();
      await happened(server, "close");
    },
  },
  {
    name: "a lookup with two addresses, of which none answers",
    async run(net, journal) {
      const port = await freePort(net, journal);
      const client = connect(net, journal, port, {
        host: "two.example",
        lookup: (
          _host: string,
          _options: object,
          callback: (error: null, found: object[]) => void,
        ) => {
          callback(null, [
            { address: "127.0.0.2", family: 4 },
            { address: HOST, family: 4 },
          ]);
        },
      });
      await happened(client, "close");
    },
  },
  {
    name: "a lookup that answers nonsense",
    async run(net, journal) {
      for (const answer of [
        ["not an address", 4],
        ["127.0.0.1", 5],
      ]) {
        const client = connect(net, journal, 9, {
          host: "odd.example",
          autoSelectFamily: false,
          lookup: (
            _host: string,
            _options: object,
            callback: (error: null, ...found: unknown[]) => void,
          ) => callback(null, ...answer),
        });
        await happened(client, "close");
      }
    },
  },
  {
    name: "a signal that aborts",
    async run(net, journal) {
      const { server, port } = await listen(net, journal, {}, (socket) => {
        socket.on("error", () => {});
        socket.resume();
      });
      const controller = new AbortController();
      const client = connect(net, journal, port, { signal: controller.signal });
      await happened(client, "connect");
      controller.abort("why");
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
    name: "a block list refuses an address",
    async run(net, journal) {
      const blockList = new net.BlockList();
      blockList.addSubnet("127.0.0.0", 8);
      const client = connect(net, journal, 9, { blockList });
      await happened(client, "close");
    },
  },
  {
    name: "destroySoon writes everything first",
    async run(net, journal) {
      let received = 0;
      const { server, port } = await listen(net, journal, {}, (socket) => {
        socket.on("data", (chunk) => (received += chunk.length));
      });
      const client = connect(net, journal, port);
      client.write(Buffer.alloc(300_000));
      client.destroySoon();
      await happened(client, "close");
      server.close();
      await happened(server, "close");
      journal.note("server", received);
    },
  },
  {
    name: "a socket connects again after it was closed",
    async run(net, journal) {
      const { server, port } = await listen(net, journal, {}, (socket) => void socket.end("x"));
      const client = connect(net, journal, port);
      client.resume();
      await happened(client, "close");
      client.connect(port, HOST);
      client.resume();
      await happened(client, "close");
      journal.note("client", client.bytesRead);
      server.close();
      await happened(server, "close");
    },
  },
  {
    name: "an empty connection is closed by the client at once",
    async run(net, journal) {
      const { server, port } = await listen(net, journal, {}, (socket) => socket.resume());
      const client = connect(net, journal, port);
      client.end();
      await happened(client, "close");
      server.close();
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
];
