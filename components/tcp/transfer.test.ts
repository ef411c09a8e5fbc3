import t from "tap";
import { createStack } from "../testing/stack.ts";
import { createTestWorld } from "../testing/world.ts";
import { createTcp, NULL_HANDLER, type TcpConnection, type TcpError } from "./mod.ts";

t.test("two stacks transfer data both ways and close", async (t) => {
  const world = createTestWorld();
  const cable = world.cable();
  const a = createStack(world.host("a", [cable.a]), cable.a, "10.0.0.1/24");
  const b = createStack(world.host("b", [cable.b]), cable.b, "10.0.0.2/24");
  const tcpA = createTcp({ network: a.ip, kernel: a.kernel, entropy: a.host.hal.entropy });
  const tcpB = createTcp({ network: b.ip, kernel: b.kernel, entropy: b.host.hal.entropy });
  a.kernel.onFlush(() => {
    tcpA.flush();
    a.ethernet.flush();
  });
  b.kernel.onFlush(() => {
    tcpB.flush();
    b.ethernet.flush();
  });
  let received = 0;
  let sum = 0;
  const closes: (TcpError | undefined)[] = [];
  const handlerB = {
    onConnect() {},
    onData(_: TcpConnection, offset: number, length: number) {
      received += length;
      for (let i = 0; i < length; i++) sum = (sum * 31 + world.slab.bytes[offset + i]!) | 0;
      return length;
    },
    onEnd(c: TcpConnection) {
      c.shutdown();
    },
    onSpace() {},
    onClose(_: TcpConnection, error: TcpError | undefined) {
      closes.push(error);
    },
  };
  tcpB.listen({
    address: 0,
    port: 80,
    onConnection(c) {
      c.handler = handlerB;
    },
  });
  const total = 3_000_000;
  let sent = 0;
  let expected = 0;
  const chunk = new Uint8Array(10_000);
  function pump(c: TcpConnection) {
    while (sent < total) {
      const n = Math.min(chunk.length, total - sent);
      for (let i = 0; i < n; i++) chunk[i] = ((sent + i) * 7) >> 3;
      const taken = c.send(chunk, 0, n);
      for (let i = 0; i < taken; i++) expected = (expected * 31 + chunk[i]!) | 0;
      sent += taken;
      if (taken < n) return;
    }
    c.shutdown();
  }
  const c = tcpA.connect({
    address: 0x0a000002,
    port: 80,
    handler: {
      onConnect: pump,
      onData: (_c, _o, n) => n,
      onEnd() {},
      onSpace: pump,
      onClose(_c, error) {
        closes.push(error);
      },
    },
  });
  t.not(typeof c, "string");
  world.runFor(5_000_000);
  t.equal(received, total);
  t.equal(sum, expected);
  t.same(closes, [undefined, undefined]);
  t.equal(tcpB.connectionCount, 0);
  world.runFor(100_000_000);
  t.equal(tcpA.connectionCount, 0);
  t.equal(tcpA.counters.retransmittedSegments, 0);
});

t.test("a system talks to itself over the loopback", async (t) => {
  const world = createTestWorld();
  const cable = world.cable();
  const a = createStack(world.host("a", [cable.a]), cable.a, "10.0.0.1/24");
  const tcp = createTcp({ network: a.ip, kernel: a.kernel, entropy: a.host.hal.entropy });
  a.kernel.onFlush(() => tcp.flush());
  tcp.listen({
    address: 0,
    port: 80,
    onConnection(connection) {
      connection.handler = {
        ...NULL_HANDLER,
        onData: (other, offset, length) => other.sendPacketMemory(offset, length),
        onSpace: (other) => other.resume(),
        onEnd: (other) => other.shutdown(),
      };
    },
  });
  const bytes = new Uint8Array(300_000).fill(0x5a);
  let echoed = 0;
  let closed: TcpError | undefined | "open" = "open";
  tcp.connect({
    address: 0x7f000001,
    port: 80,
    handler: {
      ...NULL_HANDLER,
      onConnect(connection) {
        t.equal(connection.send(bytes, 0, bytes.length), bytes.length);
        connection.shutdown();
      },
      onData(_, _offset, length) {
        echoed += length;
        return length;
      },
      onClose(_, error) {
        closed = error;
      },
    },
  });
  world.runFor(1_000_000);
  t.equal(echoed, bytes.length);
  t.equal(closed, undefined);
  t.equal(tcp.counters.retransmittedSegments, 0);
});
