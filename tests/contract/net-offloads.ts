/** Offloads of `NetDevice` (libos/hal/net-device.ts): checksums and segmentation. */
import assert from "node:assert/strict";
import { createRandom } from "../../host-adapters/shared/random.ts";
import type { NetOffloads, TransmitFrame } from "../../libos/hal/mod.ts";
import { collect, createFrame, type ReceivedFrame, setParts } from "./frames.ts";
import {
  type ContractHarness,
  type NetEnd,
  type SystemUnderTest,
  testSystem,
  type TestFunction,
} from "./harness.ts";

const HEADERS = 54;

/** The sum of 16-bit words modulo 0xffff: 0 for a range whose checksum is right. */
function sumOf(bytes: Uint8Array, from: number, to: number): number {
  let sum = 0;
  for (let index = from; index < to; index++)
    sum += bytes[index]! << (index % 2 === from % 2 ? 8 : 0);
  return sum % 0xffff;
}

function isTcpRight(frame: Uint8Array): boolean {
  const length = frame.length - 34;
  return (sumOf(frame, 26, 34) + 6 + length + sumOf(frame, 34, frame.length)) % 0xffff === 0;
}

/** TCP over IPv4 (RFC 9293 3.1, RFC 791 3.1) with random payload, at the region's start. */
function writeTcp(end: NetEnd, payload: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(HEADERS + payload);
  createRandom(seed, "payload").fill(bytes);
  bytes.fill(0xff, 0, 6);
  bytes.set(end.device.info.hardwareAddress, 6);
  const total = 40 + payload;
  bytes.set([8, 0, 0x45, 0, total >> 8, total & 255, 0x12, 0x34, 0x40, 0, 64, 6, 0, 0], 12);
  bytes.set([10, 0, 0, 1, 10, 0, 0, 2], 26);
  const header = 0xffff - sumOf(bytes, 14, 34);
  bytes.set([header >> 8, header & 255], 24);
  bytes.set([0x50, 0x19], 46);
  // The folded, not inverted sum of the pseudo-header (virtio 1.3, 5.1.6.2).
  const pseudo = (sumOf(bytes, 26, 34) + 6 + 20 + payload) % 0xffff;
  bytes.set([pseudo >> 8, pseudo & 255], 50);
  end.memory.bytes.set(bytes, end.memory.regionOffset);
  return bytes;
}

function tcpFrame(
  end: NetEnd,
  length: number,
  cuts: readonly number[],
  segment: number,
): TransmitFrame {
  const frame = createFrame();
  setParts(frame, end.memory.regionOffset, length, cuts);
  return Object.assign(frame, {
    checksumStart: 34,
    checksumOffset: 16,
    segmentBytes: segment,
    headerBytes: segment > 0 ? HEADERS : 0,
  });
}

/** What each frame says of itself, whether it is one segment or several that were joined. */
function assertSegments(
  received: readonly ReceivedFrame[],
  sent: Uint8Array,
  segment: number,
): void {
  const payload: number[] = [];
  const first = new DataView(sent.buffer).getUint32(38);
  for (const { bytes, checksumValid, segmentBytes } of received) {
    const view = new DataView(bytes.buffer);
    assert.equal(view.getUint16(16), bytes.length - 14, "IP's total length");
    assert.equal(sumOf(bytes, 14, 34), 0, "IP's checksum");
    assert.equal(view.getUint32(38), (first + payload.length) >>> 0, "the sequence number");
    if (!checksumValid) assert.ok(isTcpRight(bytes), "TCP's checksum");
    if (segmentBytes > 0) assert.equal(segmentBytes, segment);
    else assert.ok(bytes.length - HEADERS <= segment, `${bytes.length - HEADERS} bytes of payload`);
    payload.push(...bytes.subarray(HEADERS));
    const isLast = payload.length === sent.length - HEADERS;
    assert.equal(bytes[47]! & 0x09, isLast ? 0x09 : 0, "FIN and PSH belong to the last segment");
  }
  assert.deepEqual(Uint8Array.from(payload), sent.subarray(HEADERS), "the payload");
}

interface Case {
  readonly name: string;
  readonly offloads: Partial<NetOffloads>;
}

const LARGE = 65_535;
const CASES: readonly Case[] = [
  { name: "checksums", offloads: { transmitChecksum: true } },
  { name: "checksums at both ends", offloads: { transmitChecksum: true, receiveChecksum: true } },
  { name: "segmentation", offloads: { transmitChecksum: true, tcp4SegmentationBytes: LARGE } },
  {
    name: "segmentation and large receive",
    offloads: {
      transmitChecksum: true,
      tcp4SegmentationBytes: LARGE,
      receiveChecksum: true,
      largeReceiveBytes: LARGE,
    },
  },
];

export function netOffloadsContract(harness: ContractHarness, test: TestFunction): void {
  if (!harness.devices.includes("net")) return;
  const add = (
    { name, offloads }: Case,
    what: string,
    run: (system: SystemUnderTest, near: NetEnd, far: NetEnd) => Promise<void>,
  ): void => {
    testSystem(
      harness,
      test,
      `${what} (offloads: ${name})`,
      (system) => run(system, system.net!.near, system.net!.far),
      { offloads },
    );
  };

  for (const each of CASES) {
    add(each, "a checksum is completed, or known to be right", async (system, near, far) => {
      const received = collect(far);
      for (const [index, payload] of [0, 1, 2, 777, 1460].entries()) {
        for (const cuts of [[], [34], [35], [14, 51, 53]]) {
          const before = received.length;
          const sent = writeTcp(near, payload, index);
          assert.ok(near.device.transmit(tcpFrame(near, sent.length, cuts, 0)));
          near.device.flush();
          assert.ok(await system.until(() => received.length > before));
          const { bytes, checksumValid } = received.at(-1)!;
          assert.ok(checksumValid || isTcpRight(bytes), `${payload} bytes cut at ${cuts.join()}`);
          assert.deepEqual(bytes.subarray(54), sent.subarray(54));
          assert.deepEqual(bytes.subarray(0, 50), sent.subarray(0, 50));
        }
      }
    });
  }

  for (const each of CASES.slice(2)) {
    add(each, "a large frame arrives in right segments or joined", async (system, near, far) => {
      const received = collect(far);
      const { mtuBytes, offloads } = near.device.info;
      const most = offloads.tcp4SegmentationBytes - 40;
      const lengths = [1, 100, 1460, 1461, 2920, 10_000, 64_000, most];
      for (const [index, payload] of lengths.entries()) {
        const segment = Math.min(mtuBytes - 40, [1460, 536, 1000][index % 3]!);
        const cuts = index % 2 === 0 ? [54] : [54, 55 + (payload >> 1)];
        const fitting = cuts.filter((cut) => cut < HEADERS + payload);
        const sent = writeTcp(near, payload, index);
        received.length = 0;
        assert.ok(near.device.transmit(tcpFrame(near, sent.length, fitting, segment)));
        near.device.flush();
        const got = (): number =>
          received.reduce((sum, { bytes }) => sum + bytes.length - HEADERS, 0);
        assert.ok(await system.until(() => got() >= payload), `${got()} of ${payload}`);
        assertSegments(received, sent, segment);
      }
    });

    add(each, "segments longer than the MTU get RangeError", async (_system, near) => {
      const { mtuBytes } = near.device.info;
      const sent = writeTcp(near, 8000, 1);
      const frame = tcpFrame(near, sent.length, [54], mtuBytes - 40 + 1);
      assert.throws(() => near.device.transmit(frame), RangeError);
    });
  }
}
