import t from "tap";
import { createDhcpClient, type DhcpLease } from "../../components/dhcp/mod.ts";
import { DNS_TYPE, encodeMessage, parseMessage, queryMessage } from "../../components/dns/mod.ts";
import { readMac } from "../../components/ethernet/mod.ts";
import { formatIpv4, parseIpv4 } from "../../components/ipv4/mod.ts";
import type { TcpConnection, TcpError, TcpHandler } from "../../components/tcp/mod.ts";
import { assert } from "../../libos/kernel/mod.ts";
import type { HostTcpHandler } from "./host-sockets.ts";
import { FakeTcpSocket } from "./testing/fake-sockets.ts";
import { type TestApplication, TestWorld } from "./testing/world.ts";

const address = (text: string): number => parseIpv4(text)!;
const bytes = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/** What a connection of the application saw. */
class Client implements TcpHandler {
  readonly events: string[] = [];
  text: string = "";
  readonly #application: TestApplication;

  constructor(application: TestApplication) {
    this.#application = application;
  }

  onConnect(): void {
    this.events.push("connect");
  }

  onData(_connection: TcpConnection, offset: number, length: number): number {
    const memory = this.#application.kernel.memory.packet.bytes;
    this.text += String.fromCharCode(...memory.subarray(offset, offset + length));
    return length;
  }

  onEnd(): void {
    this.events.push("end");
  }

  onSpace(): void {}

  onClose(_connection: TcpConnection, error: TcpError | undefined): void {
    this.events.push(`close ${error ?? "orderly"}`);
  }

  connect(to: string, port: number): TcpConnection {
    const connection = this.#application.tcp.connect({
      address: address(to),
      port,
      handler: this,
    });
    assert(typeof connection !== "string", String(connection));
    return connection;
  }
}

const NO_HANDLER: HostTcpHandler = {
  onConnect() {},
  onData: () => 0,
  onEnd() {},
  onSpace() {},
  onClose() {},
};

t.test("a connection travels through the gateway, there and back", async (t) => {
  const world = new TestWorld();
  const app = world.createApplication();
  const client = new Client(app);
  const connection = client.connect("93.184.216.34", 80);
  world.run();
  t.same(client.events, [], "not before the host is connected");
  const [socket] = world.sockets.tcp;
  t.match(socket, { address: "93.184.216.34", port: 80 });
  socket!.handler.onConnect(socket!);
  world.run();
  t.same(client.events, ["connect"]);
  connection.send(bytes("request"), 0, 7);
  world.run();
  t.equal(socket!.text, "request");
  t.ok(world.sockets.flushes > 0);
  socket!.deliver(bytes("answer"));
  socket!.end();
  world.run();
  t.equal(client.text, "answer");
  t.same(client.events, ["connect", "end"]);
  connection.shutdown();
  world.run();
  t.ok(socket!.calls.includes("shutdown"));
  socket!.close();
  world.advance(2_000_000);
  t.same(client.events, ["connect", "end", "close orderly"]);
  t.equal(world.gateway.counters.tcpFlowsOpen, 0);
});

t.test("a refusal is heard at once; an unreachable host as ICMP", async (t) => {
  const world = new TestWorld();
  const app = world.createApplication();
  for (const [error, heard] of [
    ["ECONNREFUSED", "close ECONNREFUSED"],
    ["EHOSTUNREACH", "close EHOSTUNREACH"],
    ["ENETUNREACH", "close ENETUNREACH"],
  ] as const) {
    const client = new Client(app);
    client.connect("192.0.2.1", 80);
    world.run();
    world.sockets.tcp.at(-1)!.close(error);
    world.run();
    t.same(client.events, [heard], error);
  }
  t.equal(world.gateway.counters.icmpErrorsSent, 2);
});

t.test("DHCP gives each system its own address, and everything else", async (t) => {
  const world = new TestWorld();
  for (const wanted of ["10.0.2.15", "10.0.2.16"]) {
    const app = world.createApplication(false);
    const leases: (DhcpLease | undefined)[] = [];
    const client = createDhcpClient({
      kernel: app.kernel,
      entropy: app.kernel.hal.entropy,
      udp: app.udp,
      device: "eth0",
      hardwareAddress: readMac(app.attachment.device.info.hardwareAddress, 0),
      onLease: (lease) => leases.push(lease),
    });
    client.start();
    world.advance(15_000_000);
    t.match(leases, [
      {
        address: address(wanted),
        prefixLength: 24,
        routers: [address("10.0.2.2")],
        dnsServers: [address("10.0.2.3")],
        mtuBytes: 1500,
        server: address("10.0.2.2"),
      },
    ]);
  }
  t.equal(world.gateway.counters.dhcpRefused, 0);
});

t.test("systems on one gateway reach each other without the host", async (t) => {
  const world = new TestWorld();
  const [first, second] = [world.createApplication(), world.createApplication()];
  t.equal(second.attachment.address, "10.0.2.16");
  const server = new Client(second);
  second.tcp.listen({
    address: 0,
    port: 80,
    onConnection(connection): void {
      connection.handler = server;
      connection.send(bytes("hello"), 0, 5);
    },
  });
  const client = new Client(first);
  client.connect("10.0.2.16", 80);
  world.advance(1_000_000);
  t.equal(client.text, "hello");
  t.equal(world.sockets.tcp.length, 0);
});

t.test("a neighbour that does not exist is unreachable", async (t) => {
  const world = new TestWorld();
  const client = new Client(world.createApplication());
  client.connect("10.0.2.99", 80);
  world.advance(200_000_000);
  t.match(client.events[0], /close (EHOSTUNREACH|ETIMEDOUT)/);
  t.equal(world.sockets.tcp.length, 0);
});

t.test("a published port leads to the application, with the client's own address", async (t) => {
  const world = new TestWorld();
  const app = world.createApplication();
  const server = new Client(app);
  const clients: string[] = [];
  app.tcp.listen({
    address: 0,
    port: 80,
    onConnection(connection): void {
      connection.handler = server;
      clients.push(`${formatIpv4(connection.remoteAddress)}:${connection.remotePort}`);
    },
  });
  void world.gateway.publish({ hostPort: 8080, appPort: 80, hostAddress: "0.0.0.0" });
  const [listener] = world.sockets.listeners;
  const accept = (from: string, port: number): FakeTcpSocket => {
    const socket = new FakeTcpSocket(from, port, NO_HANDLER);
    listener!.options.onConnection(socket);
    return socket;
  };
  const socket = accept("192.0.2.7", 40_000);
  accept("192.0.2.7", 40_000);
  accept("127.0.0.1", 40_000);
  t.notOk(socket.calls.includes("resume"), "not read before the application has accepted");
  world.run();
  t.ok(socket.calls.includes("resume"));
  t.equal(clients[0], "192.0.2.7:40000");
  t.match(clients[1], /^192\.0\.2\.7:(?!40000)/, "the same client twice gets another port");
  t.match(clients[2], /^10\.0\.2\.2:/);
  socket.deliver(bytes("hello"));
  world.run();
  t.equal(server.text, "hello");
});

t.test("clients that nobody listens for are reset", async (t) => {
  const world = new TestWorld();
  world.createApplication();
  void world.gateway.publish({ hostPort: 8080, appPort: 80 });
  const socket = new FakeTcpSocket("127.0.0.1", 40_000, NO_HANDLER);
  world.sockets.listeners[0]!.options.onConnection(socket);
  world.run();
  t.same(socket.calls, ["abort"]);
  t.match(world.gateway.counters, { tcpFlowsIn: 1, tcpFlowsRefused: 1, tcpFlowsOpen: 0 });
});

t.test("wrong ports and addresses are refused before anything is opened", async (t) => {
  const world = new TestWorld();
  for (const [options, message] of [
    [{ hostPort: 65_536, appPort: 80 }, /host port 65536/],
    [{ hostPort: 80, appPort: 0 }, /port 0: 1 \.\. 65535/],
    [{ hostPort: 80, appPort: 80, hostAddress: "localhost" }, /address localhost: expected/],
    [{ hostPort: 80, appPort: 80, appAddress: "10.0.2" }, /address 10\.0\.2: expected/],
  ] as const) {
    await t.rejects(world.gateway.publish(options), message);
  }
  const refused = world.gateway.publish({ hostPort: 80, appPort: 80 });
  world.sockets.listeners[0]!.options.onError("EACCES");
  await t.rejects(refused, { code: "EACCES", message: /ports below 1024/ });
});

t.test("the name server answers over TCP, several questions on one connection", async (t) => {
  const world = new TestWorld();
  const client = new Client(world.createApplication());
  const connection = client.connect("10.0.2.3", 53);
  world.run();
  for (const [id, name] of [
    [1, "host.libos.internal"],
    [2, "example.org"],
  ] as const) {
    const query = encodeMessage(queryMessage(id, { name, type: DNS_TYPE.A, class: 1 }, false));
    const framed = Uint8Array.of(0, query.length, ...query);
    // Cut anywhere: a message may come in pieces.
    connection.send(framed, 0, 7);
    world.run();
    connection.send(framed, 7, framed.length - 7);
    world.advance(200_000);
  }
  world.sockets.questions[0]!.done({
    status: "ok",
    records: [{ type: "A", address: "192.0.2.5" }],
  });
  world.run();
  const answers: (number | undefined)[][] = [];
  for (let at = 0; at < client.text.length;) {
    const length = client.text.charCodeAt(at) * 256 + client.text.charCodeAt(at + 1);
    const message = parseMessage(bytes(client.text.slice(at + 2, at + 2 + length)))!;
    const [answer] = message.answers;
    answers.push([message.id, answer?.data.kind === "A" ? answer.data.address : undefined]);
    at += 2 + length;
  }
  t.same(answers, [
    [1, address("10.0.2.2")],
    [2, address("192.0.2.5")],
  ]);
  connection.shutdown();
  world.advance(2_000_000);
  t.same(client.events, ["connect", "end", "close orderly"]);
});

t.test("idle, endless and surplus DNS connections are ended", async (t) => {
  const world = new TestWorld({ limits: { dnsConnections: 2 } });
  const app = world.createApplication();
  const [idle, endless, surplus] = [new Client(app), new Client(app), new Client(app)];
  idle!.connect("10.0.2.3", 53);
  const connection = endless!.connect("10.0.2.3", 53);
  world.run();
  surplus!.connect("10.0.2.3", 53);
  world.run();
  t.same(surplus!.events, ["close ECONNREFUSED"]);
  connection.send(Uint8Array.of(0xff, 0xff, 1), 0, 3);
  world.run();
  t.same(endless!.events, ["connect", "close ECONNRESET"]);
  world.advance(11_000_000);
  t.same(idle!.events, ["connect", "close ECONNRESET"]);
});

t.test("echo requests are answered for addresses of the host, and no others", async (t) => {
  const world = new TestWorld();
  const app = world.createApplication();
  const results: string[] = [];
  for (const to of ["10.0.2.2", "10.0.2.3", "192.0.2.1"]) {
    app.icmp.ping({ address: address(to), timeoutUs: 1_000_000 }, ({ kind }) => results.push(kind));
  }
  world.advance(2_000_000);
  t.same(results, ["reply", "reply", "timeout"]);
});

t.test("an application that was torn away is noticed", async (t) => {
  const world = new TestWorld();
  const app = world.createApplication();
  const client = new Client(app);
  client.connect("192.0.2.1", 80);
  world.run();
  const [socket] = world.sockets.tcp;
  socket!.handler.onConnect(socket!);
  world.run();
  app.kernel.stop();
  world.advance(120_000_000);
  t.ok(socket!.calls.includes("abort"));
  t.equal(world.gateway.counters.tcpFlowsOpen, 0);
});

t.test("close ends everything, and nothing is called afterwards", async (t) => {
  const world = new TestWorld();
  const app = world.createApplication();
  const client = new Client(app);
  client.connect("192.0.2.1", 80);
  world.run();
  const [socket] = world.sockets.tcp;
  socket!.handler.onConnect(socket!);
  world.run();
  const published = world.gateway.publish({ hostPort: 8080, appPort: 80 });
  world.gateway.close();
  world.gateway.close();
  await t.rejects(published, /the gateway is closed/);
  await t.rejects(world.gateway.publish({ hostPort: 80, appPort: 80 }), /the gateway is closed/);
  await world.gateway.closed;
  t.ok(world.sockets.isClosed);
  t.ok(socket!.calls.includes("abort"));
  world.advance(1_000_000);
  t.same(client.events, ["connect", "close ECONNRESET"]);
  t.throws(() => world.gateway.attach("eth1"), RangeError);
  t.notOk(app.attachment.device.linkUp());
});

t.test("more systems than the bound are refused", async (t) => {
  const world = new TestWorld({ limits: { devices: 1 } });
  world.createApplication();
  t.throws(() => world.createApplication(), /no room for more than 1 systems/);
});
