import { Buffer } from "node:buffer";
import t from "tap";
import { SEND, type SendResult } from "../../../components/ip/mod.ts";
import type { UdpSocket } from "../../../components/udp/types.ts";
import { createLookup } from "../dns/lookup.ts";
import { happened } from "../shared/testing/journal.ts";
import { createTestNetwork, type TestSystem } from "../shared/testing/test-system.ts";
import { createJoinedSystems } from "../shared/testing/whole-system.ts";
import { type Dgram, createDgram } from "./mod.ts";
import { Outbox } from "./outbox.ts";

interface Teardown {
  teardown(handler: () => unknown): unknown;
}

function joined(t: Teardown): { a: Dgram; b: Dgram } {
  const systems = createJoinedSystems();
  t.teardown(() => systems.stop());
  return { a: systems.a.dgram, b: systems.b.dgram };
}

function single(t: Teardown): { dgram: Dgram; system: TestSystem } {
  const network = createTestNetwork();
  t.teardown(() => network.close());
  const system = network.system("10.0.0.1");
  return {
    dgram: createDgram(
      system.context,
      createLookup(system.context, () => "verbatim"),
    ),
    system,
  };
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

t.test("two systems on a cable exchange datagrams, in fragments too", async (t) => {
  const { a, b } = joined(t);
  const server = b.createSocket("udp4", (message, remote) => {
    server.send(message, remote.port, remote.address);
  });
  server.bind(7);
  await happened(server as never, "listening");
  const client = a.createSocket("udp4");
  const sent = Buffer.alloc(9000, "abc");
  client.send(sent, 7, "b.test");
  const [message, remote] = await happened(client as never, "message");
  t.ok((message as Buffer).equals(sent));
  t.match(remote, { address: "10.0.0.2", family: "IPv4", port: 7, size: 9000 });
  client.close();
  server.close();
});

t.test("a broadcast needs permission, and reaches everybody on the cable", async (t) => {
  const { a, b } = joined(t);
  const server = b.createSocket("udp4");
  server.bind(7);
  await happened(server as never, "listening");
  const client = a.createSocket("udp4");
  client.bind(0);
  await happened(client as never, "listening");
  const error = await new Promise<Error | null>((resolve) => {
    client.send("x", 7, "255.255.255.255", resolve);
  });
  t.match(error, { message: "send EACCES 255.255.255.255:7", code: "EACCES" });
  client.setBroadcast(true);
  client.send("to all", 7, "255.255.255.255");
  const [message] = await happened(server as never, "message");
  t.equal(String(message), "to all");
  client.close();
  server.close();
});

t.test("a socket with reuseAddr shares its port", async (t) => {
  const { dgram } = single(t);
  const first = dgram.createSocket({ type: "udp4", reuseAddr: true });
  const second = dgram.createSocket({ type: "udp4", reuseAddr: true });
  first.bind(5353);
  await happened(first as never, "listening");
  second.bind(5353);
  await happened(second as never, "listening");
  t.equal(second.address().port, 5353);
});

t.test("what is not there says so: IPv6, multicast groups", async (t) => {
  const { dgram } = single(t);
  const ipv6 = dgram.createSocket("udp6");
  ipv6.bind(0);
  const [error] = await happened(ipv6 as never, "error");
  t.match(error, { message: "bind EAFNOSUPPORT ::", syscall: "bind" });
  const socket = dgram.createSocket("udp4");
  socket.bind(0);
  await happened(socket as never, "listening");
  for (const call of ["addMembership", "dropMembership"] as const) {
    t.throws(() => socket[call]("224.0.0.251"), { message: `${call} ENOTSUP` });
  }
  t.throws(() => socket.setMulticastTTL(3), { message: "setMulticastTTL ENOTSUP" });
});

t.test("close waits for what was asked before", async (t) => {
  const { a, b } = joined(t);
  const server = b.createSocket("udp4");
  server.bind(7);
  await happened(server as never, "listening");
  const client = a.createSocket("udp4");
  client.send("last words", 7, "10.0.0.2");
  client.close();
  const [message] = await happened(server as never, "message");
  t.equal(String(message), "last words");
  server.close();
});

t.test("bound sockets hold the system, unless they are unreferenced", async (t) => {
  const { dgram, system } = single(t);
  const socket = dgram.createSocket("udp4");
  t.equal(system.holds, 0);
  socket.bind(0);
  await happened(socket as never, "listening");
  t.equal(system.holds, 1);
  socket.unref();
  t.equal(system.holds, 0);
  socket.ref();
  socket.close();
  t.equal(system.holds, 0);
});

t.test("an error in a message listener does not lose the next datagram", async (t) => {
  const { dgram } = single(t);
  const texts: string[] = [];
  const socket = dgram.createSocket("udp4", (message) => {
    texts.push(String(message));
    if (texts.length === 1) throw new Error("of the application");
  });
  socket.bind(7);
  await happened(socket as never, "listening");
  socket.send("one", 7);
  socket.send("two", 7);
  const error = await new Promise<Error>((resolve) => process.once("uncaughtException", resolve));
  t.equal(error.message, "of the application");
  await wait(10);
  t.same(texts, ["one", "two"]);
  socket.close();
});

t.test("a full device makes datagrams wait in order, up to a bound", (t) => {
  const deferred: (() => void)[] = [];
  const outbox = new Outbox({ defer: (callback) => void deferred.push(callback) }, 10);
  const sent: string[] = [];
  let result: SendResult = SEND.FULL;
  const udp = {
    send: (bytes: Uint8Array) => {
      if (result === SEND.OK) sent.push(String(bytes));
      return result;
    },
  } as unknown as UdpSocket;
  const to = { address: 1, port: 2, text: "0.0.0.1" };
  const results: unknown[] = [];
  const send = (bytes: Uint8Array): void =>
    outbox.send(
      udp,
      {
        message: bytes,
        port: 2,
        address: undefined,
        callback: (error, length) => results.push(error?.message ?? length),
      },
      to,
    );
  const reused = Uint8Array.of(1, 1, 1, 1);
  send(reused);
  reused.fill(9);
  send(Uint8Array.of(2, 2, 2, 2));
  send(Uint8Array.of(3, 3, 3, 3));
  t.same([outbox.count, outbox.bytes], [2, 8]);
  result = SEND.OK;
  outbox.sendQueued(udp);
  t.same(sent, ["1,1,1,1", "2,2,2,2"]);
  t.same([outbox.count, outbox.bytes], [0, 0]);
  for (const callback of deferred) callback();
  t.same(results, ["send ENOBUFS 0.0.0.1:2", 4, 4]);
  t.end();
});
