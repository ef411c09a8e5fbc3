import t from "tap";
import { viewOf } from "../../libos/kernel/mod.ts";
import { writeMss, writeSackPermitted, writeTimestamps, writeWindowScale } from "./options.ts";
import { parseSegment } from "./parse.ts";
import { Segment } from "./segment.ts";
import { encodeText, parseText } from "./testing/segment-text.ts";

function segment(text: string): Uint8Array {
  return encodeText(parseText(text), 1000, 80, 0, 0, new Uint8Array(2000).fill(1));
}

function parse(bytes: Uint8Array): Segment | undefined {
  const into = new Segment();
  return parseSegment(viewOf(bytes), 0, bytes.length, into) ? into : undefined;
}

t.test("every field is read", async (t) => {
  t.match(parse(segment("FP. 7+100 ack 9 win 500")), {
    sourcePort: 1000,
    destinationPort: 80,
    sequence: 7,
    acknowledgment: 9,
    window: 500,
    payloadOffset: 20,
    payloadBytes: 100,
    sequenceBytes: 101,
    hasTimestamps: false,
    sackCount: 0,
  });
  t.equal(parse(segment("SF 7+100"))?.sequenceBytes, 102);
});

t.test("options are read, also behind unknown ones", async (t) => {
  t.match(parse(segment("S 0 <mss 1460 sackOK ts 5 6 ws 7>")), {
    mssBytes: 1460,
    isSackPermitted: true,
    hasTimestamps: true,
    timestampValue: 5,
    timestampEcho: 6,
    windowShift: 7,
  });
  const bytes = segment("S 0 <mss 1460 ws 20>");
  t.equal(parse(bytes)?.windowShift, 14, "RFC 7323 2.3");
  bytes.set([254, 4, 0, 0], 20);
  t.match(parse(bytes), { mssBytes: 0, windowShift: 14 });
});

t.test("options of a SYN count only there", async (t) => {
  t.match(parse(segment(". 1 ack 1 <mss 1460 ws 7 sackOK>")), {
    mssBytes: 0,
    windowShift: -1,
    isSackPermitted: false,
  });
  t.equal(parse(segment("S 0 <sack 1-2>"))?.sackCount, 0);
});

t.test("SACK blocks are read", async (t) => {
  const parsed = parse(segment(". 1 ack 1 <ts 1 2 sack 10-20 30-40>"));
  t.equal(parsed?.sackCount, 2);
  t.same([parsed?.sackLeft[1], parsed?.sackRight[1]], [30, 40]);
});

t.test("a malformed header is refused", async (t) => {
  t.equal(parse(new Uint8Array(19)), undefined);
  const short = segment(". 1 ack 1");
  short[12] = 0x40;
  t.equal(parse(short), undefined, "a data offset below 5");
  short[12] = 0x60;
  t.equal(parse(short), undefined, "a data offset beyond the end");
  const noPort = segment(". 1 ack 1");
  noPort.set([0, 0], 0);
  t.equal(parse(noPort), undefined, "port 0");
});

t.test("a malformed option ends the options", async (t) => {
  const bytes = segment("S 0 <mss 1460 ws 7>");
  bytes[25] = 0;
  t.match(parse(bytes), { mssBytes: 1460, windowShift: -1 });
  bytes[21] = 40;
  t.match(parse(bytes), { mssBytes: 0, windowShift: -1 });
});

t.test("what is written is read again", async (t) => {
  const bytes = segment("S 0 <mss 1 sackOK ts 0 0 ws 0>");
  const view = viewOf(bytes);
  let at = writeMss(view, 20, 9000);
  at = writeSackPermitted(view, at);
  at = writeTimestamps(view, at, 0xfffffffe, 77);
  at = writeWindowScale(view, at, 9);
  t.equal(at, bytes.length);
  t.match(parse(bytes), {
    mssBytes: 9000,
    isSackPermitted: true,
    timestampValue: -2,
    timestampEcho: 77,
    windowShift: 9,
  });
});
