import t from "tap";
import { NULL_HANDLER, type TcpConnection } from "./mod.ts";
import { createScript } from "./testing/script.ts";

t.test("an active close goes through FIN-WAIT-1, FIN-WAIT-2 and TIME-WAIT", async (t) => {
  const s = createScript(t);
  s.accept();
  s.shutdown();
  s.gets("F. 1 ack 1");
  s.is("FIN-WAIT-1");
  s.sends(". 1 ack 2");
  s.is("FIN-WAIT-2");
  s.sends("F. 1 ack 2");
  s.gets(". 2 ack 2");
  s.is("TIME-WAIT");
  s.told("end", "close");
  s.wait(59_999);
  t.equal(s.tcp.connectionCount, 1);
  s.wait(1);
  t.equal(s.tcp.connectionCount, 0);
  s.quiet();
});

t.test("a passive close goes through CLOSE-WAIT and LAST-ACK", async (t) => {
  const s = createScript(t);
  s.accept();
  s.sends("F. 1 ack 1");
  s.gets(". 1 ack 2");
  s.is("CLOSE-WAIT");
  s.told("end");
  s.shutdown();
  s.gets("F. 1 ack 2");
  s.is("LAST-ACK");
  s.sends(". 2 ack 2");
  s.is("CLOSED");
  s.told("close");
  t.equal(s.tcp.connectionCount, 0);
});

t.test("a simultaneous close goes through CLOSING (RFC 9293 figure 13)", async (t) => {
  const s = createScript(t);
  s.accept();
  s.shutdown();
  s.gets("F. 1 ack 1");
  s.sends("F. 1 ack 1");
  s.is("CLOSING");
  s.gets(". 2 ack 2");
  s.sends(". 2 ack 2");
  s.is("TIME-WAIT");
  s.told("end", "close");
});

t.test("FIN and its ACK in one segment lead straight to TIME-WAIT", async (t) => {
  const s = createScript(t);
  s.accept();
  s.shutdown();
  s.gets("F. 1 ack 1");
  s.sends("F. 1 ack 2");
  s.gets(". 2 ack 2");
  s.is("TIME-WAIT");
  s.told("end", "close");
});

t.test("after half-close data still arrives", async (t) => {
  const s = createScript(t);
  s.accept();
  s.shutdown();
  s.gets("F. 1 ack 1");
  s.sends(". 1 ack 2");
  s.sends("P. 1+500 ack 2");
  s.told("data 500");
  s.wait(50);
  s.gets(". 2 ack 501");
  s.is("FIN-WAIT-2");
});

t.test("after the peer's half-close data is still sent", async (t) => {
  const s = createScript(t);
  s.accept();
  s.sends("F. 1 ack 1");
  s.gets(". 1 ack 2");
  t.equal(s.write(300), 300);
  s.gets("P. 1+300 ack 2");
  s.sends(". 2 ack 301");
  s.told("end", "drain");
});

t.test("FIN rides on the last data, and is sent again with it", async (t) => {
  const s = createScript(t);
  s.accept();
  s.connection.send(new Uint8Array(0), 0, 0);
  s.write(100);
  s.gets("P. 1+100 ack 1");
  s.shutdown();
  s.gets("F. 101 ack 1");
  s.wait(200);
  s.gets("FP. 1+100 ack 1");
  s.sends(". 1 ack 102");
  s.is("FIN-WAIT-2");
});

t.test("a FIN that is not acknowledged is sent again", async (t) => {
  const s = createScript(t);
  s.accept();
  s.shutdown();
  s.gets("F. 1 ack 1");
  s.wait(200);
  s.gets("F. 1 ack 1");
  s.wait(400);
  s.gets("F. 1 ack 1");
});

t.test("TIME-WAIT acknowledges FIN again and starts its time anew", async (t) => {
  const s = createScript(t, { limits: { mslUs: 1_000_000 } });
  s.accept();
  s.shutdown();
  s.sends("F. 1 ack 2");
  s.drop();
  s.wait(1500);
  s.sends("F. 1 ack 2");
  s.gets(". 2 ack 2");
  s.wait(1999);
  t.equal(s.tcp.connectionCount, 1);
  s.wait(1);
  t.equal(s.tcp.connectionCount, 0);
});

t.test("a new SYN with a higher sequence number ends TIME-WAIT (RFC 9293 3.6.1)", async (t) => {
  const s = createScript(t);
  s.accept();
  s.shutdown();
  s.sends("F. 1 ack 2");
  s.drop();
  const iss = s.iss;
  s.sends("S 1000 win 8192 <mss 1000>");
  s.peerIss += 1000;
  s.gets("S. 0 ack 1");
  t.ok(((s.iss - iss) | 0) > 0, "our new sequence numbers lie behind the old ones");
  s.sends(". 1 ack 1");
  s.told("end", "close", "accept");
  s.is("ESTABLISHED");
});

t.test("an old SYN does not end TIME-WAIT", async (t) => {
  const s = createScript(t);
  s.accept();
  s.shutdown();
  s.sends("F. 1 ack 2");
  s.drop();
  s.sends("S -1000 win 8192 <mss 1000>");
  s.gets(". 2 ack 2");
  s.is("TIME-WAIT");
});

t.test("a newer timestamp ends TIME-WAIT too (RFC 6191)", async (t) => {
  const s = createScript(t);
  s.accept("mss 1000 ts 100 0");
  s.shutdown();
  s.sends("F. 1 ack 2 <ts 110 0>");
  s.drop();
  s.sends("S -1000 win 8192 <mss 1000 ts 99 0>");
  s.is("TIME-WAIT");
  s.drop();
  s.sends("S -1000 win 8192 <mss 1000 ts 111 0>");
  s.peerIss -= 1000;
  s.gets("S. 0 ack 1");
});

t.test("the oldest TIME-WAIT gives way at the limit", async (t) => {
  const s = createScript(t, { limits: { maxTimeWait: 2 } });
  for (let round = 0; round < 3; round++) {
    s.peerPort = 40_000 + round;
    if (round === 0) s.listen();
    s.sends("S 0 win 8192");
    s.drop();
    s.sends(". 1 ack 1");
    s.shutdown();
    s.sends("F. 1 ack 2");
    s.drop();
  }
  t.equal(s.tcp.connectionCount, 2);
  t.equal(s.tcp.counters.timeWaitEvictions, 1);
});

t.test("data after close is answered with RST (RFC 9293 3.6.1)", async (t) => {
  const s = createScript(t);
  s.accept();
  s.close();
  s.gets("F. 1 ack 1");
  s.sends("P. 1+100 ack 2");
  s.gets("R 2");
  s.told("close ECONNABORTED");
  t.equal(s.tcp.connectionCount, 0);
});

t.test("close with unread data resets at once", async (t) => {
  const s = createScript(t);
  s.accept();
  s.isPaused = true;
  s.sends("P. 1+100 ack 1");
  s.drop();
  s.close();
  s.gets("R. 1 ack 101");
  s.told("close");
  s.wait(1);
  t.equal(s.tcp.connectionCount, 0);
});

t.test("after close nothing is told but the close", async (t) => {
  const s = createScript(t);
  s.accept();
  s.write(100);
  s.close();
  s.gets("P. 1+100 ack 1");
  s.gets("F. 101 ack 1");
  s.sends(". 1 ack 102");
  s.told();
  s.sends("F. 1 ack 102");
  s.told("close");
  s.is("TIME-WAIT");
});

t.test("an orphan does not wait for the peer's FIN for ever", async (t) => {
  const s = createScript(t, { limits: { finWait2Us: 10_000_000 } });
  s.accept();
  s.close();
  s.sends(". 1 ack 2");
  s.is("FIN-WAIT-2");
  s.wait(9999);
  t.equal(s.tcp.connectionCount, 1);
  s.wait(1);
  t.equal(s.tcp.connectionCount, 0);
  s.told("close");
});

t.test("an orphan gives up sooner", async (t) => {
  const s = createScript(t, { limits: { orphanRetransmits: 2 } });
  s.accept();
  s.write(10);
  s.close();
  s.drop();
  s.wait(200 + 400 + 800);
  s.told("close ETIMEDOUT");
  t.equal(s.tcp.connectionCount, 0);
});

t.test("abort sends RST and tells nothing", async (t) => {
  const s = createScript(t);
  s.accept();
  s.write(10);
  s.gets("P. 1+10 ack 1");
  s.abort();
  s.gets("R. 11 ack 1");
  s.told();
  s.is("CLOSED");
  t.equal(s.tcp.connectionCount, 0);
  t.equal(s.write(10), 0);
});

t.test("a reset by the peer ends with ECONNRESET", async (t) => {
  const s = createScript(t);
  s.accept();
  s.sends("R. 1 ack 1");
  s.told("close ECONNRESET");
  s.quiet();
  t.equal(s.tcp.counters.establishedResets, 1);
});

t.test("the end waits until what came before it has been consumed", async (t) => {
  const s = createScript(t);
  s.accept();
  s.isPaused = true;
  s.sends("FP. 1+100 ack 1");
  s.gets(". 1 ack 102");
  s.told();
  s.resume();
  s.told("data 100", "end");
});

t.test("the close waits until everything has been consumed", async (t) => {
  const s = createScript(t);
  s.accept();
  s.isPaused = true;
  s.shutdown();
  s.sends("FP. 1+100 ack 2");
  s.is("TIME-WAIT");
  s.told();
  s.wait(61_000);
  s.is("CLOSED");
  t.equal(s.tcp.connectionCount, 0);
  s.resume();
  s.told("data 100", "end", "close");
});

t.test("receive takes the last bytes, and the end follows in a later turn", async (t) => {
  const s = createScript(t);
  s.accept();
  s.isPaused = true;
  s.sends("FP. 1+100 ack 1");
  const target = new Uint8Array(200);
  t.equal(s.connection.receive(target, 50, 150), 100);
  t.same(s.events, []);
  s.kernel.turn();
  s.told("end");
});

t.test("stop resets every connection and owns nothing afterwards", async (t) => {
  const s = createScript(t);
  s.accept();
  s.write(10_000);
  s.drop();
  s.tcp.stop();
  s.gets("R. 10001 ack 1");
  t.equal(s.tcp.connectionCount, 0);
  t.same([...s.tcp.listeners], []);
  const [, send, receive] = s.kernel.face.memory.owners;
  t.equal(send?.usedBytes, 0);
  t.equal(receive?.usedBytes, 0);
});

t.test("close inside of onData resets when it leaves data behind", async (t) => {
  const s = createScript(t);
  s.accept();
  const left = {
    ...NULL_HANDLER,
    onData: (connection: TcpConnection): number => (connection.close(), 10),
  };
  s.connection.handler = left;
  s.sends("P. 1+100 ack 1");
  s.gets("R. 1 ack 1");
  s.is("CLOSED");
  t.equal(s.tcp.connectionCount, 0);
});

t.test("abort inside of onData is final", async (t) => {
  const s = createScript(t);
  s.accept();
  s.connection.handler = {
    ...NULL_HANDLER,
    onData(connection: TcpConnection): number {
      connection.abort();
      return 0;
    },
    onEnd: () => t.fail("told of the end"),
    onClose: () => t.fail("told of the close"),
  };
  s.sends("FP. 1+100 ack 1");
  s.gets("R. 1 ack 1");
  s.quiet();
});
