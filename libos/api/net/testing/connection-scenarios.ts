/** Scripts about connecting, refusing, resetting and destroying. */
import type { AddressInfo } from "node:net";
import { happened } from "../../shared/testing/journal.ts";
import { connect, freePort, HOST, listen, pause, watchSocket, type Scenario } from "./scenario.ts";

export const CONNECTION_SCENARIOS: readonly Scenario[] = [
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
    name: "a block list refuses an address",
    async run(net, journal) {
      const blockList = new net.BlockList();
      blockList.addSubnet("127.0.0.0", 8);
      const client = connect(net, journal, 9, { blockList });
      await happened(client, "close");
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
    name: "connect on a socket that connects",
    async run(net, journal) {
      const server = net.createServer((socket) => socket.on("error", () => {}).resume());
      server.listen(0, HOST);
      await happened(server, "listening");
      const { port } = server.address() as AddressInfo;
      journal.namePort(port, "PORT");
      const client = net.connect(port, HOST);
      client.on("connect", () => journal.note("client", "connected"));
      client.on("error", (error: Error & { code?: string }) => {
        journal.note("client", error.code, error.message.split(" - ")[0]);
      });
      client.connect(port, HOST);
      await happened(client, "close");
      server.close();
      await pause(10);
    },
  },
  {
    name: "writes and ends after destroy",
    async run(net, journal) {
      const { server, port } = await listen(net, journal, {}, (socket) => {
        socket.on("error", () => {});
        socket.resume();
      });
      const client = connect(net, journal, port);
      await happened(client, "connect");
      client.destroy();
      client.write("x", (error) => journal.note("client", "written", error));
      client.end((error?: Error) => journal.note("client", "ended", error));
      client.destroy(new Error("too late"));
      client.setTimeout(5, () => journal.note("client", "never"));
      await happened(client, "close");
      await pause(15);
      server.close();
      await happened(server, "close");
    },
  },
  {
    name: "an own port that is taken",
    async run(net, journal) {
      const { server, port } = await listen(net, journal, {}, (socket) => socket.resume());
      const client = connect(net, journal, port, { localAddress: HOST, localPort: port });
      await happened(client, "close");
      server.close();
      await happened(server, "close");
    },
  },
  {
    name: "the listener of connect, and values of the connected socket",
    async run(net, journal) {
      const { server, port } = await listen(net, journal, {}, (socket) => {
        journal.note("accepted", socket.localAddress, socket.localPort, socket.localFamily);
        journal.note("accepted", socket.remoteAddress, socket.remoteFamily, socket.readyState);
        journal.note("accepted", socket.server === server, socket.allowHalfOpen, socket.pending);
        journal.note("accepted", socket.timeout, socket.bytesRead, socket.bufferSize);
        journal.note("accepted", socket.readableHighWaterMark, socket.writableHighWaterMark);
        socket.end();
      });
      const client = net.connect({ port, host: HOST }, function (this: unknown) {
        journal.note("listener", this === client, client.connecting, client.writableLength);
      });
      watchSocket(journal, "client", client).resume();
      await happened(client, "close");
      server.close();
      await happened(server, "close");
    },
  },
];
