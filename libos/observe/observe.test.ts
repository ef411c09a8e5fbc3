import t from "tap";
import { createPlainMemory } from "../../host-adapters/shared/plain-memory.ts";
import { completeChecksum } from "./complete-checksum.ts";
import { createTextTrace, parseTraceFilter, PcapWriter } from "./mod.ts";

t.test("a filter shows what is named, with everything below it, and takes away", (t) => {
  const tcp = parseTraceFilter("tcp,-tcp.send");
  t.ok(tcp("tcp", "state"));
  t.notOk(tcp("tcp", "send"));
  t.notOk(tcp("hal.net", "receive"));
  const hal = parseTraceFilter("hal");
  t.ok(hal("hal.net", "receive"));
  t.notOk(hal("halt", "now"));
  t.ok(parseTraceFilter("*.receive")("hal.net", "receive"));
  t.ok(parseTraceFilter("")("anything", "at-all"));
  t.ok(parseTraceFilter("-tcp")("hal.net", "receive"), "without a positive name, all but that");
  t.end();
});

t.test("a line has the time since boot, the event and its values", (t) => {
  const lines: string[] = [];
  const clock = { nowUs: () => 61_000_042, wallUs: () => 0 };
  const trace = createTextTrace(clock, parseTraceFilter(""), (line) => lines.push(line));
  trace.event("tcp", "state", { from: "SYN-SENT", to: "ESTABLISHED" });
  t.same(lines, ["   61.000042 tcp.state          from=SYN-SENT to=ESTABLISHED"]);
  t.end();
});

t.test("a capture has its header once, and a record for each frame", (t) => {
  const chunks: Uint8Array[] = [];
  const writer = new PcapWriter((bytes) => chunks.push(bytes.slice()));
  for (const length of [60, 5000]) {
    const frame = writer.begin(1_700_000_000_123_456, length);
    frame.fill(7);
    writer.commit(frame);
  }
  t.same(
    chunks.map((chunk) => chunk.length),
    [24, 16 + 60, 16 + 5000],
  );
  const record = new DataView(chunks[2]!.buffer);
  t.equal(record.getUint32(0), 1_700_000_000);
  t.equal(record.getUint32(4), 123_456);
  t.equal(record.getUint32(8), 5000);
  t.equal(chunks[2]![16], 7);
  t.end();
});

/** An Ethernet frame with an IPv4 packet of `protocol` around `transportBytes` of anything. */
function frameOf(protocol: number, transportBytes: number): Uint8Array {
  const frame = Uint8Array.from({ length: 34 + transportBytes }, (_, index) => (index * 37) & 0xff);
  frame.set([0x08, 0x00, 0x45, 0], 12);
  new DataView(frame.buffer).setUint16(16, 20 + transportBytes);
  frame.set([0, 0, 0x40, 0, 64, protocol], 18);
  return frame;
}

t.test("a checksum that a device would have written is written, for odd lengths too", (t) => {
  for (const [protocol, length] of [
    [6, 20],
    [6, 1461],
    [17, 8],
    [17, 101],
  ] as const) {
    const frame = frameOf(protocol, length);
    completeChecksum(frame);
    const memory = createPlainMemory(frame, 0, 0);
    const pseudo = memory.checksum(26, 8, protocol + length);
    t.equal(memory.checksum(34, length, pseudo), 0xffff, `protocol ${protocol}, ${length} bytes`);
  }
  t.end();
});

t.test("what is no whole packet of TCP or UDP is left as it is", (t) => {
  const fragment = frameOf(17, 64);
  fragment[20] = 0x20;
  const short = frameOf(6, 20).subarray(0, 40);
  for (const frame of [fragment, short, frameOf(1, 64), new Uint8Array(10)]) {
    const before = frame.slice();
    completeChecksum(frame);
    t.same(frame, before);
  }
  t.end();
});
