import t from "tap";
import type { TcpRequest } from "../../components/tcp/types.ts";
import { createGatewayCounters } from "./counters.ts";
import { GATEWAY_LIMITS } from "./limits.ts";
import { createGatewayNetwork } from "./network.ts";
import { TcpFlow, type TcpFlowTable } from "./tcp-flow.ts";
import { createTcpOut } from "./tcp-out.ts";
import { FakeConnection } from "./testing/fake-connection.ts";
import { FakeSockets, FakeTcpSocket } from "./testing/fake-sockets.ts";

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

function createTable(): TcpFlowTable & { wakes: number } {
  const table = {
    memory: new Uint8Array(4096),
    counters: createGatewayCounters(),
    flows: new Set<TcpFlow>(),
    wakes: 0,
    onEmpty: () => {},
    wake: () => void table.wakes++,
  };
  return table;
}

function createFlow() {
  const table = createTable();
  const flow = new TcpFlow(table, undefined);
  const connection = new FakeConnection(flow, table.memory);
  const socket = new FakeTcpSocket("127.0.0.1", 80, flow.fromHost);
  flow.connection = connection;
  flow.socket = socket;
  flow.onConnect();
  return { table, flow, connection, socket };
}

t.test("bytes pass both ways and are counted", async (t) => {
  const { table, connection, socket } = createFlow();
  connection.deliver("request");
  socket.deliver(bytes("the answer"));
  t.equal(socket.text, "request");
  t.equal(connection.text, "the answer");
  t.match(table.counters, { tcpBytesOut: 7, tcpBytesIn: 10, tcpFlowsOpen: 1, tcpFlowsPending: 0 });
});

t.test("each direction ends by itself, and the flow ends with both", async (t) => {
  const { table, connection, socket } = createFlow();
  connection.end();
  t.same(socket.calls.slice(1), ["shutdown"]);
  socket.deliver(bytes("still"));
  t.equal(connection.text, "still");
  socket.end();
  t.same(connection.calls, ["shutdown"]);
  socket.close();
  t.equal(table.flows.size, 1, "the connection's last bytes may be under way");
  connection.finish();
  t.equal(table.flows.size, 0);
  t.match(table.counters, { tcpFlowsOpen: 0, tcpFlowsReset: 0 });
});

t.test("a host that takes no more stops the application's side, without loss", async (t) => {
  const { table, connection, socket } = createFlow();
  socket.room = 4;
  connection.deliver("0123456789");
  t.equal(connection.receiveQueueBytes, 6);
  connection.end();
  t.notOk(socket.calls.includes("shutdown"), "the end waits behind the data");
  socket.addRoom(100);
  t.equal(socket.text, "0123456789");
  t.ok(socket.calls.includes("shutdown"));
  t.ok(table.wakes > 0, "somebody flushes the write");
});

t.test("an application that takes no more stops the host's side, without loss", async (t) => {
  const { connection, socket } = createFlow();
  connection.sendSpace = 3;
  socket.deliver(bytes("0123456789"));
  socket.end();
  t.equal(socket.pendingBytes, 7);
  t.notOk(connection.calls.includes("shutdown"));
  connection.addSpace(5);
  connection.addSpace(5);
  t.equal(connection.text, "0123456789");
  t.ok(connection.calls.includes("shutdown"));
});

t.test("a reset on one side resets the other", async (t) => {
  const first = createFlow();
  first.connection.finish("ECONNRESET");
  t.ok(first.socket.calls.includes("abort"));
  t.equal(first.table.flows.size, 0);
  const second = createFlow();
  second.socket.close("ECONNRESET");
  t.ok(second.connection.calls.includes("abort"));
  t.equal(second.table.flows.size, 0);
  t.equal(second.table.counters.tcpFlowsReset, 1);
});

class FakeRequest implements TcpRequest {
  readonly localAddress: number;
  readonly localPort: number;
  readonly remoteAddress: number = 0x0a00020f;
  readonly remotePort: number = 5000;
  readonly sequence: number = 1;
  readonly verdicts: string[] = [];
  readonly #memory: Uint8Array;
  connection: FakeConnection | undefined;

  constructor(memory: Uint8Array, address = 0x5db8d822, port = 80) {
    this.#memory = memory;
    this.localAddress = address;
    this.localPort = port;
  }

  accept(handler: TcpFlow): FakeConnection {
    this.verdicts.push("accept");
    return (this.connection = new FakeConnection(handler, this.#memory));
  }

  reject(how: "reset" | "drop"): void {
    this.verdicts.push(how);
  }
}

function createOut(limits = {}) {
  const table = createTable();
  const sockets = new FakeSockets();
  const unreachable: string[] = [];
  const forward = createTcpOut({
    table,
    sockets,
    network: createGatewayNetwork(),
    limits: { ...GATEWAY_LIMITS, ...limits },
    reportUnreachable: (_request, what) => unreachable.push(what),
    serveNames: () => unreachable.push("names"),
  });
  return { table, sockets, forward, unreachable };
}

t.test("a SYN is answered only when the host is connected", async (t) => {
  const { table, sockets, forward } = createOut();
  const request = new FakeRequest(table.memory);
  forward(request);
  t.match(sockets.tcp[0], { address: "93.184.216.34", port: 80 });
  t.same(request.verdicts, []);
  t.equal(table.counters.tcpFlowsPending, 1);
  const socket = sockets.tcp[0]!;
  socket.handler.onConnect(socket);
  t.same(request.verdicts, ["accept"]);
  request.connection!.handler.onConnect(request.connection!);
  t.equal(table.counters.tcpFlowsPending, 0);
});

t.test("what the host says of a destination, the application hears", async (t) => {
  for (const [error, verdict, icmp] of [
    ["ECONNREFUSED", "reset", undefined],
    ["ECONNRESET", "reset", undefined],
    ["EMFILE", "reset", undefined],
    ["ETIMEDOUT", "drop", undefined],
    ["EHOSTUNREACH", "drop", "host"],
    ["ENETUNREACH", "drop", "net"],
  ] as const) {
    const { table, sockets, forward, unreachable } = createOut();
    const request = new FakeRequest(table.memory);
    forward(request);
    sockets.tcp[0]!.close(error);
    t.same(request.verdicts, [verdict], error);
    t.same(unreachable, icmp === undefined ? [] : [icmp], error);
    t.equal(table.flows.size, 0);
    t.match(table.counters, { tcpFlowsRefused: 1, tcpFlowsPending: 0 });
  }
});

t.test("the gateway's address is the host's loopback; other neighbours don't exist", async (t) => {
  const { table, sockets, forward, unreachable } = createOut();
  forward(new FakeRequest(table.memory, 0x0a000202, 8080));
  t.match(sockets.tcp[0], { address: "127.0.0.1", port: 8080 });
  for (const address of [0x0a000207, 0x7f000001, 0xe0000001, 0xffffffff, 0]) {
    const request = new FakeRequest(table.memory, address);
    forward(request);
    t.same(request.verdicts, ["reset"]);
  }
  t.equal(sockets.tcp.length, 1);
  forward(new FakeRequest(table.memory, 0x0a000203, 53));
  t.same(unreachable, ["names"]);
});

t.test("at the bounds flows are refused, and nothing is opened", async (t) => {
  for (const limits of [{ tcpFlows: 2 }, { tcpPendingFlows: 2 }]) {
    const { table, sockets, forward } = createOut(limits);
    const requests = [1, 2, 3].map(() => new FakeRequest(table.memory));
    for (const request of requests) forward(request);
    t.equal(sockets.tcp.length, 2);
    t.same(requests[2]!.verdicts, ["reset"]);
    t.equal(table.flows.size, 2);
  }
});

t.test("an application that is gone before the host has connected is a refused flow", async (t) => {
  const { table, sockets, forward } = createOut();
  const request = new FakeRequest(table.memory);
  forward(request);
  const socket = sockets.tcp[0]!;
  socket.handler.onConnect(socket);
  request.connection!.finish("ECONNRESET");
  t.ok(socket.calls.includes("abort"));
  t.match(table.counters, { tcpFlowsRefused: 1, tcpFlowsOpen: 0, tcpFlowsPending: 0 });
});
