/**
 * What every implementation of `HostSockets` has to do, over loopback, with `node:net` as the judge
 * at the other end. Runs under Node and under Deno.
 */
import net from "node:net";
import dgram from "node:dgram";
import type { HostSockets, HostTcpSocket, LookupResult } from "../host-sockets.ts";
import { expectEqual, listen, TcpRecorder, until } from "./recorder.ts";

export interface HostSocketsCheck {
  readonly name: string;
  /** What Deno cannot do yet, so that the check is left out there. */
  readonly lacksOnDeno?: string;
  run(sockets: HostSockets): Promise<void>;
}

const encoder = new TextEncoder();

function say(socket: HostTcpSocket, sockets: HostSockets, text: string): number {
  const bytes = encoder.encode(text);
  const taken = socket.write(bytes, 0, bytes.length);
  sockets.flush();
  return taken;
}

/** What was received, without the zeros of the other connection. */
function textOf(seen: readonly Uint8Array[]): string {
  return Buffer.concat(seen).toString("latin1").replaceAll("\0", "");
}

/** A `node:net` server for one check. */
async function withServer(
  onSocket: (socket: net.Socket) => void,
  job: (port: number) => Promise<void>,
): Promise<void> {
  const open = new Set<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.on("error", () => {});
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await job((server.address() as net.AddressInfo).port);
  } finally {
    for (const socket of open) socket.destroy();
    server.close();
  }
}

async function freePort(): Promise<number> {
  let port = 0;
  await withServer(
    () => {},
    async (used) => void (port = used),
  );
  return port;
}

const TCP_CHECKS: HostSocketsCheck[] = [
  {
    name: "a connection carries bytes both ways, and each direction ends by itself",
    run: (sockets) =>
      withServer(
        (peer) => {
          peer.on("data", (bytes) => peer.write(bytes));
          peer.on("end", () => setTimeout(() => peer.end("last words"), 20));
        },
        async (port) => {
          const record = new TcpRecorder();
          const socket = sockets.connectTcp("127.0.0.1", port, record);
          await until("connect", () => record.has("connect"));
          expectEqual("remote", [socket.remoteAddress, socket.remotePort], ["127.0.0.1", port]);
          expectEqual("taken", say(socket, sockets, "hello "), 6);
          await until("echo", () => record.text === "hello ");
          socket.shutdown();
          expectEqual("taken after shutdown", say(socket, sockets, "more"), 0);
          await until("close", () => record.has("close orderly"));
          expectEqual("text", record.text, "hello last words");
          expectEqual("events", record.events, ["connect", "end", "close orderly"]);
        },
      ),
  },
  {
    name: "many small writes arrive in order",
    run: (sockets) => {
      const seen: Buffer[] = [];
      return withServer(
        (peer) => peer.on("data", (bytes: Buffer) => seen.push(bytes)),
        async (port) => {
          const [a, b] = [new TcpRecorder(), new TcpRecorder()];
          const first = sockets.connectTcp("127.0.0.1", port, a);
          await until("connect", () => a.has("connect"));
          const second = sockets.connectTcp("127.0.0.1", port, b);
          await until("connect", () => b.has("connect"));
          let wanted = "";
          for (let index = 0; index < 500; index++) {
            const text = `${index},`;
            wanted += text;
            first.write(encoder.encode(text), 0, text.length);
            if (index % 100 === 99) second.write(new Uint8Array(1), 0, 1);
          }
          sockets.flush();
          await until("all of it", () => textOf(seen).length >= wanted.length);
          expectEqual("text", textOf(seen), wanted);
        },
      );
    },
  },
  {
    name: "a port that nobody listens on refuses",
    run: async (sockets) => {
      const record = new TcpRecorder();
      sockets.connectTcp("127.0.0.1", await freePort(), record);
      await until("close", () => record.events.length > 0);
      expectEqual("events", record.events, ["close ECONNREFUSED"]);
    },
  },
  {
    name: "what was not consumed is kept and offered again, before the end",
    run: (sockets) =>
      withServer(
        (peer) => peer.end("0123456789"),
        async (port) => {
          const record = new TcpRecorder();
          record.appetite = 4;
          const socket = sockets.connectTcp("127.0.0.1", port, record);
          await until("data", () => record.receivedBytes === 4);
          socket.shutdown();
          await new Promise((resolve) => setTimeout(resolve, 30));
          expectEqual("events so far", record.events, ["connect"]);
          record.appetite = Infinity;
          socket.resume();
          await until("close", () => record.has("close orderly"));
          expectEqual("text", record.text, "0123456789");
          expectEqual("events", record.events, ["connect", "end", "close orderly"]);
        },
      ),
  },
  {
    name: "an abort resets the peer",
    run: (sockets) => {
      let ended = "";
      return withServer(
        (peer) => {
          peer.on("error", (error: NodeJS.ErrnoException) => (ended = error.code ?? "?"));
          peer.resume();
        },
        async (port) => {
          const record = new TcpRecorder();
          const socket = sockets.connectTcp("127.0.0.1", port, record);
          await until("connect", () => record.has("connect"));
          say(socket, sockets, "x");
          socket.abort();
          await until("reset", () => ended !== "");
          expectEqual("the peer's error", ended, "ECONNRESET");
          expectEqual("events", record.events, ["connect"]);
        },
      );
    },
  },
  {
    name: "a reset by the peer closes with ECONNRESET",
    run: (sockets) =>
      withServer(
        (peer) => peer.once("data", () => peer.resetAndDestroy()),
        async (port) => {
          const record = new TcpRecorder();
          const socket = sockets.connectTcp("127.0.0.1", port, record);
          await until("connect", () => record.has("connect"));
          say(socket, sockets, "x");
          await until("close", () => record.events.length > 1);
          expectEqual("events", record.events, ["connect", "close ECONNRESET"]);
        },
      ),
  },
  {
    name: "a peer that does not read bounds what is queued, and room is announced",
    run: (sockets) => {
      let peer: net.Socket | undefined;
      let received = 0;
      return withServer(
        (socket) => {
          peer = socket;
          socket.pause();
        },
        async (port) => {
          const record = new TcpRecorder();
          const socket = sockets.connectTcp("127.0.0.1", port, record);
          await until("connect", () => record.has("connect") && peer !== undefined);
          const block = new Uint8Array(65_536).fill(7);
          let sent = 0;
          let taken: number;
          do {
            taken = socket.write(block, 0, block.length);
            sockets.flush();
            sent += taken;
          } while (taken === block.length && sent < 2 ** 28);
          const isBounded = socket.queuedBytes > 0 && socket.queuedBytes <= 512 * 1024;
          expectEqual("bounded", isBounded, true);
          peer!.on("data", (bytes) => (received += bytes.length));
          peer!.resume();
          await until("space", () => record.has("space"));
          await until("all of it", () => received === sent);
          expectEqual("queued at the end", socket.queuedBytes, 0);
        },
      );
    },
  },
  {
    name: "a listener names its port, hands over connections unread, and a used port is refused",
    run: async (sockets) => {
      const record = new TcpRecorder();
      let accepted: HostTcpSocket | undefined;
      const listener = await listen(sockets, (socket) => {
        socket.handler = record;
        accepted = socket;
      });
      const client = net.connect(listener.port, "127.0.0.1");
      client.end("request");
      await until("connection", () => accepted !== undefined);
      await new Promise((resolve) => setTimeout(resolve, 30));
      expectEqual("read before resume", record.receivedBytes, 0);
      accepted!.resume();
      await until("end", () => record.has("end"));
      expectEqual("text", record.text, "request");
      expectEqual("client's port", accepted!.remotePort, client.localPort);
      let answer = "";
      client.on("data", (bytes) => (answer += bytes.toString()));
      say(accepted!, sockets, "answer");
      accepted!.shutdown();
      await until("close", () => record.has("close orderly") && answer === "answer");

      let failure = "";
      sockets.listenTcp({
        address: "127.0.0.1",
        port: listener.port,
        onListening: () => (failure = "listens"),
        onError: (error) => (failure = error),
        onConnection() {},
      });
      await until("failure", () => failure !== "");
      expectEqual("failure", failure, "EADDRINUSE");
    },
  },
  {
    name: "close resets what is open and frees the ports",
    run: async (sockets) => {
      let accepted = 0;
      const listener = await listen(sockets, () => accepted++);
      const client = net.connect(listener.port, "127.0.0.1");
      let ended = "";
      client.on("error", (error: NodeJS.ErrnoException) => (ended = error.code ?? "?"));
      client.on("close", () => (ended ||= "closed"));
      client.resume();
      await until("accept", () => accepted === 1);
      sockets.close();
      await until("end", () => ended !== "");
      const again = net.createServer();
      await new Promise<void>((resolve, reject) => {
        again.on("error", reject);
        again.listen(listener.port, "127.0.0.1", resolve);
      });
      again.close();
    },
  },
];

const UDP_CHECKS: HostSocketsCheck[] = [
  {
    name: "a connected UDP socket exchanges datagrams with its peer, and with nobody else",
    run: async (sockets) => {
      const peer = dgram.createSocket("udp4");
      const stranger = dgram.createSocket("udp4");
      await new Promise<void>((resolve) => peer.bind(0, "127.0.0.1", resolve));
      let from = 0;
      peer.on("message", (bytes, remote) => {
        from = remote.port;
        peer.send(bytes, remote.port, remote.address);
      });
      const seen: string[] = [];
      const socket = sockets.connectUdp("127.0.0.1", peer.address().port, {
        onDatagram: (_socket, bytes, address, port) =>
          seen.push(`${Buffer.from(bytes).toString()} ${address} ${port}`),
        onError: (_socket, error) => seen.push(error),
      });
      socket.send(encoder.encode("xping"), 1, 4, "", 0);
      await until("echo", () => seen.length > 0);
      await new Promise<void>((resolve) =>
        stranger.send("stranger", from, "127.0.0.1", () => resolve()),
      );
      socket.send(new Uint8Array(0), 0, 0, "", 0);
      await until("empty echo", () => seen.length > 1);
      const port = peer.address().port;
      expectEqual("seen", seen, [`ping 127.0.0.1 ${port}`, ` 127.0.0.1 ${port}`]);
      peer.close();
      stranger.close();
    },
  },
  {
    name: "a UDP port where nobody listens is reported, and the socket lives on",
    lacksOnDeno: "its node:dgram drops ICMP errors of connected sockets",
    run: async (sockets) => {
      const peer = dgram.createSocket("udp4");
      await new Promise<void>((resolve) => peer.bind(0, "127.0.0.1", resolve));
      const { port } = peer.address();
      await new Promise<void>((resolve) => peer.close(resolve));
      const errors: string[] = [];
      const socket = sockets.connectUdp("127.0.0.1", port, {
        onDatagram() {},
        onError: (_socket, error) => errors.push(error),
      });
      for (let count = 0; count < 3; count++) {
        socket.send(encoder.encode("anybody?"), 0, 8, "", 0);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await until("the report", () => errors.includes("ECONNREFUSED"));
      expectEqual("still open", socket.send(encoder.encode("x"), 0, 1, "", 0), true);
    },
  },
  {
    name: "a bound UDP socket names its port and answers whoever asks; a used port is refused",
    run: async (sockets) => {
      const socket = sockets.bindUdp("127.0.0.1", 0, {
        onDatagram: (self, bytes, address, port) =>
          void self.send(bytes, 0, bytes.length, address, port),
        onError() {},
      });
      await until("port", () => socket.port !== 0);
      const client = dgram.createSocket("udp4");
      let answer = "";
      client.on("message", (bytes) => (answer = bytes.toString()));
      client.send("hello", socket.port, "127.0.0.1");
      await until("answer", () => answer === "hello");
      client.close();
      let failure = "";
      sockets.bindUdp("127.0.0.1", socket.port, {
        onDatagram() {},
        onError: (_socket, error) => (failure = error),
      });
      await until("failure", () => failure !== "");
      expectEqual("failure", failure, "EADDRINUSE");
    },
  },
];

function resolve(
  sockets: HostSockets,
  ...[name, type]: [string, Parameters<HostSockets["resolve"]>[1]]
): Promise<LookupResult> {
  return new Promise((done) => sockets.resolve(name, type, done));
}

const NAME_CHECKS: HostSocketsCheck[] = [
  {
    name: "localhost resolves as for any program of the host; an unknown name never resolves",
    run: async (sockets) => {
      const found = await resolve(sockets, "localhost", "A");
      expectEqual("localhost", found, {
        status: "ok",
        records: [{ type: "A", address: "127.0.0.1" }],
      });
      const unknown = await resolve(sockets, "no-such-name.invalid", "A");
      expectEqual("status", ["no-name", "failed"].includes(unknown.status), true);
      const mail = await resolve(sockets, "no-such-name.invalid", "MX");
      expectEqual("status", ["no-name", "failed"].includes(mail.status), true);
    },
  },
  {
    name: "the host knows its own addresses",
    run: async (sockets) => {
      expectEqual("loopback", sockets.isHostAddress("127.0.0.1"), true);
      expectEqual("TEST-NET-1", sockets.isHostAddress("192.0.2.1"), false);
    },
  },
];

export const HOST_SOCKETS_CHECKS: readonly HostSocketsCheck[] = [
  ...TCP_CHECKS,
  ...UDP_CHECKS,
  ...NAME_CHECKS,
];
