import t from "tap";
import { MAX_FRAME_PARTS, type TransmitFrame } from "../../libos/hal/mod.ts";
import { createDevicePair, type DevicePair } from "./device-pair.ts";
import type { DevicePairOptions } from "./device-pair-options.ts";
import { createJobQueue, type JobQueue } from "./jobs.ts";
import { createRandom } from "./random.ts";
import { createSlab, type Slab } from "./slab.ts";

const HEADERS = 54;

interface Bench {
  readonly slab: Slab;
  readonly jobs: JobQueue;
  readonly pair: DevicePair;
  readonly frame: TransmitFrame;
}

function makeBench(options: Partial<DevicePairOptions> = {}): Bench {
  const slab = createSlab(8 * 2 ** 20);
  slab.region(2 ** 20);
  const jobs = createJobQueue();
  const pair = createDevicePair(slab, { schedule: jobs.schedule, ...options });
  return { slab, jobs, pair, frame: makeFrame() };
}

function makeFrame(): TransmitFrame {
  return {
    partCount: 1,
    partOffset: new Int32Array(MAX_FRAME_PARTS),
    partLength: new Int32Array(MAX_FRAME_PARTS),
    checksumStart: -1,
    checksumOffset: 0,
    segmentBytes: 0,
    headerBytes: 0,
  };
}

/** Writes TCP over IPv4 at 0 and asks for it in random parts. */
function writeTcp(bench: Bench, payload: number, segmentBytes: number, cuts: number[]): void {
  const { slab, frame } = bench;
  const { bytes } = slab;
  const random = createRandom(payload, "payload");
  random.fill(bytes.subarray(0, HEADERS + payload));
  bytes[14] = 0x45;
  bytes[23] = 6;
  bytes[46] = 0x50;
  bytes[47] = 0x80 | 0x10 | 0x08 | 0x01;
  bytes.set([0, 0, 0, 100], 38);
  bytes.set([255, 255], 18);
  const pseudo = slabSum(bytes, 26, 8) + 6 + 20 + payload;
  const folded = (pseudo % 0xffff) + 0;
  bytes.set([folded >> 8, folded & 255], 50);
  const edges = [0, ...cuts, HEADERS + payload];
  frame.partCount = edges.length - 1;
  for (let part = 0; part < frame.partCount; part++) {
    frame.partOffset[part] = edges[part]!;
    frame.partLength[part] = edges[part + 1]! - edges[part]!;
  }
  Object.assign(frame, {
    checksumStart: 34,
    checksumOffset: 16,
    segmentBytes,
    headerBytes: HEADERS,
  });
}

/** An independent sum: plain arithmetic modulo 0xffff. */
function slabSum(bytes: Uint8Array, offset: number, length: number): number {
  let sum = 0;
  for (let index = 0; index < length; index++) {
    sum += bytes[offset + index]! * (index % 2 === 0 ? 256 : 1);
  }
  return sum % 0xffff;
}

function isTcpChecksumRight(frame: Uint8Array): boolean {
  const tcpLength = frame.length - 34;
  return (slabSum(frame, 26, 8) + 6 + tcpLength + slabSum(frame, 34, tcpLength)) % 0xffff === 0;
}

function receiveAll(bench: Bench): { frame: Uint8Array; valid: boolean; segment: number }[] {
  const got: { frame: Uint8Array; valid: boolean; segment: number }[] = [];
  bench.pair.b.receive((offset, length, offload) => {
    const frame = bench.slab.bytes.slice(offset, offset + length);
    got.push({ frame, valid: offload.checksumValid, segment: offload.segmentBytes });
  }, 10_000);
  return got;
}

t.test(
  "a large frame is cut into right TCP segments for a peer without large receive",
  async (t) => {
    const bench = makeBench({
      offloads: { transmitChecksum: true, tcp4SegmentationBytes: 65_535 },
    });
    for (const cuts of [[54], [54, 1001], [20, 55, 2000]]) {
      writeTcp(bench, 5001, 1460, cuts);
      const sent = bench.slab.bytes.slice(0, HEADERS + 5001);
      t.ok(bench.pair.a.transmit(bench.frame));
      const got = receiveAll(bench);
      t.strictSame(
        got.map(({ frame }) => frame.length - HEADERS),
        [1460, 1460, 1460, 621],
      );
      const payload = Buffer.concat(got.map(({ frame }) => frame.subarray(HEADERS)));
      t.ok(payload.equals(sent.subarray(HEADERS)), "every byte of the payload");
      for (const [index, { frame, valid, segment }] of got.entries()) {
        const view = new DataView(frame.buffer);
        t.notOk(valid);
        t.equal(segment, 0);
        t.ok(isTcpChecksumRight(frame), "TCP checksum");
        t.equal(slabSum(frame, 14, 20), 0, "IP header checksum");
        t.equal(view.getUint16(16), frame.length - 14, "total length");
        t.equal(view.getUint16(18), (0xffff + index) & 0xffff, "identification counts up");
        t.equal(view.getUint32(38), 100 + 1460 * index, "sequence number");
        const isLast = index === 3;
        t.equal(frame[47], (index === 0 ? 0x80 : 0) | 0x10 | (isLast ? 0x09 : 0), "flags");
      }
    }
  },
);

t.test("a large frame stays whole for a peer with large receive", async (t) => {
  const offloads = {
    transmitChecksum: true,
    tcp4SegmentationBytes: 65_535,
    receiveChecksum: true,
    largeReceiveBytes: 65_535,
  };
  const bench = makeBench({ offloads });
  writeTcp(bench, 60_001, 1448, [54, 333]);
  const sent = bench.slab.bytes.slice(0, HEADERS + 60_001);
  t.ok(bench.pair.a.transmit(bench.frame));
  const got = receiveAll(bench);
  t.equal(got.length, 1);
  t.equal(got[0]!.segment, 1448);
  t.ok(got[0]!.valid);
  t.ok(Buffer.from(got[0]!.frame).equals(sent));
});

t.test("a checksum is completed for a peer that checks it, at any split", async (t) => {
  const bench = makeBench({ offloads: { transmitChecksum: true } });
  for (const cuts of [[], [34], [35], [54, 55], [13, 101, 700]]) {
    for (const payload of [1, 2, 1003, 1460]) {
      const fitting = cuts.filter((cut) => cut < HEADERS + payload);
      writeTcp(bench, payload, 0, fitting);
      t.ok(bench.pair.a.transmit(bench.frame));
      const [got] = receiveAll(bench);
      t.ok(isTcpChecksumRight(got!.frame), `${fitting.join()} of ${payload}`);
    }
  }
});

t.test("segments that don't all fit are refused as one, and announced when they do", async (t) => {
  const bench = makeBench({
    offloads: { transmitChecksum: true, tcp4SegmentationBytes: 8000 },
    b: { ringBytes: 16_384 },
  });
  let announced = 0;
  bench.pair.a.onReady(() => announced++);
  writeTcp(bench, 7000, 1000, [54]);
  t.ok(bench.pair.a.transmit(bench.frame));
  t.ok(bench.pair.a.transmit(bench.frame));
  t.notOk(bench.pair.a.transmit(bench.frame));
  t.equal(bench.pair.a.transmitted(), 2);
  bench.jobs.run();
  t.equal(announced, 0);
  t.equal(receiveAll(bench).length, 14);
  t.equal(announced, 0, "not from inside receive");
  bench.jobs.run();
  t.equal(announced, 1);
  t.ok(bench.pair.a.transmit(bench.frame));
});

t.test("a cable that is out takes frames and drops them; both ends learn of it", async (t) => {
  const bench = makeBench();
  let a = 0;
  let b = 0;
  bench.pair.a.onReady(() => a++);
  bench.pair.b.onReady(() => b++);
  bench.pair.setLink(false);
  bench.jobs.run();
  t.strictSame([a, b], [1, 1]);
  t.notOk(bench.pair.a.linkUp());
  bench.frame.partLength[0] = 60;
  t.ok(bench.pair.a.transmit(bench.frame));
  t.equal(bench.pair.a.counters.dropped, 1);
  bench.pair.setLink(true);
  t.equal(receiveAll(bench).length, 0);
  t.ok(bench.pair.a.linkUp());
});

t.test("a closed end is silent, and its far end finds the link down", async (t) => {
  const bench = makeBench();
  let a = 0;
  let b = 0;
  bench.pair.a.onReady(() => a++);
  bench.pair.b.onReady(() => b++);
  bench.pair.b.close();
  bench.pair.b.close();
  bench.jobs.run();
  t.strictSame([a, b], [1, 0]);
  t.notOk(bench.pair.a.linkUp());
});

t.test("what no device can do is refused when the pair is made", async (t) => {
  t.throws(() => makeBench({ offloads: { largeReceiveBytes: 9000 } }), RangeError);
  t.throws(() => makeBench({ offloads: { tcp4SegmentationBytes: 65_536 } }), RangeError);
  t.throws(() => makeBench({ mtuBytes: 60 }), RangeError);
  t.throws(() => makeBench({ a: { ringFrames: 100 } }), RangeError);
  t.throws(() => makeBench({ a: { ringBytes: 1000 } }), /largest frame/);
});

t.test(
  "a frame for segmentation that is no TCP, or has other headers, is a caller's bug",
  async (t) => {
    const bench = makeBench({ offloads: { transmitChecksum: true, tcp4SegmentationBytes: 8000 } });
    writeTcp(bench, 4000, 1000, [54]);
    bench.frame.headerBytes = 58;
    t.throws(() => bench.pair.a.transmit(bench.frame), /headerBytes is 58/);
    writeTcp(bench, 4000, 1000, [54]);
    bench.slab.bytes[23] = 17;
    t.throws(() => bench.pair.a.transmit(bench.frame), /protocol 17/);
    writeTcp(bench, 4000, 1, [54]);
    t.throws(() => bench.pair.a.transmit(bench.frame), /segments/);
    t.equal(receiveAll(bench).length, 0);
  },
);
