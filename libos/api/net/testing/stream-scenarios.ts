/** Scripts about data, back-pressure, ends and time-outs. */
import { Buffer } from "node:buffer";
import { PassThrough, pipeline } from "node:stream";
import { happened } from "../../shared/testing/journal.ts";
import { connect, listen, pause, type Scenario } from "./scenario.ts";

export const STREAM_SCENARIOS: readonly Scenario[] = [
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
      client.setTimeout(400);
      for (let round = 0; round < 10; round++) {
        await pause(50);
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
    name: "a write long after the peer has ended: its callback hears of EPIPE",
    async run(net, journal) {
      const { server, port } = await listen(net, journal, {}, (socket) => {
        socket.resume();
        socket.on("close", () => {
          setTimeout(() => {
            socket.write("x", (error) => journal.note("accepted", "written", error?.message));
          }, 20);
        });
      });
      const client = connect(net, journal, port);
      client.resume();
      client.end("hello");
      await happened(client, "close");
      await pause(60);
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
    name: "data that waits is read after both sides have ended",
    async run(net, journal) {
      const { server, port } = await listen(net, journal, { allowHalfOpen: true }, (socket) => {
        socket.resume();
        socket.on("end", () => socket.end(Buffer.alloc(150_000)));
      });
      const client = connect(net, journal, port, { allowHalfOpen: true });
      client.pause();
      client.end("x");
      await pause(80);
      journal.note("client", client.bytesRead < 150_000, client.readyState);
      let received = 0;
      client.on("data", (chunk) => (received += chunk.length));
      client.resume();
      await happened(client, "close");
      journal.note("client", received);
      server.close();
      await happened(server, "close");
    },
  },
  {
    name: "pause and resume, again and again",
    async run(net, journal) {
      const total = 2 * 1024 * 1024;
      const { server, port } = await listen(net, journal, {}, (socket) => {
        socket.end(Buffer.alloc(total, "abc"));
      });
      const client = connect(net, journal, port);
      let received = 0;
      let isRight = true;
      client.on("data", (chunk: Buffer) => {
        isRight &&= chunk[0] === Buffer.from("abc")[received % 3];
        received += chunk.length;
        client.pause();
        setTimeout(() => client.resume(), 1);
      });
      await happened(client, "close");
      journal.note("client", received, isRight);
      server.close();
      await happened(server, "close");
    },
  },
  {
    name: "readable events and read",
    async run(net, journal) {
      const { server, port } = await listen(net, journal, {}, (socket) => {
        socket.end("abcdefghij");
      });
      const client = connect(net, journal, port);
      let text = "";
      client.on("readable", () => {
        for (let part = client.read(3); part !== null; part = client.read(3)) text += `${part}|`;
        const rest = client.read();
        if (rest !== null) text += `${rest}|`;
      });
      await happened(client, "close");
      journal.note("client", text);
      server.close();
      await happened(server, "close");
    },
  },
];
