import t from "tap";
import { createScript } from "./testing/script.ts";

t.test("an idle connection is probed one byte before the window (RFC 9293 3.8.4)", async (t) => {
  const s = createScript(t);
  s.accept();
  s.connection.setKeepAlive(10_000_000, 1_000_000, 3);
  s.wait(9999);
  s.quiet();
  s.wait(1);
  s.gets(". 0 ack 1");
  s.sends(". 1 ack 1");
  s.wait(9999);
  s.quiet();
  s.wait(1);
  s.gets(". 0 ack 1");
});

t.test("without an answer the connection is given up", async (t) => {
  const s = createScript(t);
  s.accept();
  s.connection.setKeepAlive(10_000_000, 1_000_000, 3);
  s.wait(10_000);
  s.wait(1000);
  s.wait(1000);
  t.equal(s.take().length, 3);
  s.told();
  s.wait(1000);
  s.told("close ETIMEDOUT");
  s.gets("R. 1 ack 1");
});

t.test("traffic puts the probe off", async (t) => {
  const s = createScript(t);
  s.accept();
  s.connection.setKeepAlive(10_000_000);
  s.wait(6000);
  s.sends("P. 1+10 ack 1");
  s.wait(50);
  s.drop();
  s.wait(9000);
  s.quiet();
  s.wait(1000);
  s.gets(". 0 ack 11");
});

t.test("while data is in flight the retransmission timer alone decides", async (t) => {
  const s = createScript(t);
  s.accept();
  s.connection.setKeepAlive(1_000_000, 1_000_000, 1);
  s.write(10);
  s.wait(5000);
  s.is("ESTABLISHED");
  t.ok(s.take().every((text) => text.startsWith("P. 1+10")));
});

t.test("0 switches it off, and it can be asked for before the handshake ends", async (t) => {
  const s = createScript(t);
  s.connect();
  s.connection.setKeepAlive(1_000_000);
  s.gets("S 0");
  s.sends("S. 0 ack 1 win 1000");
  s.gets(". 1 ack 1");
  s.wait(1000);
  s.gets(". 0 ack 1");
  s.connection.setKeepAlive(0);
  s.wait(1_000_000);
  s.quiet();
});

t.test("a peer's probe is answered", async (t) => {
  const s = createScript(t);
  s.accept();
  s.sends(". 0 ack 1");
  s.gets(". 1 ack 1");
});
