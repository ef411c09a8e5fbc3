import t from "tap";
import { createTransmitFrame, resetFrame } from "../../components/ip/mod.ts";
import type { NetDevice } from "../../libos/hal/mod.ts";
import { writeU16 } from "../../libos/kernel/mod.ts";
import { createDevicePair, createJobQueue, createPlainSlab } from "../shared/mod.ts";
import { Switch } from "./switch.ts";

const GATEWAY_MAC = Uint8Array.of(2, 0, 0, 0, 0, 0xff);
const mac = (last: number): Uint8Array => Uint8Array.of(2, 0, 0, 0, 0, last);
const OFFLOADS = {
  transmitChecksum: true,
  tcp4SegmentationBytes: 65_535,
  receiveChecksum: true,
  largeReceiveBytes: 65_535,
};

interface Seen {
  readonly bytes: Uint8Array;
  readonly checksumValid: boolean;
  readonly segmentBytes: number;
}

function createWorld(systems: number, ringFrames = 8) {
  const slab = createPlainSlab(2 ** 24);
  const jobs = createJobQueue();
  const own = slab.region(65_536);
  const info = {
    name: "gateway",
    hardwareAddress: GATEWAY_MAC,
    mtuBytes: 1500,
    transmitQueueFrames: 8,
    offloads: OFFLOADS,
  };
  const hub = new Switch(info, slab.bytes);
  const devices = Array.from({ length: systems }, (_, index) => {
    const pair = createDevicePair(slab, {
      schedule: jobs.schedule,
      offloads: OFFLOADS,
      a: { hardwareAddress: mac(index + 1), ringFrames },
      b: { hardwareAddress: GATEWAY_MAC, ringFrames },
    });
    hub.addPort(pair.b, 0x020000000000 + index + 1);
    return pair.a;
  });
  const frame = createTransmitFrame();
  const send = (device: NetDevice, to: Uint8Array, text: string): boolean => {
    slab.bytes.set([...to, 2, 0, 0, 0, 0, 9, 0x88, 0xb5], own.regionOffset + 2);
    slab.bytes.set(Buffer.from(text), own.regionOffset + 16);
    resetFrame(frame, own.regionOffset + 2, 14 + text.length);
    const isTaken = device.transmit(frame);
    device.flush();
    return isTaken;
  };
  const receive = (device: NetDevice): Seen[] => {
    const seen: Seen[] = [];
    device.receive((offset, length, { checksumValid, segmentBytes }) => {
      const bytes = slab.bytes.slice(offset, offset + length);
      seen.push({ bytes, checksumValid, segmentBytes });
    }, 100);
    return seen;
  };
  const texts = (device: NetDevice): string[] =>
    receive(device).map(({ bytes }) => Buffer.from(bytes.subarray(14)).toString());
  return { hub, devices, send, receive, texts, slab, own, frame, jobs };
}

t.test("one system talks to the gateway and back", async (t) => {
  const { hub, devices, send, texts } = createWorld(1);
  const [app] = devices;
  send(app!, GATEWAY_MAC, "up");
  t.same(texts(hub), ["up"]);
  send(hub, mac(1), "down");
  t.same(texts(app!), ["down"]);
});

t.test("frames between systems go straight to the right one", async (t) => {
  const { hub, devices, send, texts } = createWorld(3);
  const [a, b, c] = devices;
  send(a!, mac(2), "to b");
  send(a!, Uint8Array.of(255, 255, 255, 255, 255, 255), "to all");
  t.ok(texts(hub).includes("to all"));
  t.same(texts(b!), ["to b", "to all"]);
  t.same(texts(c!), ["to all"]);
  t.same(texts(a!), []);
  send(hub, mac(3), "from the gateway");
  t.same(texts(c!), ["from the gateway"]);
  t.same(texts(b!), []);
});

t.test("a system that does not read loses frames of others, and stops nobody else", async (t) => {
  const { hub, devices, send, texts } = createWorld(3);
  const [a, b, c] = devices;
  for (let index = 0; index < 20; index++) {
    send(a!, mac(2), `${index}`);
    send(a!, mac(3), `${index}`);
    texts(hub);
    t.same(texts(c!), [`${index}`]);
  }
  t.same(texts(b!), ["0", "1", "2", "3", "4", "5", "6", "7"]);
  t.equal(hub.counters.dropped, 12);
});

t.test("a full system makes the gateway wait, and its room is announced", async (t) => {
  const { hub, devices, send, texts, jobs } = createWorld(1);
  let ready = 0;
  hub.onReady(() => ready++);
  jobs.run();
  for (let index = 0; index < 8; index++) t.ok(send(hub, mac(1), `${index}`));
  t.notOk(send(hub, mac(1), "too many"));
  t.equal(hub.transmitted(), 8);
  jobs.run();
  const before = ready;
  texts(devices[0]!);
  jobs.run();
  t.ok(ready > before);
  t.ok(send(hub, mac(1), "again"));
});

t.test("unfinished checksums and whole segments stay so from system to system", async (t) => {
  const { hub, devices, receive, slab, own, frame } = createWorld(2);
  const [a, b] = devices;
  const at = own.regionOffset + 2;
  const bytes = slab.bytes;
  bytes.set([...mac(2), ...mac(1), 0x08, 0x00], at);
  bytes.set([0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 6], at + 14);
  bytes[at + 14 + 20 + 12] = 0x50;
  writeU16(bytes, at + 14 + 20 + 16, 0xabcd);
  const length = 54 + 3000;
  resetFrame(frame, at, length);
  Object.assign(frame, { checksumStart: 34, checksumOffset: 16 });
  Object.assign(frame, { segmentBytes: 1460, headerBytes: 54 });
  t.ok(a!.transmit(frame));
  receive(hub);
  const [seen] = receive(b!);
  t.match(seen, { checksumValid: true, segmentBytes: 1460 });
  t.same(seen!.bytes, bytes.slice(at, at + length));
});
