import t from "tap";
import { parseMessage } from "../dns/mod.ts";
import { createDnsServer } from "./mod.ts";
import { createServerWorld } from "./testing/server-world.ts";
import { EXAMPLE_ZONE, queryBytes, zoneOf } from "./testing/zones.ts";

const zones = [zoneOf(EXAMPLE_ZONE)];
const WEB = queryBytes("web.example.org", 1);
const LONG = queryBytes("long.example.org", 16);

const framed = (...queries: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(queries.flatMap((query) => [query.length >> 8, query.length & 255, ...query]));

/** How many answers each message has. */
const counts = (messages: readonly Uint8Array[]): (number | undefined)[] =>
  messages.map((message) => parseMessage(message)?.answers.length);

t.test("datagrams are answered, and what is no query is not", async (t) => {
  const { ask, server } = createServerWorld(zones);
  t.same(counts(ask(WEB, new Uint8Array(3), WEB)), [2, 2]);
  t.match(server.counters, { udpQueries: 3, ignored: 1 });
});

t.test("a connection carries many queries, at once or in parts (RFC 7766)", async (t) => {
  const { connect, world, server } = createServerWorld(zones);
  const client = connect();
  client.send(framed(WEB, LONG, WEB));
  world.runFor(100_000);
  t.same(counts(client.messages()), [2, 40, 2]);
  for (const byte of framed(WEB, WEB)) {
    client.send(Uint8Array.of(byte));
    world.runFor(1_000);
  }
  world.runFor(1_000_000);
  t.same(counts(client.messages()), [2, 40, 2, 2, 2]);
  client.connection.shutdown();
  world.runFor(1_000_000);
  t.equal(client.state, "end");
  t.equal(server.connectionCount, 0);
});

t.test("a peer that does not read is not read from, and nothing is lost", async (t) => {
  const { connect, world, server } = createServerWorld(zones);
  const client = connect();
  client.isReading = false;
  const burst = framed(...Array.from({ length: 2_000 }, () => LONG));
  let sent = 0;
  for (let turn = 0; turn < 100 && sent < burst.length; turn++) {
    sent += client.send(burst.subarray(sent));
    world.runFor(10_000);
  }
  const answered = server.counters.tcpQueries;
  t.ok(answered < 2_000, `${answered} of 2000 were answered into the void`);
  client.isReading = true;
  client.connection.resume();
  for (let turn = 0; turn < 100; turn++) {
    sent += client.send(burst.subarray(sent));
    world.runFor(10_000);
  }
  t.same(
    counts(client.messages()),
    Array.from({ length: 2_000 }, () => 40),
  );
});

t.test("the end of a peer's queries waits for the last response", async (t) => {
  const { connect, world } = createServerWorld(zones);
  const client = connect();
  client.send(framed(...Array.from({ length: 100 }, () => LONG)));
  client.connection.shutdown();
  world.runFor(5_000_000);
  t.equal(client.messages().length, 100);
  t.equal(client.state, "end");
});

t.test("a quiet connection ends, a busy one does not", async (t) => {
  const { connect, world, server } = createServerWorld(zones, { idleUs: 1_000_000 });
  const [quiet, busy] = [connect(), connect()];
  for (let turn = 0; turn < 4; turn++) {
    busy.send(framed(WEB));
    world.runFor(600_000);
  }
  t.equal(quiet.state, "ECONNRESET");
  t.equal(busy.state, "open");
  t.equal(server.connectionCount, 1);
});

t.test("at the bound a connection takes the place of the one quiet for longest", async (t) => {
  const { connect, world, server } = createServerWorld(zones, { maxConnections: 2 });
  const [first, second] = [connect(), connect()];
  first.send(framed(WEB));
  world.runFor(10_000);
  const third = connect();
  world.runFor(10_000);
  t.same([first.state, second.state, third.state], ["open", "ECONNRESET", "open"]);
  t.equal(server.connectionCount, 2);
});

t.test("a query longer than the bound ends the connection", async (t) => {
  const { connect, world, server } = createServerWorld(zones, { maxQueryBytes: 64 });
  for (const bytes of [framed(new Uint8Array(65)), Uint8Array.of(1)]) {
    const client = connect();
    client.send(bytes);
    world.runFor(100_000);
    client.send(Uint8Array.of(1));
    world.runFor(100_000);
    t.equal(client.state, "ECONNRESET");
  }
  t.equal(server.connectionCount, 0);
});

t.test("a closed server is gone, and its port is free", async (t) => {
  const { connect, server, ask, world, b } = createServerWorld(zones);
  const client = connect();
  t.throws(
    () => createDnsServer({ kernel: b.kernel, udp: b.udp, tcp: undefined as never }, { zones }),
    {
      message: "UDP port 53: EADDRINUSE",
    },
  );
  server.close();
  world.runFor(10_000);
  t.equal(client.state, "ECONNRESET");
  t.same(ask(WEB), []);
  t.equal(server.connectionCount, 0);
});
