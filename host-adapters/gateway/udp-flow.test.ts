import t from "tap";
import { SEND } from "../../components/ip/mod.ts";
import type { Udp } from "../../components/udp/types.ts";
import { createTimerQueue } from "../../libos/kernel/mod.ts";
import { createGatewayCounters } from "./counters.ts";
import { GATEWAY_LIMITS } from "./limits.ts";
import { createGatewayNetwork } from "./network.ts";
import { FakeSockets } from "./testing/fake-sockets.ts";
import { type UdpFlow, UdpFlowTable } from "./udp-flow.ts";
import { publishUdp } from "./udp-in.ts";
import { createUdpOut } from "./udp-out.ts";

const APP = 0x0a00020f;
const GATEWAY = 0x0a000202;
const REMOTE = 0xc0000201;

function createWorld(limits = {}) {
  const timers = createTimerQueue(() => {});
  const counters = createGatewayCounters();
  const sockets = new FakeSockets();
  const network = createGatewayNetwork();
  const memory = new Uint8Array(100);
  const events: string[] = [];
  let nowUs = 0;
  const sent: { from: number; fromPort: number; to: number; toPort: number; text: string }[] = [];
  const udp: Pick<Udp, "sendFrom"> = {
    sendFrom(from, fromPort, to, toPort, bytes, offset, length) {
      const text = String.fromCharCode(...bytes.subarray(offset, offset + length));
      sent.push({ from, fromPort, to, toPort, text });
      return SEND.OK;
    },
  };
  const flows = new UdpFlowTable({
    timers,
    counters,
    nowUs: () => nowUs,
    limits: { ...GATEWAY_LIMITS, ...limits },
  });
  const needs = { memory, counters, flows, sockets, network, udp: udp as Udp };
  const out = createUdpOut({
    ...needs,
    reportUnreachable: (flow: UdpFlow, what) => events.push(`${what} ${flow.peerPort}`),
    serveNames: () => events.push("names"),
  });
  return {
    counters,
    sockets,
    events,
    sent,
    flows,
    needs,
    send(text: string, port: number, address = REMOTE, appPort = 1000): void {
      for (let index = 0; index < text.length; index++) memory[index] = text.charCodeAt(index);
      out.onDatagram(0, text.length, APP, appPort, address, port);
    },
    advance(us: number): void {
      nowUs += us;
      timers.run(nowUs);
    },
  };
}

t.test("a flow has one socket, and answers come from its peer", async (t) => {
  const { sockets, send, sent, counters } = createWorld();
  send("ping", 7);
  send("pong", 7);
  t.equal(sockets.udp.length, 1);
  t.match(sockets.udp[0], { address: "192.0.2.1", port: 7 });
  t.same(
    sockets.udp[0]!.sent.map(({ text }) => text),
    ["ping", "pong"],
  );
  sockets.udp[0]!.deliver("answer");
  t.same(sent, [{ from: REMOTE, fromPort: 7, to: APP, toPort: 1000, text: "answer" }]);
  send("other", 8);
  send("other", 7, GATEWAY);
  t.equal(sockets.udp.length, 3);
  t.equal(sockets.udp[2]!.address, "127.0.0.1");
  t.match(counters, { udpDatagramsOut: 4, udpDatagramsIn: 1, udpBytesIn: 6, udpFlowsOpen: 3 });
});

t.test("a flow ends when it was idle for long, in both directions", async (t) => {
  const { sockets, send, advance, counters } = createWorld({ udpIdleUs: 1000 });
  send("ping", 7);
  advance(900);
  sockets.udp[0]!.deliver("answer");
  advance(900);
  t.notOk(sockets.udp[0]!.isClosed);
  advance(200);
  t.ok(sockets.udp[0]!.isClosed);
  t.equal(counters.udpFlowsOpen, 0);
  send("ping", 7);
  t.equal(sockets.udp.length, 2);
});

t.test("at the bound the flow that was idle longest gives way", async (t) => {
  const { sockets, send, advance, counters } = createWorld({ udpFlows: 3 });
  for (const port of [1, 2, 3]) {
    send("x", port);
    advance(10);
  }
  send("x", 1);
  advance(10);
  send("x", 4);
  t.same(
    sockets.udp.map(({ isClosed }) => isClosed),
    [false, true, false, false],
  );
  t.match(counters, { udpFlowsEvicted: 1, udpFlowsOpen: 3 });
});

t.test("a port where nobody listens is reported, and the flow lives on", async (t) => {
  const { sockets, send, events } = createWorld();
  send("x", 9);
  const socket = sockets.udp[0]!;
  socket.handler.onError(socket, "ECONNREFUSED");
  socket.handler.onError(socket, "EMSGSIZE");
  t.same(events, ["port 9"]);
  t.notOk(socket.isClosed);
  socket.handler.onError(socket, "ENETUNREACH");
  t.same(events, ["port 9", "net 9"]);
  t.ok(socket.isClosed);
});

t.test("nothing leaves to groups, neighbours that don't exist, or loopback", async (t) => {
  const { sockets, send, counters, events } = createWorld();
  for (const address of [0xe0000001, 0xffffffff, 0x0a0002ff, 0x0a000207, 0x7f000001, 0]) {
    send("x", 9, address);
  }
  send("x", 0);
  t.equal(sockets.udp.length, 0);
  t.equal(counters.udpDropped, 7);
  send("x", 53, 0x0a000203);
  t.same(events, ["names"]);
});

function publish(world: ReturnType<typeof createWorld>) {
  const failures: string[] = [];
  publishUdp(
    { ...world.needs, random: (below) => below - 1 },
    {
      hostAddress: "127.0.0.1",
      hostPort: 5353,
      appAddress: APP,
      appPort: 53,
      onListening: () => failures.push("listening"),
      onError: (error) => failures.push(error),
    },
  );
  return { failures, socket: world.sockets.udp[0]! };
}

t.test("a published port keeps its clients apart, and answers find their way", async (t) => {
  const world = createWorld();
  const { socket } = publish(world);
  socket.deliver("a", "127.0.0.1", 4000);
  socket.deliver("b", "192.0.2.9", 4000);
  socket.deliver("c", "127.0.0.1", 4001);
  t.same(
    world.sent.map(({ from, fromPort, toPort, text }) => [from, fromPort, toPort, text]),
    [
      [GATEWAY, 4000, 53, "a"],
      [0xc0000209, 4000, 53, "b"],
      [GATEWAY, 4001, 53, "c"],
    ],
  );
  world.send("to b", 4000, 0xc0000209, 53);
  world.send("to c", 4001, GATEWAY, 53);
  t.same(socket.sent, [
    { text: "to b", address: "192.0.2.9", port: 4000 },
    { text: "to c", address: "127.0.0.1", port: 4001 },
  ]);
  t.equal(world.sockets.udp.length, 1);
});

t.test("a client whose port is in use by a flow of the application gets another", async (t) => {
  const world = createWorld();
  const { socket } = publish(world);
  world.send("to a service of the host", 4000, GATEWAY, 53);
  socket.deliver("a", "127.0.0.1", 4000);
  t.equal(world.sent[0]!.fromPort, 65_535);
  world.send("answer", 65_535, GATEWAY, 53);
  t.same(socket.sent, [{ text: "answer", address: "127.0.0.1", port: 4000 }]);
});

t.test("clients of a published port are forgotten with their flows; the port stays", async (t) => {
  const world = createWorld({ udpIdleUs: 1000 });
  const { socket } = publish(world);
  socket.deliver("a", "127.0.0.1", 4000);
  world.advance(2000);
  t.equal(world.counters.udpFlowsOpen, 0);
  t.notOk(socket.isClosed);
  socket.deliver("b", "127.0.0.1", 4000);
  t.equal(world.sent[1]!.fromPort, 4000);
});

t.test("a port that cannot be opened is reported once", async (t) => {
  const world = createWorld();
  const { socket, failures } = publish(world);
  socket.handler.onError(socket, "EADDRINUSE");
  t.same(failures, ["EADDRINUSE"]);
  socket.handler.onListening?.(socket);
  socket.handler.onError(socket, "ECONNREFUSED");
  t.same(failures, ["EADDRINUSE", "listening"]);
});
