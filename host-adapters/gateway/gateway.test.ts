import t from "tap";
import type { TcpConnection, TcpError, TcpHandler } from "../../components/tcp/mod.ts";
import { parseIpv4 } from "../../components/ipv4/mod.ts";
import { assert } from "../../libos/kernel/mod.ts";
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
