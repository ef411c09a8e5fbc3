import t from "tap";
import { SEND } from "../ip/mod.ts";
import { ALL_OFFLOADS } from "./testing/fake-network.ts";
import { createScript } from "./testing/script.ts";

t.test("Nagle: a small segment waits while another is in flight (RFC 9293 3.7.4)", async (t) => {
  const s = createScript(t);
  s.accept();
  s.write(10);
  s.gets("P. 1+10 ack 1");
  s.write(20);
  s.write(30);
  s.quiet();
  s.sends(". 1 ack 11");
  s.gets("P. 11+50 ack 1");
});

t.test("Nagle: a full segment goes at once, its tail waits for the small one", async (t) => {
  const s = createScript(t);
  s.accept();
  s.write(10);
  s.gets("P. 1+10 ack 1");
  s.write(1500);
  s.gets(". 11+1000 ack 1");
  s.quiet();
  s.sends(". 1 ack 11");
  s.gets("P. 1011+500 ack 1");
});

t.test("setNoDelay switches Nagle off", async (t) => {
  const s = createScript(t);
  s.accept();
  s.connection.setNoDelay(true);
  s.write(10);
  s.gets("P. 1+10 ack 1");
  s.write(20);
  s.gets("P. 11+20 ack 1");
});

t.test("setNoDelay lets go of what waits", async (t) => {
  const s = createScript(t);
  s.accept();
  s.write(10);
  s.drop();
  s.write(20);
  s.quiet();
  s.connection.setNoDelay(true);
  s.kernel.turn();
  s.gets("P. 11+20 ack 1");
});

t.test("writes of one turn go out together", async (t) => {
  const s = createScript(t);
  s.accept();
  const bytes = Uint8Array.of(0, 7, 14, 21);
  for (let index = 0; index < 4; index++) s.connection.send(bytes, index, 1);
  s.kernel.turn();
  s.gets("P. 1+4 ack 1");
  s.quiet();
});

t.test("the initial window is ten segments (RFC 6928)", async (t) => {
  const s = createScript(t);
  s.accept("mss 1460");
  s.write(40_000);
  t.equal(s.take().length, 10);
  t.equal(s.info.cwndBytes, 14_600);
});

t.test("the peer's window bounds what is in flight", async (t) => {
  const s = createScript(t);
  s.accept("mss 1000", 2500);
  s.write(5000);
  s.gets(". 1+1000 ack 1");
  s.gets(". 1001+1000 ack 1");
  s.quiet();
  s.sends(". 1 ack 2001 win 2500");
  s.gets(". 2001+1000 ack 1");
  s.gets(". 3001+1000 ack 1");
  s.quiet();
});

t.test("a closed window is probed with one byte, with backoff (RFC 9293 3.8.6.1)", async (t) => {
  const s = createScript(t);
  s.accept("mss 1000", 2000);
  s.write(5000);
  s.drop();
  s.sends(". 1 ack 2001 win 0");
  s.quiet();
  s.wait(200);
  s.gets("P. 2001+1 ack 1");
  s.sends(". 1 ack 2001 win 0");
  s.wait(399);
  s.quiet();
  s.wait(1);
  s.gets("P. 2001+1 ack 1");
  s.sends(". 1 ack 2001 win 0");
  s.wait(800);
  s.gets("P. 2001+1 ack 1");
  s.sends(". 1 ack 2001 win 3000");
  s.gets("P. 2001+1 ack 1");
  s.gets(". 2002+1000 ack 1");
  s.gets(". 3002+1000 ack 1");
});

t.test("a probe that is taken moves the stream on", async (t) => {
  const s = createScript(t);
  s.accept("mss 1000", 2000);
  s.write(5000);
  s.drop();
  s.sends(". 1 ack 2001 win 0");
  s.wait(200);
  s.gets("P. 2001+1 ack 1");
  s.sends(". 1 ack 2002 win 2000");
  s.gets(". 2002+1000 ack 1");
  s.gets(". 3002+1000 ack 1");
});

t.test("probes go on as long as they are answered, and not without an answer", async (t) => {
  const s = createScript(t, { limits: { maxRetransmits: 3, maxRtoUs: 1_000_000 } });
  s.accept("mss 1000", 1000);
  s.write(2000);
  s.drop();
  s.sends(". 1 ack 1001 win 0");
  for (let round = 0; round < 10; round++) {
    s.wait(1000);
    s.sends(". 1 ack 1001 win 0");
  }
  s.is("ESTABLISHED");
  s.wait(5000);
  s.told("close ETIMEDOUT");
});

t.test("FIN is the probe when there is nothing else", async (t) => {
  const s = createScript(t);
  s.accept("mss 1000", 1000);
  s.write(1000);
  s.drop();
  s.sends(". 1 ack 1001 win 0");
  s.shutdown();
  s.quiet();
  s.wait(200);
  s.gets("F. 1001 ack 1");
  s.sends(". 1 ack 1002 win 0");
  s.is("FIN-WAIT-2");
});

t.test("a silly window is not filled before half of the largest is open", async (t) => {
  const s = createScript(t);
  s.accept("mss 1000", 2000);
  s.write(4000);
  s.drop();
  s.sends(". 1 ack 2001 win 500");
  s.quiet();
  s.wait(200);
  s.gets("P. 2001+500 ack 1");
});

t.test("a window that was taken back stops sending, and ACKs stay inside of it", async (t) => {
  const s = createScript(t);
  s.accept("mss 1000", 5000);
  s.write(5000);
  s.drop();
  s.sends(". 1 ack 1001 win 1000");
  s.quiet();
  s.sendsTogether("P. 1+100 ack 1001 win 1000", ". 101+2000 ack 1001 win 1000");
  s.wait(50);
  s.gets(". 2001 ack 2101");
});

t.test("an old segment does not change the window (SND.WL1)", async (t) => {
  const s = createScript(t);
  s.accept("mss 1000", 5000);
  s.sends("P. 101+100 ack 1 win 4000");
  t.equal(s.info.sendWindowBytes, 4000);
  s.sends("P. 1+100 ack 1 win 3000");
  t.equal(s.info.sendWindowBytes, 4000);
});

t.test("send takes what fits, and tells when there is room again", async (t) => {
  const s = createScript(t, { limits: { sendQueueBytes: 8192 } });
  s.accept("mss 1000");
  t.equal(s.write(10_000), 8192);
  t.equal(s.connection.sendSpace, 0);
  t.equal(s.write(1), 0);
  s.sends(". 1 ack 1001");
  s.told();
  s.sends(". 1 ack 4001");
  s.told("space");
  t.equal(s.connection.sendSpace, 4000);
  s.sends(". 1 ack 8193");
  s.told("drain");
});

t.test("without memory send takes nothing and asks again when there is some", async (t) => {
  const s = createScript(t, { limits: { sendMemoryBytes: 4096 } });
  s.accept("mss 1000");
  t.equal(s.write(4000), 4000);
  const other = s.tcp.connect({ address: 0x0a000003, port: 9, handler: s });
  if (typeof other === "string") throw new Error(other);
  t.equal(other.send(new Uint8Array(10), 0, 10), 0);
  t.equal(s.tcp.counters.memoryRefusals, 1);
  s.sends(". 1 ack 4001");
  s.told("drain", "space");
  t.equal(other.send(new Uint8Array(10), 0, 10), 10);
});

t.test("queues that nobody empties leave memory to others", async (t) => {
  const s = createScript(t, { limits: { sendMemoryBytes: 1 << 20 } });
  const taken: number[] = [];
  const bytes = new Uint8Array(1 << 20);
  for (let count = 0; count < 40; count++) {
    const connection = s.tcp.connect({ address: 0x0a000003, port: 9, handler: s });
    if (typeof connection === "string") throw new Error(connection);
    taken.push(connection.send(bytes, 0, bytes.length));
  }
  t.same(new Set(taken), new Set([512 << 10, 64 << 10, 16 << 10, 4 << 10]));
  t.equal(s.tcp.counters.memoryRefusals, 0);
});

t.test("a device that cuts segments gets them whole", async (t) => {
  const s = createScript(t);
  s.network.offloads = ALL_OFFLOADS;
  s.accept("mss 1000");
  s.write(9500);
  const [first, ...rest] = s.takePackets();
  t.equal(rest.length, 0);
  t.equal(first?.bytes.length, 20 + 9500);
  t.equal(first?.segmentBytes, 1000);
  t.equal(first?.isPartial, true);
  t.equal(s.info.cwndBytes, 10_000);
});

t.test("a whole frame ends at a segment's edge when the tail has to wait", async (t) => {
  const s = createScript(t);
  s.network.offloads = ALL_OFFLOADS;
  s.accept("mss 1000");
  s.write(10);
  s.drop();
  s.write(5500);
  s.gets(". 11+5000 ack 1");
  s.quiet();
  s.sends(". 1 ack 11");
  s.gets("P. 5011+500 ack 1");
});

t.test("a full device is tried again when it has room", async (t) => {
  const s = createScript(t);
  s.accept();
  s.network.answer = SEND.FULL;
  s.write(1500);
  s.sends("P. 1+100 ack 1");
  s.quiet();
  s.network.answer = SEND.OK;
  s.network.writable();
  s.kernel.turn();
  s.gets(". 1+1000 ack 101");
  s.gets("P. 1001+500 ack 101");
  s.quiet();
});

t.test("memory that a device still reads is not written again", async (t) => {
  const s = createScript(t, { limits: { sendQueueBytes: 4096 } });
  s.accept("mss 1000");
  s.network.isHeld = true;
  t.equal(s.write(4096), 4096);
  s.drop();
  s.sends(". 1 ack 4001");
  t.equal(s.connection.sendSpace, 0, "acknowledged, and still under the device's eyes");
  t.equal(s.write(100), 0);
  s.network.release();
  s.wait(1);
  s.told("space");
  t.equal(s.write(4000), 4000);
});

t.test("memory of an aborted connection waits for the device too", async (t) => {
  const s = createScript(t);
  s.accept("mss 1000");
  s.network.isHeld = true;
  s.write(4096);
  s.abort();
  const [, send] = s.kernel.face.memory.owners;
  t.equal(send?.usedBytes, 4096);
  s.tcp.stop();
  t.equal(send?.usedBytes, 4096);
  s.network.release();
  s.wait(2);
  s.tcp.stop();
  t.equal(send?.usedBytes, 0);
});

t.test("odd parts on both sides of the ring's end are summed right", async (t) => {
  const s = createScript(t, { limits: { sendQueueBytes: 4096 } });
  s.accept("mss 1001");
  s.connection.setNoDelay(true);
  // `gets` and `drop` verify each checksum, wherever the ring wraps.
  let acked = 1;
  for (let round = 0; round < 40; round++) {
    const length = 333 + 2 * round;
    t.equal(s.write(length), length);
    s.gets(`P. ${acked}+${length} ack 1`);
    acked += length;
    s.sends(`. 1 ack ${acked}`);
  }
});

t.test("a smaller path MTU while sending makes smaller segments", async (t) => {
  const s = createScript(t);
  s.accept("mss 1460");
  s.network.mtuBytes = 1000;
  s.write(2000);
  s.gets(". 1+960 ack 1");
  s.gets(". 961+960 ack 1");
  s.gets("P. 1921+80 ack 1");
});

t.test("after an idle time the congestion window starts anew (RFC 5681 4.1)", async (t) => {
  const s = createScript(t);
  s.accept("mss 1000", 60_000);
  s.write(30_000);
  for (let acked = 0; acked < 30_000;) {
    acked = Math.min(acked + 5000, s.info.bytesSent + 10_000, 30_000);
    s.sends(`. 1 ack ${acked + 1} win 60000`);
  }
  t.ok(s.info.cwndBytes > 10_000);
  s.drop();
  s.wait(10_000);
  s.write(30_000);
  t.equal(s.take().length, 10);
});
