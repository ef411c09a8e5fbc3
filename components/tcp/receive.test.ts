import t from "tap";
import { createScript, stream } from "./testing/script.ts";

t.test("one segment is acknowledged after 40 ms, the second at once", async (t) => {
  const s = createScript(t);
  s.accept();
  s.sends("P. 1+1000 ack 1");
  s.quiet();
  s.wait(39);
  s.quiet();
  s.wait(1);
  s.gets(". 1 ack 1001");
  s.sends(". 1001+1000 ack 1");
  s.quiet();
  s.sends(". 2001+1000 ack 1");
  s.gets(". 1 ack 3001");
  s.wait(100);
  s.quiet();
});

t.test("one ACK answers a batch", async (t) => {
  const s = createScript(t);
  s.accept();
  s.sendsTogether(
    ". 1+1000 ack 1",
    ". 1001+1000 ack 1",
    ". 2001+1000 ack 1",
    ". 3001+1000 ack 1",
    ". 4001+1000 ack 1",
  );
  s.gets(". 1 ack 5001");
  s.quiet();
});

t.test("a joined segment counts as the segments that it was", async (t) => {
  const s = createScript(t);
  s.accept();
  s.sends("P. 1+4000 ack 1", { segmentBytes: 1000 });
  s.gets(". 1 ack 4001");
});

t.test("an ACK rides on data", async (t) => {
  const s = createScript(t);
  s.accept();
  s.sends("P. 1+100 ack 1");
  s.write(10);
  s.gets("P. 1+10 ack 101");
  s.wait(100);
  s.quiet();
});

t.test("early data is kept, acknowledged at once and joined", async (t) => {
  const s = createScript(t);
  s.accept();
  s.sends(". 1001+1000 ack 1");
  s.gets(". 1 ack 1");
  s.sends(". 3001+1000 ack 1");
  s.gets(". 1 ack 1");
  s.told();
  s.sends(". 1+1000 ack 1");
  s.gets(". 1 ack 2001");
  s.told("data 2000");
  s.sends(". 2001+1000 ack 1");
  s.gets(". 1 ack 4001");
  s.told("data 2000");
  t.equal(s.tcp.counters.outOfOrderSegments, 2);
});

t.test("SACK names the latest range first (RFC 2018 4)", async (t) => {
  const s = createScript(t);
  s.accept("mss 1000 sackOK");
  s.sends(". 1001+1000 ack 1");
  s.gets(". 1 ack 1 <sack 1001-2001>");
  s.sends(". 5001+1000 ack 1");
  s.gets(". 1 ack 1 <sack 5001-6001 1001-2001>");
  s.sends(". 3001+1000 ack 1");
  s.gets(". 1 ack 1 <sack 3001-4001 5001-6001 1001-2001>");
  s.sends(". 2001+1000 ack 1");
  s.gets(". 1 ack 1 <sack 1001-4001 5001-6001>");
  s.sends(". 1+1000 ack 1");
  s.gets(". 1 ack 4001 <sack 5001-6001>");
  s.sends(". 4001+1000 ack 1");
  s.gets(". 1 ack 6001 win 65535");
});

t.test("SACK has room for four ranges, three beside timestamps", async (t) => {
  for (const [options, stamp, count] of [
    ["mss 1000 sackOK", "", 4],
    ["mss 1000 sackOK ts 1 0", " <ts 1 0>", 3],
  ] as const) {
    const s = createScript(t);
    s.accept(options);
    for (let gap = 1; gap <= 6; gap++) s.sends(`. ${gap * 200}+100 ack 1${stamp}`);
    const last = s.take().at(-1)!;
    t.equal(last.match(/\d+-\d+/g)?.length, count, last);
  }
});

t.test("what overlaps is delivered once", async (t) => {
  const s = createScript(t);
  s.accept();
  s.sends(". 1+1000 ack 1");
  s.sends(". 501+1000 ack 1");
  s.told("data 1500");
  s.sends(". 2001+500 ack 1");
  s.sends(". 1501+2000 ack 1");
  s.told("data 2000");
  t.equal(s.received, 3500);
});

t.test("a duplicate is acknowledged at once", async (t) => {
  const s = createScript(t);
  s.accept();
  s.sends(". 1+1000 ack 1");
  s.sends(". 1+1000 ack 1");
  s.gets(". 1 ack 1001");
  t.equal(s.tcp.counters.duplicateSegments, 1);
});

t.test("a FIN that comes early waits for what is missing", async (t) => {
  const s = createScript(t);
  s.accept();
  s.sends("FP. 101+100 ack 1");
  s.gets(". 1 ack 1");
  s.told();
  s.sends(". 1+100 ack 1");
  s.gets(". 1 ack 202");
  s.told("data 200", "end");
});

t.test("the window closes with what is unread, and opens again", async (t) => {
  const s = createScript(t, { limits: { receiveQueueBytes: 4096 } });
  s.accept();
  s.isPaused = true;
  s.sends(". 1+1000 ack 1");
  s.sends(". 1001+1000 ack 1");
  s.gets(". 1 ack 2001 win 2096");
  s.sends(". 2001+1000 ack 1");
  s.sends(". 3001+1000 ack 1");
  s.gets(". 1 ack 4001 win 96");
  t.equal(s.connection.receiveQueueBytes, 4000);
  s.resume();
  s.gets(". 1 ack 4001 win 4096");
  s.told("data 4000");
});

t.test("beyond the window data is cut off", async (t) => {
  const s = createScript(t, { limits: { receiveQueueBytes: 4096 } });
  s.accept();
  s.isPaused = true;
  s.sends(". 1+5000 ack 1");
  s.gets(". 1 ack 4097 win 0");
  s.sends(". 4097+1 ack 1");
  s.gets(". 1 ack 4097 win 0");
  s.sends(". 9000+10 ack 1");
  s.gets(". 1 ack 4097 win 0");
  s.resume();
  s.gets(". 1 ack 4097 win 4096");
  s.told("data 4096");
});

t.test("the window does not open by crumbs (RFC 9293 3.8.6.2.2)", async (t) => {
  const s = createScript(t, { limits: { receiveQueueBytes: 4096 } });
  s.accept();
  s.isPaused = true;
  s.sends(". 1+4096 ack 1");
  s.drop();
  const target = new Uint8Array(4096);
  for (let round = 0; round < 5; round++) {
    t.equal(s.connection.receive(target, 0, 100), 100);
    s.kernel.turn();
    s.quiet();
  }
  s.connection.receive(target, 0, 1600);
  s.kernel.turn();
  s.gets(". 1 ack 4097 win 2100");
});

t.test("with a closed window the peer's ACKs count", async (t) => {
  const s = createScript(t, { limits: { receiveQueueBytes: 4096 } });
  s.accept();
  s.isPaused = true;
  s.sends(". 1+4096 ack 1");
  s.drop();
  s.write(100);
  s.gets("P. 1+100 ack 4097 win 0");
  s.sends(". 4097+1 ack 101");
  s.told("drain");
});

t.test("only what the handler leaves is kept, and offered again by resume", async (t) => {
  const s = createScript(t);
  s.accept();
  const handler = s.connection.handler;
  let taken = 0;
  s.connection.handler = {
    ...handler,
    onEnd() {},
    onClose() {},
    onConnect() {},
    onSpace() {},
    onData(_connection, _offset, length) {
      taken += Math.min(length, 300);
      return Math.min(length, 300);
    },
  };
  s.sends("P. 1+1000 ack 1");
  t.equal(s.connection.receiveQueueBytes, 700);
  s.sends("P. 1001+1000 ack 1");
  t.equal(s.connection.receiveQueueBytes, 1700);
  t.equal(taken, 300);
  s.connection.resume();
  t.equal(taken, 600);
  const target = new Uint8Array(2000);
  t.equal(s.connection.receive(target, 0, 2000), 1400);
  t.same(target.subarray(0, 1400), stream(600, 1400));
});

t.test("an idle connection holds no packet memory", async (t) => {
  const s = createScript(t);
  s.accept();
  const used = (): number[] => s.kernel.face.memory.owners.slice(1).map((owner) => owner.usedBytes);
  t.same(used(), [0, 0]);
  s.write(5000);
  s.sends(". 2001+1000 ack 1");
  t.ok(used().every((bytes) => bytes > 0));
  s.sends(". 1+2000 ack 5001");
  s.tcp.stop();
  t.same(used(), [0, 0]);
});

t.test("too many gaps are refused and counted", async (t) => {
  const s = createScript(t, { limits: { maxOutOfOrderRanges: 3 } });
  s.accept();
  for (const at of [101, 301, 501, 701]) s.sends(`. ${at}+100 ack 1`);
  t.equal(s.tcp.counters.rangeRefusals, 1);
  s.drop();
  s.sends(". 1+100 ack 1");
  s.sends(". 201+100 ack 1");
  s.sends(". 401+100 ack 1");
  t.match(s.take().at(-1), /ack 601$|ack 601 /);
});

t.test("without memory data is dropped, counted, and taken when it comes again", async (t) => {
  const s = createScript(t, { limits: { receiveMemoryBytes: 4096 } });
  s.accept();
  s.isPaused = true;
  s.sends(". 1+4000 ack 1");
  s.sends(". 4001+1000 ack 1");
  t.equal(s.connection.receiveQueueBytes, 4000);
  t.equal(s.tcp.counters.memoryRefusals, 1);
  s.resume();
  s.sends(". 4001+1000 ack 1");
  s.told("data 5000");
});

t.test("while memory runs short, new windows are small", async (t) => {
  const s = createScript(t, {
    limits: { receiveMemoryBytes: 65_536, pressureWindowBytes: 8192 },
  });
  s.accept();
  s.isPaused = true;
  for (let at = 1; at < 30_000; at += 1000) s.sends(`. ${at}+1000 ack 1`);
  s.drop();
  s.peerPort++;
  s.sends("S 0 win 8192");
  s.gets("S. 0 ack 1 win 8192");
});

t.test("urgent data is ordinary data (RFC 6093)", async (t) => {
  const s = createScript(t);
  s.accept();
  s.sends("PU. 1+100 ack 1");
  s.told("data 100");
});

t.test("a wrong checksum is dropped and counted", async (t) => {
  const s = createScript(t);
  s.accept();
  const bytes = s.encode("P. 1+100 ack 1");
  bytes[17]! ^= 1;
  s.inject(bytes, {});
  s.kernel.turn();
  s.told();
  t.equal(s.tcp.counters.badChecksums, 1);
  s.inject(bytes, { checksumValid: true });
  t.equal(s.connection.receiveQueueBytes, 0);
  t.equal(s.events.length, 1, "the device's word is taken for it");
});
