/** Scripts on `dgram` whose journals must not depend on the implementation. */
import { Buffer } from "node:buffer";
import type dgram from "node:dgram";
import type { RemoteInfo, Socket } from "node:dgram";
import { happened, type Journal } from "../../shared/testing/journal.ts";

type Dgram = typeof dgram;

export interface Scenario {
  readonly name: string;
  run(dgram: Dgram, journal: Journal): Promise<void>;
}

const HOST = "127.0.0.1";

function watch(journal: Journal, actor: string, socket: Socket): Socket {
  journal.watch(actor, socket, ["listening", "connect", "error", "close"]);
  socket.on("message", (message: Buffer, remote: RemoteInfo) => {
    journal.note(actor, "message", String(message), remote);
  });
  return socket;
}

async function bind(journal: Journal, actor: string, socket: Socket): Promise<number> {
  watch(journal, actor, socket);
  socket.bind(0, HOST);
  await happened(socket, "listening");
  const { port } = socket.address();
  journal.namePort(port, actor.toUpperCase());
  return port;
}

async function close(...sockets: Socket[]): Promise<void> {
  for (const socket of sockets) {
    socket.close();
    await happened(socket, "close");
  }
}

function caught(journal: Journal, actor: string, run: () => unknown): void {
  try {
    run();
    journal.note(actor, "nothing thrown");
  } catch (error) {
    const { name, message, code } = error as Error & { code?: string };
    journal.note(actor, name, code, message);
  }
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: "a question and an answer",
    async run(dgram, journal) {
      const server = dgram.createSocket("udp4");
      const client = dgram.createSocket("udp4");
      const port = await bind(journal, "server", server);
      await bind(journal, "client", client);
      server.on("message", (message, remote) => {
        server.send(`${message}!`, remote.port, remote.address);
      });
      client.send("hello", port, HOST, (error, bytes) => journal.note("sent", error, bytes));
      await happened(client, "message");
      await close(client, server);
    },
  },
  {
    name: "sending binds the socket",
    async run(dgram, journal) {
      const server = dgram.createSocket("udp4");
      server.bind(0, HOST);
      await happened(server, "listening");
      const { port } = server.address();
      const client = dgram.createSocket({ type: "udp4" });
      journal.watch("client", client, ["listening", "error", "close"]);
      client.send(Buffer.from("xhellox"), 1, 5, port, HOST, () => {
        journal.namePort(client.address().port, "CLIENT");
      });
      const [message] = await happened(server, "message");
      journal.note("server", String(message));
      journal.note("client", client.address().address, client.address().port > 0);
      client.close();
      server.close();
      await happened(server, "close");
    },
  },
  {
    name: "every form of a message",
    async run(dgram, journal) {
      const server = dgram.createSocket("udp4");
      const port = await bind(journal, "server", server);
      const client = dgram.createSocket("udp4");
      await bind(journal, "client", client);
      const messages = [
        "text",
        Buffer.from("buffer"),
        new Uint8Array([65, 66]),
        new DataView(new ArrayBuffer(3)),
        ["a", Buffer.from("b"), new Uint8Array([67])],
        [],
        Buffer.alloc(0),
      ];
      for (const message of messages) {
        client.send(message as string, port, HOST, (error, bytes) => {
          journal.note("client", "sent", error, bytes);
        });
        await happened(server, "message");
      }
      await close(client, server);
    },
  },
  {
    name: "a connected socket",
    async run(dgram, journal) {
      const server = dgram.createSocket("udp4");
      const port = await bind(journal, "server", server);
      const client = watch(journal, "client", dgram.createSocket("udp4"));
      client.connect(port, HOST, () => journal.note("client", "connected"));
      await happened(client, "connect");
      journal.note("client", client.remoteAddress(), client.address().address);
      journal.namePort(client.address().port, "CLIENT");
      caught(journal, "again", () => client.connect(port));
      caught(journal, "elsewhere", () => client.send("x", port, HOST));
      client.send("hello", (error, bytes) => journal.note("client", "sent", error, bytes));
      await happened(server, "message");
      const stranger = dgram.createSocket("udp4");
      stranger.send("from a stranger", client.address().port, HOST);
      server.send("from the peer", client.address().port, HOST);
      await happened(client, "message");
      client.disconnect();
      caught(journal, "twice", () => client.disconnect());
      caught(journal, "remote", () => client.remoteAddress());
      await close(client, server, stranger);
    },
  },
  {
    name: "a connected socket hears that nobody listens",
    async run(dgram, journal) {
      const gone = dgram.createSocket("udp4");
      const port = await bind(journal, "gone", gone);
      await close(gone);
      const client = watch(journal, "client", dgram.createSocket("udp4"));
      client.connect(port, HOST);
      await happened(client, "connect");
      client.send("x");
      await happened(client, "error");
      await close(client);
    },
  },
  {
    name: "a port that is taken: EADDRINUSE",
    async run(dgram, journal) {
      const server = dgram.createSocket("udp4");
      const port = await bind(journal, "server", server);
      const second = watch(journal, "second", dgram.createSocket("udp4"));
      second.bind(port, HOST);
      await happened(second, "error");
      await close(server, second);
    },
  },
  {
    name: "an address that is not ours: EADDRNOTAVAIL",
    async run(dgram, journal) {
      const socket = watch(journal, "socket", dgram.createSocket("udp4"));
      socket.bind(4321, "192.0.2.77");
      await happened(socket, "error");
      await close(socket);
    },
  },
  {
    name: "a message that is too long: EMSGSIZE",
    async run(dgram, journal) {
      const socket = dgram.createSocket("udp4");
      await bind(journal, "socket", socket);
      await new Promise<void>((resolve) => {
        socket.send(Buffer.alloc(65_508), 9, HOST, (error, bytes) => {
          journal.note("socket", error, bytes);
          resolve();
        });
      });
      await close(socket);
    },
  },
  {
    name: "close, and what it forbids",
    async run(dgram, journal) {
      const socket = dgram.createSocket("udp4");
      await bind(journal, "socket", socket);
      socket.close(() => journal.note("socket", "closed"));
      caught(journal, "close", () => socket.close());
      caught(journal, "send", () => socket.send("x", 9));
      caught(journal, "bind", () => socket.bind());
      caught(journal, "address", () => socket.address());
      await happened(socket, "close");
    },
  },
  {
    name: "a signal closes the socket",
    async run(dgram, journal) {
      const controller = new AbortController();
      const socket = dgram.createSocket({ type: "udp4", signal: controller.signal });
      await bind(journal, "socket", socket);
      controller.abort();
      await happened(socket, "close");
    },
  },
  {
    name: "a name that does not exist",
    async run(dgram, journal) {
      const lookup = (
        name: string,
        _options: unknown,
        callback: (error: Error | null, address?: string, family?: number) => void,
      ): void => {
        if (name === HOST) {
          setTimeout(() => callback(null, HOST, 4), 1);
          return;
        }
        const error = Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), {
          code: "ENOTFOUND",
        });
        setTimeout(() => callback(error), 1);
      };
      const socket = dgram.createSocket({ type: "udp4", lookup: lookup as never });
      await bind(journal, "socket", socket);
      await new Promise<void>((resolve) => {
        socket.send("x", 9, "nowhere.example", (error) => {
          journal.note("callback", error);
          resolve();
        });
      });
      socket.send("x", 9, "nowhere.example");
      await happened(socket, "error");
      await close(socket);
    },
  },
  {
    name: "what the arguments refuse",
    async run(dgram, journal) {
      const create = dgram.createSocket as (...values: unknown[]) => Socket;
      const types: unknown[] = [
        undefined,
        "x",
        {},
        { type: "udp4", lookup: 5 },
        { type: "udp4", recvBufferSize: "x" },
        { type: "udp4", signal: 5 },
      ];
      for (const type of types) caught(journal, JSON.stringify(type) ?? "-", () => create(type));
      const socket = create("udp4");
      const calls: [string, () => unknown][] = [
        ["address", () => socket.address()],
        ["remoteAddress", () => socket.remoteAddress()],
        ["setTTL", () => socket.setTTL(5)],
        ["setBroadcast", () => socket.setBroadcast(true)],
        ["disconnect", () => socket.disconnect()],
        ["send", () => Reflect.apply(socket.send, socket, [])],
        ["connect 0", () => socket.connect(0)],
      ];
      for (const [name, call] of calls) caught(journal, name, call);
      const lists: unknown[][] = [
        ["x"],
        ["x", 0],
        [5, 1],
        ["x", 70_000],
        [[5], 1],
        ["x", 1, 5],
        [Buffer.alloc(3), 2, 5, 1],
        [Buffer.alloc(3), 4, 0, 1],
      ];
      for (const [index, list] of lists.entries()) {
        caught(journal, `send ${index}`, () => Reflect.apply(socket.send, socket, list));
      }
      socket.on("error", () => {});
      socket.bind(0, HOST);
      await happened(socket, "listening");
      const bound: [string, () => unknown][] = [
        ["bind", () => socket.bind(0)],
        ["ttl 0", () => socket.setTTL(0)],
        ["ttl 300", () => socket.setTTL(300)],
        ["ttl x", () => socket.setTTL("x" as never)],
        ["membership", () => (socket.addMembership as () => void)()],
        ["membership x", () => socket.addMembership("x")],
        ["membership 1.2.3.4", () => socket.addMembership("1.2.3.4")],
        ["buffer x", () => socket.setSendBufferSize("x" as never)],
      ];
      for (const [name, call] of bound) caught(journal, `bound ${name}`, call);
      journal.note("socket", socket.setTTL(5), socket.getSendQueueSize());
      await close(socket);
    },
  },
];
