/** TCP through the gateway, on real sockets of this machine's loopback. */
import { once } from "node:events";
import nodeNet from "node:net";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import t from "tap";
import { createGatewayApp } from "./gateway-app.ts";
import {
  blocks,
  findFreePort,
  hashOf,
  hashOfBlocks,
  run,
  sleep,
  startTcpServer,
  until,
} from "./gateway-host.ts";

const HOST = "10.0.2.2";
const PUBLISH = { publish: [{ hostPort: 0, appPort: 80 }] };
const BULK_BYTES = 100 * 2 ** 20;

t.test("the application connects to a service of the host", async (t) => {
  const server = await startTcpServer((socket) => socket.pipe(socket));
  const app = await createGatewayApp();
  t.teardown(() => (app.close(), server.close()));
  const socket = app.net.connect({ port: server.port, host: HOST });
  await once(socket, "connect");
  socket.write("hello");
  const [answer] = await once(socket, "data");
  t.equal(String(answer), "hello");
  socket.end();
  await once(socket, "close");
  await until("the flow's end", () => app.mode.counters.tcpFlowsOpen === 0);
  t.match(app.mode.counters, {
    tcpFlowsOut: 1,
    tcpBytesOut: 5,
    tcpBytesIn: 5,
    tcpFlowsReset: 0,
    tcpFlowsPending: 0,
  });
});

t.test("a refused connection is refused at once, with Node's error", async (t) => {
  const app = await createGatewayApp();
  t.teardown(() => app.close());
  const port = await findFreePort();
  const socket = app.net.connect({ port, host: HOST });
  const [error] = await once(socket, "error");
  t.match(error, { code: "ECONNREFUSED", message: `connect ECONNREFUSED ${HOST}:${port}` });
});

t.test("100 MB to the host arrive intact", async (t) => {
  const result = Promise.withResolvers<string>();
  const server = await startTcpServer((socket) => {
    void hashOf(socket).then(result.resolve, result.reject);
    socket.on("end", () => socket.end());
  });
  const app = await createGatewayApp();
  t.teardown(() => (app.close(), server.close()));
  const socket = app.net.connect({ port: server.port, host: HOST });
  socket.resume();
  for (const block of blocks(BULK_BYTES)) {
    if (!socket.write(block)) await once(socket, "drain");
  }
  socket.end();
  t.equal(await result.promise, hashOfBlocks(BULK_BYTES));
});

t.test("100 MB from the host arrive intact", async (t) => {
  const server = await startTcpServer((socket) => Readable.from(blocks(BULK_BYTES)).pipe(socket));
  const app = await createGatewayApp();
  t.teardown(() => (app.close(), server.close()));
  const socket = app.net.connect({ port: server.port, host: HOST });
  t.equal(await hashOf(socket), hashOfBlocks(BULK_BYTES));
});

t.test("half-close passes in both directions", async (t) => {
  const events: string[] = [];
  const server = await startTcpServer((socket) => {
    socket.on("data", (bytes) => events.push(`host got ${bytes.toString()}`));
    socket.on("end", () => {
      events.push("host got the end");
      socket.write("still open ");
      setTimeout(() => socket.end("last words"), 20);
    });
  });
  const app = await createGatewayApp();
  t.teardown(() => (app.close(), server.close()));
  const socket = app.net.connect({ port: server.port, host: HOST, allowHalfOpen: true });
  await once(socket, "connect");
  socket.end("question");
  let text = "";
  socket.on("data", (bytes: Uint8Array) => (text += bytes.toString()));
  await once(socket, "end");
  t.equal(text, "still open last words");
  t.same(events, ["host got question", "host got the end"]);
  await until("the flow's end", () => app.mode.counters.tcpFlowsOpen === 0);

  const listener = app.net.createServer({ allowHalfOpen: true }, (peer) => {
    peer.on("end", () => setTimeout(() => peer.end("after the end"), 20));
    peer.resume();
  });
  listener.listen(80);
  const published = await app.mode.gateway.publish({ hostPort: 0, appPort: 80 });
  const client = nodeNet.connect({ port: published.hostPort, host: "127.0.0.1" });
  client.end("x");
  const [answer] = await once(client, "data");
  t.equal(String(answer), "after the end");
});

t.test("resets pass in both directions", async (t) => {
  let peer: nodeNet.Socket | undefined;
  let heard = "";
  const server = await startTcpServer((socket) => {
    peer = socket;
    socket.resume();
    socket.on("error", (error: NodeJS.ErrnoException) => (heard = error.code ?? "?"));
  });
  const app = await createGatewayApp();
  t.teardown(() => (app.close(), server.close()));

  const first = app.net.connect({ port: server.port, host: HOST });
  await once(first, "connect");
  await until("the peer", () => peer !== undefined);
  peer!.resetAndDestroy();
  const [error] = await once(first, "error");
  t.match(error, { code: "ECONNRESET" });

  peer = undefined;
  const second = app.net.connect({ port: server.port, host: HOST });
  await once(second, "connect");
  await until("the peer", () => peer !== undefined);
  second.resetAndDestroy();
  await until("the reset", () => heard !== "");
  t.equal(heard, "ECONNRESET");
  await until("the flows' end", () => app.mode.counters.tcpFlowsOpen === 0);
});

t.test("a published port leads to the application; clients keep their order", async (t) => {
  const app = await createGatewayApp(PUBLISH);
  t.teardown(() => app.close());
  const [port] = app.mode.published;
  t.ok(port!.hostPort > 0);
  const seen: string[] = [];
  const listener = app.net.createServer((socket) => {
    seen.push(socket.remoteAddress ?? "?");
    socket.end("hello\n");
  });
  listener.listen(80);
  for (let count = 0; count < 3; count++) {
    const client = nodeNet.connect({ port: port!.hostPort, host: "127.0.0.1" });
    const [answer] = await once(client, "data");
    t.equal(String(answer), "hello\n");
    await once(client, "close");
  }
  t.same(seen, [HOST, HOST, HOST]);
  t.equal(app.mode.counters.tcpFlowsIn, 3);
});

t.test("a port of an IPv6 address leads to the application too", async (t) => {
  const app = await createGatewayApp();
  t.teardown(() => app.close());
  app.net.createServer((socket) => socket.end(socket.remoteAddress)).listen(80);
  let hostPort: number;
  try {
    ({ hostPort } = await app.mode.gateway.publish({
      hostAddress: "::1",
      hostPort: 0,
      appPort: 80,
    }));
  } catch (error) {
    t.match(error, { code: /^(EADDRNOTAVAIL|EAFNOSUPPORT)$/ });
    t.fail("not checked", { skip: "this machine has no IPv6 loopback" });
    return;
  }
  const [answer] = await once(nodeNet.connect({ port: hostPort, host: "::1" }), "data");
  t.equal(String(answer), HOST);
});

t.test("a client of a port where the application does not listen is reset at once", async (t) => {
  const app = await createGatewayApp(PUBLISH);
  t.teardown(() => app.close());
  const started = performance.now();
  const client = nodeNet.connect({ port: app.mode.published[0]!.hostPort, host: "127.0.0.1" });
  client.resume();
  const [error] = await once(client, "error");
  t.match(error, { code: "ECONNRESET" });
  t.ok(performance.now() - started < 2_000);
  t.equal(app.mode.counters.tcpFlowsRefused, 1);
});

t.test("a used port is one clear error, and nothing stays open", async (t) => {
  const server = await startTcpServer(() => {});
  t.teardown(() => server.close());
  const free = await findFreePort();
  const publish = [
    { hostPort: free, appPort: 80 },
    { hostPort: server.port, appPort: 81 },
  ];
  await t.rejects(createGatewayApp({ publish }), {
    code: "EADDRINUSE",
    syscall: "listen",
    address: "127.0.0.1",
    port: server.port,
    message: new RegExp(`^cannot publish tcp port 127.0.0.1:${server.port}: the port is in use`),
  });
  const again = nodeNet.createServer().listen(free, "127.0.0.1");
  await once(again, "listening");
  again.close();
});

t.test("a host that reads slowly bounds what waits; the application waits with it", async (t) => {
  let peer: nodeNet.Socket | undefined;
  const server = await startTcpServer((socket) => {
    peer = socket;
    socket.pause();
  });
  const app = await createGatewayApp();
  t.teardown(() => (app.close(), server.close()));
  const socket = app.net.connect({ port: server.port, host: HOST });
  await once(socket, "connect");
  const block = Buffer.alloc(65_536, 7);
  let written = 0;
  let isPumping = true;
  const pump = (): void => {
    let hasRoom = isPumping;
    while (hasRoom) {
      written += block.length;
      hasRoom = socket.write(block);
    }
  };
  socket.on("drain", pump);
  pump();
  let before = -1;
  while (before !== app.mode.counters.tcpBytesOut) {
    before = app.mode.counters.tcpBytesOut;
    await sleep(200);
  }
  const waiting = written - before;
  t.ok(before < 64 * 2 ** 20, `the host has taken ${before}`);
  t.ok(waiting < 8 * 2 ** 20, `${waiting} wait`);
  const { memory } = app.mode.gateway.stack.kernel;
  t.ok(memory.usedBytes < 8 * 2 ** 20, `${memory.usedBytes} bytes of packet memory`);
  isPumping = false;
  let received = 0;
  peer!.on("data", (bytes) => (received += bytes.length));
  peer!.resume();
  await until("all that waited", () => received >= written);
  socket.destroy();
});

t.test("an application that reads slowly bounds what waits; the host waits with it", async (t) => {
  let sent = 0;
  let isPumping = true;
  const server = await startTcpServer((socket) => {
    const block = Buffer.alloc(65_536, 7);
    const pump = (): void => {
      let hasRoom = isPumping;
      while (hasRoom) {
        sent += block.length;
        hasRoom = socket.write(block);
      }
    };
    socket.on("drain", pump);
    pump();
  });
  const app = await createGatewayApp();
  t.teardown(() => (app.close(), server.close()));
  const socket = app.net.connect({ port: server.port, host: HOST });
  socket.pause();
  await once(socket, "connect");
  let before = -1;
  while (before !== sent) {
    before = sent;
    await sleep(200);
  }
  t.ok(sent < 64 * 2 ** 20, `the host has sent ${sent}`);
  t.ok(app.mode.counters.tcpBytesIn < 16 * 2 ** 20);
  isPumping = false;
  let received = 0;
  socket.on("data", (bytes: Uint8Array) => (received += bytes.length));
  socket.resume();
  await until("all that waited", () => received >= before);
  socket.destroy();
});

t.test("data that was accepted before the system ends still reaches the host", async (t) => {
  const result = Promise.withResolvers<string>();
  const server = await startTcpServer((socket) => {
    void hashOf(socket).then(result.resolve, result.reject);
    socket.end();
  });
  t.teardown(() => server.close());
  const app = await createGatewayApp();
  const socket = app.net.connect({ port: server.port, host: HOST, allowHalfOpen: true });
  socket.resume();
  for (const block of blocks(2 ** 20)) socket.write(block);
  socket.end();
  await once(socket, "close");
  await app.drain();
  app.close();
  t.equal(await result.promise, hashOfBlocks(2 ** 20));
  await app.mode.closed;
});

t.test("a process ends with its application, although ports are published", async (t) => {
  const script = fileURLToPath(new URL("./gateway-exit.ts", import.meta.url));
  const started = performance.now();
  t.equal(await run(process.execPath, [script]), "hello\n");
  t.ok(performance.now() - started < 10_000);
});

t.test("closing the system resets its flows and frees its ports", async (t) => {
  const app = await createGatewayApp(PUBLISH);
  const { hostPort } = app.mode.published[0]!;
  app.net.createServer((socket) => socket.resume()).listen(80);
  const client = nodeNet.connect({ port: hostPort, host: "127.0.0.1" });
  client.on("error", () => {});
  await once(client, "connect");
  client.write("x");
  await until("the flow", () => app.mode.counters.tcpBytesIn === 1);
  const closed = new Promise((resolve) => client.on("close", resolve));
  app.close();
  await closed;
  await app.mode.closed;
  const again = nodeNet.createServer();
  const listening = once(again, "listening");
  again.listen(hostPort, "127.0.0.1");
  await listening;
  again.close();
  t.equal(app.mode.counters.tcpFlowsOpen, 0);
});
