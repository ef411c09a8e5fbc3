import t from "tap";
import { createScript, PEER } from "./testing/script.ts";

t.test("a RST resets only at the exact sequence number (RFC 5961 3.2)", async (t) => {
  const s = createScript(t);
  s.accept();
  s.sends("R 500");
  s.gets(". 1 ack 1");
  s.is("ESTABLISHED");
  s.sends("R 70000");
  s.quiet();
  s.sends("R 1");
  s.told("close ECONNRESET");
  t.equal(s.tcp.counters.challengeAcks, 1);
});

t.test("a SYN on a connection is challenged (RFC 5961 4.2)", async (t) => {
  const s = createScript(t);
  s.accept();
  s.sends("S 500 win 1000");
  s.gets(". 1 ack 1");
  s.is("ESTABLISHED");
});

t.test("an ACK outside of what was sent is challenged and dropped (RFC 5961 5.2)", async (t) => {
  const s = createScript(t);
  s.accept();
  s.write(100);
  s.drop();
  s.sends("P. 1+10 ack 5000");
  s.gets(". 101 ack 1");
  s.told();
  s.wait(600);
  s.drop();
  s.sends("P. 1+10 ack -200000");
  s.gets(". 101 ack 1");
  s.told();
  t.equal(s.tcp.counters.challengeAcks, 2);
});

t.test(
  "challenge ACKs are rare: by connection, and for all in a second (RFC 5961 7)",
  async (t) => {
    const s = createScript(t);
    s.accept();
    for (let guess = 0; guess < 100; guess++) s.sends(`R ${500 + guess}`);
    t.equal(s.take().length, 1);
    t.equal(s.tcp.counters.rateLimited, 99);
    s.wait(500);
    s.sends("R 500");
    t.equal(s.take().length, 1);

    const other = createScript(t, {
      limits: { maxChallengeAcksPerSecond: 2, challengeAckIntervalUs: 0 },
    });
    other.accept();
    for (let guess = 0; guess < 10; guess++) other.sends(`R ${500 + guess}`);
    t.equal(other.take().length, 2);
    other.wait(1000);
    other.sends("R 500");
    t.equal(other.take().length, 1);
  },
);

t.test("bare segments outside of the window are answered rarely, others always", async (t) => {
  const s = createScript(t);
  s.accept();
  for (let count = 0; count < 5; count++) s.sends(". 2000000 ack 1");
  t.equal(s.take().length, 1);
  for (let count = 0; count < 5; count++) s.sends("P. 2000000+10 ack 1");
  t.equal(s.take().length, 5);
  for (let count = 0; count < 5; count++) s.sends(". 0 ack 1");
  t.equal(s.take().length, 5, "keepalive probes");
});

t.test("what a peer sends behind its own FIN is not taken", async (t) => {
  const s = createScript(t);
  s.accept();
  s.sends("FP. 101+100 ack 1");
  s.sends(". 201+100 ack 1");
  s.sends(". 1+100 ack 1");
  s.told("data 200", "end");
  s.is("CLOSE-WAIT");
});

t.test("resets for strangers are bounded in a second", async (t) => {
  const s = createScript(t, { limits: { maxResetsPerSecond: 5 } });
  for (let count = 0; count < 20; count++) s.sends(". 1 ack 1");
  t.equal(s.take().length, 5);
  t.equal(s.tcp.counters.rateLimited, 15);
});

t.test("a segment to or from a broadcast address is dropped (RFC 9293 3.9.2.3)", async (t) => {
  const s = createScript(t);
  s.listen();
  s.inject(s.encode("S 0 win 100"), { isBroadcast: true });
  s.network.deliver(s.encode("S 0 win 100"), 0xe0000001, 0x0a000001, { checksumValid: true });
  s.kernel.turn();
  s.quiet();
  t.equal(s.tcp.connectionCount, 0);
});

t.test("an old timestamp is dropped and answered with an ACK (RFC 7323 5)", async (t) => {
  const s = createScript(t);
  s.accept("mss 1000 ts 1000 0");
  s.sends("P. 1+10 ack 1 <ts 1005 0>");
  s.told("data 10");
  s.wait(100);
  s.drop();
  s.sends("P. 11+10 ack 1 <ts 1004 0>");
  s.told();
  t.match(s.take()[0], /^\. 1 ack 11 .*ts \d+ 1005>$/);
  t.equal(s.tcp.counters.pawsDrops, 1);
  s.sends("R 11");
  s.told("close ECONNRESET");
});

t.test("a segment without the timestamps that were agreed on is dropped", async (t) => {
  const s = createScript(t);
  s.accept("mss 1000 ts 1000 0");
  s.sends("P. 1+10 ack 1");
  s.told();
  s.quiet();
  t.equal(s.tcp.counters.pawsDrops, 1);
});

t.test("after 24 idle days an older timestamp counts again (RFC 7323 5.5)", async (t) => {
  const s = createScript(t);
  s.accept("mss 1000 ts 1000 0");
  s.wait(25 * 86_400_000);
  s.sends("P. 1+10 ack 1 <ts 5 0>");
  s.told("data 10");
});

t.test("the timestamp that is echoed is that of the last byte in order", async (t) => {
  const s = createScript(t);
  s.accept("mss 1000 ts 10 0");
  s.sends(". 1001+1000 ack 1 <ts 12 0>");
  t.match(s.take()[0], / 10>$/);
  s.sends(". 1+1000 ack 1 <ts 11 0>");
  t.match(s.take()[0], / 11>$/);
});

t.test("initial sequence numbers of two connections tell nothing of each other", async (t) => {
  const s = createScript(t);
  s.listen();
  const seen = new Set<number>();
  for (let port = 0; port < 50; port++) {
    s.peerPort = 40_000 + port;
    s.sends("S 0 win 100");
    seen.add(s.iss >>> 24);
  }
  t.ok(seen.size > 20, `${seen.size} different top bytes of 50`);
});

t.test("initial sequence numbers of the same four numbers grow with time (RFC 6528)", async (t) => {
  const s = createScript(t);
  s.listen();
  s.sends("S 0 win 100");
  const first = s.iss;
  s.sends("R 1");
  s.wait(1000);
  s.sends("S 0 win 100");
  t.equal((s.iss - first) | 0, 250_000, "one in 4 µs");
});

t.test("ephemeral ports are spread over their range (RFC 6056)", async (t) => {
  const s = createScript(t);
  const ports = new Set<number>();
  for (let count = 0; count < 200; count++) {
    const connection = s.tcp.connect({ address: PEER, port: 80, handler: s });
    if (typeof connection === "string") throw new Error(connection);
    t.ok(connection.localPort >= 32_768 && connection.localPort <= 65_535);
    ports.add(connection.localPort);
  }
  t.equal(ports.size, 200);
  const high = [...ports].filter((port) => port >= 49_152).length;
  t.ok(high > 60 && high < 140, `${high} of 200 in the upper half`);
});

t.test("when no ephemeral port is left, connect says so", async (t) => {
  const s = createScript(t, { limits: { ephemeralPortFirst: 5000, ephemeralPortLast: 5002 } });
  const connect = (port: number): unknown => s.tcp.connect({ address: PEER, port, handler: s });
  for (let count = 0; count < 3; count++) t.type(connect(80), "object");
  t.equal(connect(80), "EADDRNOTAVAIL");
  t.type(connect(81), "object", "to another port they are free");
});

t.test("beyond the backlog a SYN gets a cookie, and nothing is stored", async (t) => {
  const s = createScript(t);
  s.listen({ backlog: 1 });
  s.sends("S 0 win 8192 <mss 1000>");
  s.peerPort++;
  s.sends("S 0 win 8192 <mss 1400>");
  t.equal(s.tcp.connectionCount, 1);
  t.equal(s.tcp.counters.synCookiesSent, 1);
  s.drop();
  s.sends("P. 1+5 ack 1 win 8192");
  s.told("accept", "data 5");
  s.is("ESTABLISHED");
  t.equal(s.info.mssBytes, 1380, "rounded down to what three bits can name");
  t.equal(s.tcp.counters.synCookiesAccepted, 1);
});

t.test("a cookie carries window scale and SACK in the timestamp", async (t) => {
  const s = createScript(t, { limits: { maxHalfOpen: 0 } });
  s.listen();
  s.sends("S 0 win 8192 <mss 1460 sackOK ts 77 0 ws 7>");
  const [answer] = s.take();
  const stamp = /ts (\d+) 77/.exec(answer!)![1];
  s.sends(`. 1 ack 1 win 100 <ts 78 ${stamp}>`);
  s.told("accept");
  t.equal(s.info.sendWindowBytes, 12_800);
  t.equal(s.info.mssBytes, 1448);
  s.sends(`. 1001+100 ack 1 win 100 <ts 79 ${stamp}>`);
  t.match(s.take()[0], /sack 1001-1101/);
});

t.test("a forged or stale cookie is answered with RST", async (t) => {
  const s = createScript(t, { limits: { maxHalfOpen: 0 } });
  s.listen();
  s.sends("S 0 win 8192 <mss 1460>");
  s.drop();
  s.sends(". 1 ack 2");
  s.gets("R 2");
  s.sends(". 2 ack 1");
  s.gets("R 1");
  s.wait(3 * 64_000);
  s.sends(". 1 ack 1");
  s.gets("R 1");
  s.told();
  t.ok(s.tcp.counters.synCookiesRejected >= 2);
});

t.test("a flood of SYNs does not stop established flows", async (t) => {
  const s = createScript(t, { limits: { maxHalfOpen: 16 } });
  s.accept();
  const { peerPort } = s;
  const flow = (count: number): void => {
    s.peerPort = peerPort;
    s.sends(`P. ${1 + 100 * count}+100 ack ${1 + 10 * count}`);
    s.write(10);
    s.take();
  };
  const ours = s.iss;
  for (let round = 0; round < 20; round++) {
    for (let syn = 0; syn < 500; syn++) {
      s.peerPort = 1024 + ((round * 500 + syn) % 30_000);
      s.sends("S 0 win 100 <mss 1460>");
      s.drop();
    }
    s.iss = ours;
    flow(round);
  }
  t.equal(s.received, 2000);
  t.ok(s.tcp.connectionCount <= 17);
  t.ok(s.tcp.counters.synCookiesSent > 9000);
});

t.test("at the limit of connections a SYN is dropped and counted", async (t) => {
  const s = createScript(t, { limits: { maxConnections: 1 } });
  s.accept();
  s.peerPort++;
  s.sends("S 0 win 100");
  s.quiet();
  t.equal(s.tcp.counters.connectionRefusals, 1);
});

t.test(
  "peers open no connection while memory is short, neither by SYN nor by cookie",
  async (t) => {
    let isShort = false;
    const s = createScript(t, { limits: { maxHalfOpen: 0 }, isMemoryShort: () => isShort });
    s.listen();
    s.sends("S 0 win 8192");
    s.gets("S. 0 ack 1");
    isShort = true;
    s.sends(". 1 ack 1 win 8192");
    t.equal(s.tcp.connectionCount, 0);
    t.equal(s.tcp.counters.connectionRefusals, 1);
    const other = createScript(t, { isMemoryShort: () => isShort });
    other.listen();
    other.sends("S 0 win 8192");
    other.quiet();
    t.equal(other.tcp.connectionCount, 0);
    isShort = false;
    other.sends("S 0 win 8192");
    other.gets("S. 0 ack 1");
  },
);
