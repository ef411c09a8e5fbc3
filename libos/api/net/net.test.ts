import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { PassThrough, pipeline } from "node:stream";
import { promisify } from "node:util";
import t from "tap";
import { happened } from "../shared/testing/journal.ts";
import { createTestNetwork, type TestSystem } from "../shared/testing/test-system.ts";
import { createJoinedSystems } from "../shared/testing/whole-system.ts";
import { createLookup } from "../dns/lookup.ts";
import { createNet, type Net, type NetSocket } from "./mod.ts";

interface Teardown {
  teardown(handler: () => unknown): unknown;
}

function joined(t: Teardown): { a: Net; b: Net } {
  const systems = createJoinedSystems();
  t.teardown(() => systems.stop());
  return { a: systems.a.net, b: systems.b.net };
}

/** One system over the fake transport, which counts holds. */
function single(t: Teardown): { net: Net; system: TestSystem; silence(address: number): void } {
  const network = createTestNetwork();
  t.teardown(() => network.close());
  const system = network.system("10.0.0.1", { "A broken.test": "ESERVFAIL" });
  const lookup = createLookup(system.context, () => "verbatim");
  return {
    net: createNet(system.context, lookup),
    system,
    silence: (address) => void network.wire.silent.add(address),
  };
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function errorOf(socket: NetSocket): Promise<Error & { code?: string }> {
  const [error] = await happened(socket as never, "error");
  return error as Error & { code?: string };
}

t.test("two systems on a cable exchange a megabyte in both directions", async (t) => {
  const { a, b } = joined(t);
  const sent = randomBytes(1024 * 1024);
  const server = b.createServer((socket) => void socket.pipe(socket));
  server.listen(7);
  const socket = a.connect(7, "b.test");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk));
  socket.end(sent);
  await happened(socket as never, "close");
  t.ok(Buffer.concat(chunks).equals(sent));
  server.close();
  await happened(server as never, "close");
});

t.test("node:stream's pipeline and finished understand our sockets", async (t) => {
  const { a, b } = joined(t);
  const server = b.createServer((socket) => {
    pipeline(socket as never, new PassThrough(), socket as never, () => {});
  });
  server.listen(7);
  const socket = a.connect(7, "10.0.0.2");
  const target = new PassThrough();
  const read = promisify(pipeline)(socket as never, target as never);
  socket.end("through");
  await read;
  t.equal(String(target.read()), "through");
  server.close();
});

t.test("a received Buffer is the application's own", async (t) => {
  const { a, b } = joined(t);
  const kept: Buffer[] = [];
  const server = b.createServer((socket) => socket.on("data", (chunk) => kept.push(chunk)));
  server.listen(7);
  const socket = a.connect(7, "10.0.0.2");
  for (const text of ["one", "two", "three"]) {
    socket.write(text);
    await wait(5);
  }
  socket.end();
  await happened(socket as never, "close");
  t.equal(kept.map(String).join(" "), "one two three");
});

t.test("a reader that stops holds the writer, and nothing grows meanwhile", async (t) => {
  const { a, b } = joined(t);
  let accepted: NetSocket | undefined;
  const server = b.createServer({ pauseOnConnect: true }, (socket) => {
    accepted = socket;
  });
  server.listen(7);
  const socket = a.connect(7, "10.0.0.2");
  await happened(socket as never, "connect");
  const chunk = Buffer.alloc(65_536);
  let written = 0;
  while (socket.write(chunk, () => (written += chunk.length)));
  socket.on("drain", () => socket.write(chunk, () => (written += chunk.length)));
  await wait(100);
  const before = written;
  await wait(100);
  t.equal(written, before, "the writer waits");
  t.ok(written < 16 * 1024 * 1024, `${written} bytes were taken`);
  t.equal(accepted?.readableLength, 0);
  socket.destroy();
  accepted?.destroy();
});

t.test("small writes beyond what the send queue holds keep their order", async (t) => {
  const { a, b } = joined(t);
  const sent = randomBytes(3 * 1024 * 1024);
  const chunks: Buffer[] = [];
  const server = b.createServer({ pauseOnConnect: true }, (socket) => {
    socket.on("data", (chunk) => chunks.push(chunk));
    setTimeout(() => socket.resume(), 20);
  });
  server.listen(7);
  const socket = a.connect(7, "10.0.0.2");
  await happened(socket as never, "connect");
  let isRefused = false;
  for (let at = 0; at < sent.length; at += 1000) {
    if (!socket.write(sent.subarray(at, at + 1000))) isRefused = true;
  }
  t.equal(isRefused, true, "the writer is told to wait");
  t.equal(socket.bytesWritten, sent.length);
  await happened(socket as never, "drain");
  socket.end();
  await happened(socket as never, "close");
  t.ok(Buffer.concat(chunks).equals(sent));
});

t.test("an error in a data listener leaves the connection in order", async (t) => {
  const { a, b } = joined(t);
  const texts: string[] = [];
  const server = b.createServer((socket) => {
    socket.on("data", (chunk) => {
      texts.push(String(chunk));
      if (texts.length === 1) throw new Error("of the application");
    });
  });
  server.listen(7);
  const socket = a.connect(7, "10.0.0.2");
  socket.write("one");
  const error = await new Promise<Error>((resolve) => process.once("uncaughtException", resolve));
  t.equal(error.message, "of the application");
  socket.end("two");
  await happened(socket as never, "close");
  t.same(texts, ["one", "two"]);
});

t.test("nobody answers: ETIMEDOUT is what TCP says", async (t) => {
  const { net, system, silence } = single(t);
  silence(0x0a000063);
  const socket = net.connect(80, "10.0.0.99");
  const failed = errorOf(socket);
  await wait(10);
  const [connection] = system.context.tcp.connections;
  connection?.handler.onClose(connection, "ETIMEDOUT");
  t.equal((await failed).message, "connect ETIMEDOUT 10.0.0.99:80");
});

t.test("a time-out while connecting is the application's to act on", async (t) => {
  const { net, silence } = single(t);
  silence(0x0a000063);
  const socket = net.connect({ port: 80, host: "10.0.0.99", timeout: 20 });
  await happened(socket as never, "timeout");
  t.equal(socket.connecting, true);
  socket.destroy();
  await happened(socket as never, "close");
});

t.test("errors name the address and the port", async (t) => {
  const { net } = single(t);
  const messages: Record<string, () => NetSocket> = {
    "connect ENETUNREACH 192.0.2.1:80 - Local (0.0.0.0:0)": () => net.connect(80, "192.0.2.1"),
    "connect EAFNOSUPPORT ::1:80": () => net.connect(80, "::1"),
    "connect ENOTSUP /tmp/socket": () => net.connect("/tmp/socket"),
    "bind EADDRNOTAVAIL 10.0.0.9": () =>
      net.connect({ port: 80, host: "10.0.0.1", localAddress: "10.0.0.9" }),
    "getaddrinfo ENOTFOUND nowhere.test": () => net.connect(80, "nowhere.test"),
    "getaddrinfo EAI_AGAIN broken.test": () => net.connect(80, "broken.test"),
  };
  for (const [message, connect] of Object.entries(messages)) {
    t.equal((await errorOf(connect())).message, message);
  }
});

t.test("a socket that is connected does not connect again", async (t) => {
  const { net } = single(t);
  const server = net.createServer((socket) => void socket.resume());
  server.listen(80);
  const socket = net.connect(80, "127.0.0.1");
  await happened(socket as never, "connect");
  socket.connect(80, "127.0.0.1");
  t.equal((await errorOf(socket)).message, "connect EISCONN 127.0.0.1:80");
  server.close();
});

t.test("a server on a path or an IPv6 address says that there is none", async (t) => {
  const { net } = single(t);
  const onPath = net.createServer().listen("/tmp/socket");
  const [first] = await happened(onPath as never, "error");
  t.match(first, { code: "ENOTSUP", syscall: "listen", address: "/tmp/socket" });
  const onIpv6 = net.createServer().listen(80, "::1");
  const [second] = await happened(onIpv6 as never, "error");
  t.match(second, { message: "listen EAFNOSUPPORT: address family not supported ::1:80" });
});

t.test("listeners and sockets hold the system until they are gone", async (t) => {
  const { net, system } = single(t);
  const server = net.createServer((socket) => void socket.resume());
  server.listen(80);
  t.equal(system.holds, 1);
  server.unref();
  t.equal(system.holds, 0);
  const socket = net.connect(80, "127.0.0.1");
  t.equal(system.holds, 1);
  await happened(socket as never, "connect");
  await wait(5);
  t.equal(system.holds, 2, "both ends");
  socket.unref();
  t.equal(system.holds, 1);
  socket.end();
  await happened(socket as never, "close");
  await wait(10);
  t.equal(system.holds, 0);
  server.close();
  const refused = net.connect(81, "127.0.0.1");
  await errorOf(refused);
  const unreachable = net.connect("/tmp/socket");
  await errorOf(unreachable);
  t.equal(system.holds, 0, "what failed holds nothing");
});

t.test("what is closed with data to send holds the system until it is sent", async (t) => {
  const { net, system } = single(t);
  const server = net.createServer({ pauseOnConnect: true }, (socket) => {
    setTimeout(() => socket.resume(), 30);
  });
  server.listen(80).unref();
  const socket = net.connect(80, "127.0.0.1");
  await happened(socket as never, "connect");
  socket.write(Buffer.alloc(10_000));
  socket.destroy();
  await happened(socket as never, "close");
  t.ok(system.holds > 0);
  await wait(60);
  t.equal(system.holds, 0);
});

t.test("options of the socket reach TCP, before and after it is connected", async (t) => {
  const { net, system } = single(t);
  const server = net.createServer({ noDelay: true, keepAlive: true }, (socket) => socket.resume());
  server.listen(80);
  const socket = net.connect({ port: 80, host: "127.0.0.1", keepAlive: true });
  socket.setNoDelay(true);
  await happened(socket as never, "connect");
  socket.setKeepAlive(true, 5000);
  socket.setKeepAlive(false);
  await wait(5);
  const settings = [...system.context.tcp.connections].map(
    (connection) => (connection as unknown as { settings: string[] }).settings,
  );
  t.same(settings[0], ["keepAlive 7200000000", "noDelay true", "keepAlive 5000000", "keepAlive 0"]);
  t.same(settings[1], ["noDelay true", "keepAlive 7200000000"]);
  socket.destroy();
  server.close();
});

t.test("onread may stop, and resume goes on", async (t) => {
  const { a, b } = joined(t);
  const server = b.createServer((socket) => void socket.end("abcdefgh"));
  server.listen(7);
  let text = "";
  const buffers = [Buffer.alloc(3), Buffer.alloc(2)];
  const socket = a.connect({
    port: 7,
    host: "10.0.0.2",
    onread: {
      buffer: () => buffers[text.length % 2]!,
      callback(length, buffer) {
        text += String(buffer.subarray(0, length));
        return false;
      },
    },
  });
  await happened(socket as never, "connect");
  await wait(20);
  t.equal(text, "abc", "one piece, then it waits");
  while (text.length < 8) {
    socket.resume();
    await wait(2);
  }
  t.equal(text, "abcdefgh");
  socket.destroy();
  server.close();
});

t.test("await using closes a server", async (t) => {
  const { net } = single(t);
  const server = net.createServer().listen(80);
  await (server as unknown as AsyncDisposable)[Symbol.asyncDispose]();
  t.equal(server.listening, false);
});

t.test("a subclass of Socket is accepted as a socket", async (t) => {
  const { net } = single(t);
  class Greeter extends net.Socket {
    greet(): void {
      this.write("hello");
    }
  }
  const server = net.createServer((socket) => {
    socket.on("data", (chunk) => socket.end(String(chunk).toUpperCase()));
  });
  server.listen(80);
  const socket = new Greeter();
  socket.connect(80, "127.0.0.1", () => socket.greet());
  const [answer] = await happened(socket as never, "data");
  t.equal(String(answer), "HELLO");
  server.close();
});

t.test("defaults of address selection are the system's own", (t) => {
  const { net } = single(t);
  t.equal(net.getDefaultAutoSelectFamily(), true);
  t.equal(net.getDefaultAutoSelectFamilyAttemptTimeout(), 250);
  net.setDefaultAutoSelectFamily(false);
  net.setDefaultAutoSelectFamilyAttemptTimeout(3);
  t.equal(net.getDefaultAutoSelectFamily(), false);
  t.equal(net.getDefaultAutoSelectFamilyAttemptTimeout(), 10);
  t.equal(single(t).net.getDefaultAutoSelectFamily(), true);
  t.throws(() => net.setDefaultAutoSelectFamily(1 as never), { code: "ERR_INVALID_ARG_TYPE" });
  t.end();
});

t.test("an address that does not answer in time makes room for the next", async (t) => {
  const { net, silence } = single(t);
  silence(0x0a000063);
  const server = net.createServer((socket) => void socket.end());
  server.listen(80);
  const events: string[] = [];
  const socket = net.connect({
    port: 80,
    host: "two.test",
    autoSelectFamilyAttemptTimeout: 20,
    lookup: (_name, _options, callback) => {
      const found = ["10.0.0.99", "10.0.0.1"].map((address) => ({ address, family: 4 }));
      setTimeout(() => callback(null, found), 1);
    },
  });
  for (const event of ["connectionAttempt", "connectionAttemptTimeout", "connect"]) {
    socket.on(event, (address) => events.push(`${event} ${address ?? ""}`.trim()));
  }
  await happened(socket as never, "connect");
  t.same(events, [
    "connectionAttempt 10.0.0.99",
    "connectionAttemptTimeout 10.0.0.99",
    "connectionAttempt 10.0.0.1",
    "connect",
  ]);
  socket.destroy();
  server.close();
});

t.test("a connection for which memory runs out ends alone, and the server goes on", async (t) => {
  const { a, b } = joined(t);
  let count = 0;
  const server = b.createServer((socket) => {
    if (++count > 1) return void socket.end("later");
    throw Object.assign(new Error("out of memory"), { name: "InternalError" });
  });
  server.listen(7);
  const first = a.connect(7, "b.test");
  first.on("error", () => {});
  await happened(first as never, "close");
  const second = a.connect(7, "b.test");
  const [bytes] = await happened(second as never, "data");
  t.equal(String(bytes), "later");
});
