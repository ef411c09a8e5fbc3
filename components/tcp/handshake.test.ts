import t from "tap";
import { createScript, LOCAL, PEER } from "./testing/script.ts";

t.test("a passive open answers SYN with SYN-ACK and is established by the ACK", async (t) => {
  const s = createScript(t);
  s.listen();
  s.sends("S 0 win 8192 <mss 1000>");
  s.gets("S. 0 ack 1 win 65535 <mss 1460>");
  s.told();
  s.sends(". 1 ack 1");
  s.told("accept");
  s.is("ESTABLISHED");
  s.quiet();
});

t.test("an active open sends SYN with all options and answers SYN-ACK with ACK", async (t) => {
  const s = createScript(t);
  s.connect();
  const [syn] = s.take();
  t.match(syn, /^S 0 win 65535 <mss 1460 sackOK ts \d+ 0 ws 5>$/);
  s.is("SYN-SENT");
  s.sends("S. 0 ack 1 win 8192 <mss 1000>");
  s.gets(". 1 ack 1");
  s.told("connect");
  s.is("ESTABLISHED");
});

t.test("SYN-ACK offers only the options that the SYN had (RFC 7323 2.2)", async (t) => {
  const s = createScript(t);
  s.listen();
  s.sends("S 0 win 8192 <mss 1000 ws 7>");
  s.gets("S. 0 ack 1 win 65535 <mss 1460 ws 5>");
  s.sends(". 1 ack 1 win 100");
  t.equal(s.info.sendWindowBytes, 12_800, "windows are scaled from now on");
});

t.test("a SYN without an MSS option means 536 bytes (RFC 9293 3.7.1)", async (t) => {
  const s = createScript(t);
  s.listen();
  s.sends("S 0 win 8192");
  s.sends(". 1 ack 1 win 8192");
  t.equal(s.info.mssBytes, 536);
});

t.test(
  "a simultaneous open is established by the peer's SYN-ACK (RFC 9293 figure 7)",
  async (t) => {
    const s = createScript(t);
    s.connect();
    s.gets("S 0");
    s.sends("S 0 win 8192 <mss 1000>");
    s.gets("S. 0 ack 1");
    s.is("SYN-RECEIVED");
    s.sends("S. 0 ack 1 win 8192 <mss 1000>");
    s.is("ESTABLISHED");
    s.told("connect");
  },
);

t.test("SYN is sent again with backoff, and then the attempt times out", async (t) => {
  const s = createScript(t, { limits: { synRetries: 2 } });
  s.connect();
  s.gets("S 0");
  s.wait(999);
  s.quiet();
  s.wait(1);
  s.gets("S 0");
  s.wait(1999);
  s.quiet();
  s.wait(1);
  s.gets("S 0");
  s.wait(3999);
  s.told();
  s.wait(1);
  s.told("close ETIMEDOUT");
  s.quiet();
  t.equal(s.tcp.connectionCount, 0);
});

t.test("SYN-ACK is sent again, and the attempt is forgotten in silence", async (t) => {
  const s = createScript(t, { limits: { synAckRetries: 1 } });
  s.listen();
  s.sends("S 0 win 8192");
  s.gets("S. 0 ack 1");
  s.wait(1000);
  s.gets("S. 0 ack 1");
  s.wait(2000);
  s.quiet();
  s.told();
  t.equal(s.tcp.connectionCount, 0);
  t.equal(s.tcp.counters.attemptFails, 1);
});

t.test("a SYN that comes again is answered with the same SYN-ACK", async (t) => {
  const s = createScript(t);
  s.listen();
  s.sends("S 0 win 8192");
  s.gets("S. 0 ack 1");
  s.sends("S 0 win 8192");
  s.gets("S. 0 ack 1");
  t.equal(s.tcp.connectionCount, 1);
});

t.test("the ACK that ends the handshake may carry data and FIN", async (t) => {
  const s = createScript(t);
  s.listen();
  s.sends("S 0 win 8192 <mss 1000>");
  s.gets("S. 0 ack 1");
  s.sends("FP. 1+10 ack 1");
  s.told("accept", "data 10", "end");
  s.gets(". 1 ack 12");
  s.is("CLOSE-WAIT");
});

t.test("a refused attempt ends with ECONNREFUSED", async (t) => {
  const s = createScript(t);
  s.connect();
  s.gets("S 0");
  s.sends("R. 0 ack 1 win 0");
  s.told("close ECONNREFUSED");
  s.is("CLOSED");
});

t.test("in SYN-SENT a RST without an acceptable ACK is dropped (RFC 9293 3.10.7.3)", async (t) => {
  const s = createScript(t);
  s.connect();
  s.gets("S 0");
  s.sends("R 0 win 0");
  s.sends("R. 0 ack 77 win 0");
  s.told();
  s.is("SYN-SENT");
});

t.test("in SYN-SENT a wrong ACK is answered with RST", async (t) => {
  const s = createScript(t);
  s.connect();
  s.gets("S 0");
  s.sends("S. 0 ack 2 win 8192");
  s.gets("R 2");
  s.is("SYN-SENT");
});

t.test("in SYN-RECEIVED a wrong ACK is answered with RST", async (t) => {
  const s = createScript(t);
  s.listen();
  s.sends("S 0 win 8192");
  s.gets("S. 0 ack 1");
  s.sends(". 1 ack 77");
  s.gets("R 77");
  s.told();
});

t.test("in SYN-RECEIVED a RST returns a passive open to LISTEN in silence", async (t) => {
  const s = createScript(t);
  s.listen();
  s.sends("S 0 win 8192");
  s.gets("S. 0 ack 1");
  s.sends("R 1");
  t.equal(s.tcp.connectionCount, 0);
  s.quiet();
  s.told();
  s.sends("S 0 win 8192");
  s.gets("S. 0 ack 1");
});

t.test("a segment for no connection is answered with RST, a RST is not", async (t) => {
  const s = createScript(t);
  s.sends(". 5+10 ack 300");
  s.gets("R 300");
  s.sends("S 5 win 100");
  s.gets("R. 0 ack 6");
  s.sends("FP 5+10");
  s.gets("R. 0 ack 16");
  s.sends("R 5");
  s.quiet();
});

t.test("LISTEN answers an ACK with RST and drops what has no control bit", async (t) => {
  const s = createScript(t);
  s.listen();
  s.sends(". 5+10 ack 300");
  s.gets("R 300");
  s.sends("P 5+10");
  s.quiet();
});

t.test("data that is sent before the handshake ends goes out after it", async (t) => {
  const s = createScript(t);
  s.connect();
  s.gets("S 0");
  t.equal(s.write(100), 100);
  s.quiet();
  s.sends("S. 0 ack 1 win 8192 <mss 1000>");
  s.gets("P. 1+100 ack 1");
  s.quiet();
});

t.test("shutdown before the handshake ends sends FIN after it", async (t) => {
  const s = createScript(t);
  s.connect();
  s.gets("S 0");
  s.write(10);
  s.shutdown();
  t.equal(s.write(10), 0);
  s.sends("S. 0 ack 1 win 8192 <mss 1000>");
  s.gets("FP. 1+10 ack 1");
  s.is("FIN-WAIT-1");
});

t.test("close in SYN-SENT forgets the attempt", async (t) => {
  const s = createScript(t);
  s.connect();
  s.gets("S 0");
  s.close();
  s.told("close");
  s.quiet();
  t.equal(s.tcp.connectionCount, 0);
});

t.test("a lost SYN makes the initial window one segment (RFC 5681 3.1)", async (t) => {
  const s = createScript(t);
  s.connect();
  s.gets("S 0");
  s.wait(1000);
  s.gets("S 0");
  s.sends("S. 0 ack 1 win 8192 <mss 1000>");
  t.equal(s.info.cwndBytes, 1000);
  t.equal(s.info.rtoUs, 3_000_000, "RFC 6298 5.7");
});

t.test("connect says why it can't", async (t) => {
  const s = createScript(t, { limits: { maxConnections: 1 } });
  const handler = s;
  const broadcast = { address: 0xffffffff, port: 80, handler };
  t.equal(s.tcp.connect(broadcast), "ENETUNREACH");
  s.network.hasRoute = false;
  t.equal(s.tcp.connect({ address: PEER, port: 80, handler }), "ENETUNREACH");
  t.equal(
    s.tcp.connect({ address: PEER, port: 80, localAddress: 0x01020304, handler }),
    "EADDRNOTAVAIL",
  );
  s.network.hasRoute = true;
  t.type(s.tcp.connect({ address: PEER, port: 80, handler }), "object");
  t.equal(s.tcp.connect({ address: PEER, port: 80, handler }), "ENOBUFS");
  t.equal(s.tcp.counters.connectionRefusals, 1);
});

t.test("the same four numbers can't be connected twice", async (t) => {
  const s = createScript(t);
  const options = { address: PEER, port: 80, localPort: 5000, handler: s };
  t.type(s.tcp.connect(options), "object");
  t.equal(s.tcp.connect(options), "EADDRINUSE");
});

t.test("listen says why it can't, and a listener on one address goes before any", async (t) => {
  const s = createScript(t);
  const onConnection = (): void => {};
  const here = s.tcp.listen({ address: LOCAL, port: 80, onConnection });
  t.type(here, "object");
  t.equal(s.tcp.listen({ address: 0, port: 80, onConnection }), "EADDRINUSE");
  t.equal(s.tcp.listen({ address: LOCAL, port: 80, onConnection }), "EADDRINUSE");
  t.equal(s.tcp.listen({ address: PEER, port: 81, onConnection }), "EADDRNOTAVAIL");
  const free = s.tcp.listen({ address: 0, port: 0, onConnection });
  t.ok(typeof free === "object" && free.port >= 32_768);
  if (typeof here === "object") here.close();
  t.type(s.tcp.listen({ address: 0, port: 80, onConnection }), "object");
});

t.test("a listener that closes forgets what is half open", async (t) => {
  const s = createScript(t);
  const listener = s.tcp.listen({ address: 0, port: 80, onConnection: () => t.fail("accepted") });
  s.sends("S 0 win 8192");
  s.gets("S. 0 ack 1");
  if (typeof listener === "object") listener.close();
  t.equal(s.tcp.connectionCount, 0);
  s.sends(". 1 ack 1");
  s.gets("R 1");
});
