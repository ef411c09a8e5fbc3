import t from "tap";
import { createScript, type Script } from "./testing/script.ts";

/** Ten segments of 1000 bytes are in flight. */
function withTenInFlight(s: Script, options: string): void {
  s.accept(options);
  s.write(10_000);
  t.equal(s.take().length, 10);
}

t.test("the timer sends the first segment again, and doubles (RFC 6298 5)", async (t) => {
  const s = createScript(t);
  s.accept();
  s.write(3000);
  s.drop();
  s.wait(199);
  s.quiet();
  s.wait(1);
  s.gets("P. 1+1000 ack 1");
  s.quiet();
  s.wait(399);
  s.quiet();
  s.wait(1);
  s.gets("P. 1+1000 ack 1");
  t.equal(s.info.rtoUs, 800_000);
  t.equal(s.info.cwndBytes, 1000);
  t.equal(s.tcp.counters.timeouts, 2);
  t.equal(s.info.retransmits, 2);
});

t.test("after a timeout everything in flight is sent again in slow start", async (t) => {
  const s = createScript(t);
  withTenInFlight(s, "mss 1000");
  s.wait(200);
  s.gets("P. 1+1000 ack 1");
  s.sends(". 1 ack 1001");
  s.gets("P. 1001+1000 ack 1");
  s.gets("P. 2001+1000 ack 1");
  s.quiet();
  s.sends(". 1 ack 3001");
  t.equal(s.take().length, 4);
  s.sends(". 1 ack 10001");
  t.equal(s.info.ssthreshBytes, 5000);
});

t.test("the threshold is halved once for one loss (RFC 5681 3.1)", async (t) => {
  const s = createScript(t);
  withTenInFlight(s, "mss 1000");
  s.wait(200);
  t.equal(s.info.ssthreshBytes, 5000);
  s.wait(400);
  t.equal(s.info.ssthreshBytes, 5000);
});

t.test("after a timeout what SACK covers is not sent again", async (t) => {
  const s = createScript(t);
  withTenInFlight(s, "mss 1000 sackOK");
  s.sends(". 1 ack 1 <sack 1001-2001>");
  s.wait(200);
  s.gets("P. 1+1000 ack 1");
  s.quiet();
  s.sends(". 1 ack 2001");
  s.gets("P. 2001+1000 ack 1");
});

t.test("a backed-off timeout stays until something new is measured (Karn)", async (t) => {
  const s = createScript(t);
  s.accept();
  s.write(1000);
  s.drop();
  s.wait(200);
  s.gets("P. 1+1000 ack 1");
  s.sends(". 1 ack 1001");
  t.equal(s.info.rtoUs, 400_000);
  s.write(1000);
  s.gets("P. 1001+1000 ack 1");
  s.sends(". 1 ack 2001");
  t.equal(s.info.rtoUs, 200_000);
});

t.test("timestamps measure what was sent again (RFC 7323 4)", async (t) => {
  const s = createScript(t);
  s.accept("mss 1000 ts 5 0");
  s.write(988);
  s.drop();
  s.wait(200);
  const [again] = s.take();
  const value = Number(/ts (\d+)/.exec(again!)![1]);
  s.wait(30);
  s.sends(`. 1 ack 989 <ts 6 ${value}>`);
  t.equal(s.info.rtoUs, 200_000);
  t.ok(s.info.srttUs > 0);
});

t.test("the measured times follow RFC 6298 2", async (t) => {
  const s = createScript(t, { limits: { minRtoUs: 1 } });
  s.listen();
  s.sends("S 0 win 65535 <mss 1000>");
  s.wait(80);
  s.sends(". 1 ack 1");
  t.equal(s.info.srttUs, 80_000);
  t.equal(s.info.rttvarUs, 40_000);
  t.equal(s.info.rtoUs, 240_000);
  s.write(100);
  s.wait(120);
  s.sends(". 1 ack 101");
  t.equal(s.info.rttvarUs, 40_000);
  t.equal(s.info.srttUs, 85_000);
  t.equal(s.info.rtoUs, 245_000);
});

t.test("it gives up after so many retransmissions", async (t) => {
  const s = createScript(t, { limits: { maxRetransmits: 3 } });
  s.accept();
  s.write(10);
  s.drop();
  s.wait(200 + 400 + 800);
  t.equal(s.take().length, 3);
  s.told();
  s.wait(1600);
  s.told("close ETIMEDOUT");
  s.gets("R. 11 ack 1");
});

t.test("it gives up at the user timeout (RFC 9293 3.8.3)", async (t) => {
  const s = createScript(t);
  s.accept();
  s.connection.setUserTimeout(500_000);
  s.write(10);
  s.drop();
  s.wait(499);
  s.told();
  s.wait(1);
  s.told("close ETIMEDOUT");
});

t.test("three duplicate ACKs send the first segment again (RFC 5681 3.2)", async (t) => {
  const s = createScript(t);
  withTenInFlight(s, "mss 1000");
  s.sends(". 1 ack 1");
  s.sends(". 1 ack 1");
  s.quiet();
  s.sends(". 1 ack 1");
  s.gets("P. 1+1000 ack 1");
  s.quiet();
  t.equal(s.info.ssthreshBytes, 5000);
  t.equal(s.info.cwndBytes, 8000);
  t.equal(s.tcp.counters.fastRetransmits, 1);
  s.sends(". 1 ack 10001");
  t.equal(s.info.cwndBytes, 2000, "RFC 6582: min(ssthresh, max(flight, SMSS) + SMSS)");
});

t.test("the first two duplicate ACKs let new segments go (RFC 3042)", async (t) => {
  const s = createScript(t);
  s.accept();
  s.write(20_000);
  t.equal(s.take().length, 10);
  s.sends(". 1 ack 1");
  s.gets(". 10001+1000 ack 1");
  s.quiet();
  s.sends(". 1 ack 1");
  s.gets(". 11001+1000 ack 1");
  s.quiet();
});

t.test("each further duplicate ACK inflates the window (RFC 5681 3.2 step 4)", async (t) => {
  const s = createScript(t);
  s.accept();
  s.write(30_000);
  s.drop();
  for (let count = 0; count < 3; count++) s.sends(". 1 ack 1");
  s.drop();
  const { cwndBytes } = s.info;
  for (let count = 0; count < 6; count++) s.sends(". 1 ack 1");
  t.equal(s.info.cwndBytes, cwndBytes + 6000);
  t.ok(s.take().length > 0, "new data went out");
});

t.test("a partial ACK sends the next hole at once (RFC 6582)", async (t) => {
  const s = createScript(t);
  withTenInFlight(s, "mss 1000");
  for (let count = 0; count < 3; count++) s.sends(". 1 ack 1");
  s.gets("P. 1+1000 ack 1");
  s.sends(". 1 ack 4001");
  s.gets("P. 4001+1000 ack 1");
  s.quiet();
  s.sends(". 1 ack 7001");
  s.gets("P. 7001+1000 ack 1");
  s.sends(". 1 ack 10001");
  s.quiet();
  t.equal(s.tcp.counters.timeouts, 0);
});

t.test("duplicate ACKs of an earlier recovery start no other (RFC 6582 3.2 step 2)", async (t) => {
  const s = createScript(t);
  withTenInFlight(s, "mss 1000");
  s.wait(200);
  s.drop();
  for (let count = 0; count < 5; count++) s.sends(". 1 ack 1001");
  t.equal(s.tcp.counters.fastRetransmits, 0);
});

t.test("what carries data or changes the window is no duplicate ACK", async (t) => {
  const s = createScript(t);
  withTenInFlight(s, "mss 1000");
  s.sends("P. 1+10 ack 1");
  s.sends("P. 11+10 ack 1");
  s.sends("P. 21+10 ack 1");
  s.sends(". 31 ack 1 win 60000");
  s.sends(". 31 ack 1 win 61000");
  s.sends(". 31 ack 1 win 62000");
  t.equal(s.tcp.counters.fastRetransmits, 0);
});

t.test("SACK recovery sends exactly the holes (RFC 6675)", async (t) => {
  const s = createScript(t);
  withTenInFlight(s, "mss 1000 sackOK");
  s.sends(". 1 ack 1 <sack 1001-2001>");
  s.sends(". 1 ack 1 <sack 3001-4001 1001-2001>");
  s.quiet();
  s.sends(". 1 ack 1 <sack 5001-6001 3001-4001 1001-2001>");
  s.gets("P. 1+1000 ack 1");
  s.quiet();
  s.sends(". 1 ack 1 <sack 5001-10001 3001-4001 1001-2001>");
  s.gets("P. 2001+1000 ack 1");
  s.gets("P. 4001+1000 ack 1");
  s.quiet();
  s.sends(". 1 ack 10001");
  t.equal(s.info.cwndBytes, 2000);
  t.equal(s.tcp.counters.retransmittedSegments, 3);
});

t.test("more than two segments beyond a hole mean that it is lost", async (t) => {
  const s = createScript(t);
  withTenInFlight(s, "mss 1000 sackOK");
  s.sends(". 1 ack 1 <sack 1001-4001>");
  s.gets("P. 1+1000 ack 1");
});

t.test("in SACK recovery pipe bounds what goes out", async (t) => {
  const s = createScript(t);
  s.accept("mss 1000 sackOK");
  s.write(30_000);
  t.equal(s.take().length, 10);
  s.sends(". 1 ack 1 <sack 1001-4001>");
  s.gets("P. 1+1000 ack 1");
  // Of ten, three have arrived and one is lost: six and the retransmission are in the network.
  s.quiet();
  t.equal(s.info.cwndBytes, 5000);
  s.sends(". 1 ack 1 <sack 1001-6001>");
  s.quiet();
  s.sends(". 1 ack 1 <sack 1001-7001>");
  s.gets(". 10001+1000 ack 1");
});

t.test("a lost tail gets one rescue (RFC 6675 4, NextSeg rule 4)", async (t) => {
  const s = createScript(t);
  withTenInFlight(s, "mss 1000 sackOK");
  s.sends(". 1 ack 1 <sack 1001-9001>");
  const texts = s.take();
  t.equal(texts[0]?.startsWith("P. 1+1000"), true);
  s.sends(". 1 ack 9001");
  t.equal(s.info.retransmits, texts.length);
});

t.test("SACK blocks outside of what is in flight are ignored", async (t) => {
  const s = createScript(t);
  withTenInFlight(s, "mss 1000 sackOK");
  s.sends(". 1 ack 1 <sack 20001-30001>");
  s.sends(". 1 ack 1 <sack 5001-4001>");
  s.sends(". 1 ack 1 <sack -5000-1>");
  s.quiet();
  s.sends(". 1 ack 10001");
  t.equal(s.info.retransmits, 0);
});

t.test("a receiver that reneges is sent everything in the end (RFC 2018 8)", async (t) => {
  const s = createScript(t);
  withTenInFlight(s, "mss 1000 sackOK");
  s.sends(". 1 ack 1 <sack 1001-2001>");
  s.wait(200);
  s.gets("P. 1+1000 ack 1");
  s.sends(". 1 ack 1001");
  s.drop();
  s.wait(1500);
  t.ok(s.take().some((text) => text.startsWith("P. 1001+1000")));
});

t.test("slow start doubles, and congestion avoidance adds one segment", async (t) => {
  const s = createScript(t);
  s.accept("mss 1000 ws 7", 65_535);
  s.write(200_000);
  s.drop();
  s.sends(". 1 ack 5001 win 4000");
  t.equal(s.info.cwndBytes, 15_000);
  s.drop();
  s.wait(200);
  s.drop();
  t.equal(s.info.ssthreshBytes, 7500);
  let acked = 5001;
  for (let round = 0; round < 60; round++) {
    const { cwndBytes } = s.info;
    acked += 1000;
    s.sends(`. 1 ack ${acked} win 4000`);
    const growth = s.info.cwndBytes - cwndBytes;
    if (cwndBytes < 7500) t.equal(growth, 1000);
    else t.ok(growth === 0 || growth === 1000);
  }
  t.ok(s.info.cwndBytes > 9000 && s.info.cwndBytes < 16_000, `${s.info.cwndBytes}`);
});

t.test("the window does not grow while the application is the limit", async (t) => {
  const s = createScript(t);
  s.accept();
  for (let round = 0; round < 50; round++) {
    s.write(1000);
    s.sends(`. 1 ack ${1 + 1000 * (round + 1)}`);
  }
  t.equal(s.info.cwndBytes, 10_000);
});

t.test("FIN is counted and repaired like data", async (t) => {
  const s = createScript(t);
  s.accept("mss 1000 sackOK");
  s.write(4000);
  s.shutdown();
  s.drop();
  s.sends(". 1 ack 1 <sack 1001-4002>");
  s.gets("P. 1+1000 ack 1");
  s.sends(". 1 ack 4002");
  s.is("FIN-WAIT-2");
});
