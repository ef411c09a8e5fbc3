import { createHash, randomBytes } from "node:crypto";
import t from "tap";
import { createPlainMemory } from "../../host-adapters/shared/plain-memory.ts";
import { createTransmitFrame, resetFrame } from "../../components/ip/frame.ts";
import type { Hal, NetDevice } from "../hal/mod.ts";
import { createFakeHal } from "../kernel/testing/fake-hal.ts";
import { createReplay, recordHal, type ReplayOptions, type ReplayResult } from "./mod.ts";

const REGION = 1024 * 1024;
const hash = (bytes: Uint8Array): Uint8Array => createHash("sha256").update(bytes).digest();

/** A world of one device, in which time and chance are those of the host. */
function createWorld() {
  const fake = createFakeHal(REGION);
  const memory = createPlainMemory(new Uint8Array(REGION + 128 * 1024), 0, REGION);
  const waiting: Uint8Array[] = [];
  let ready = (): void => {};
  let transmitted = 0;
  let isFull = false;
  const device: NetDevice = {
    info: {
      name: "eth0",
      hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, 1),
      mtuBytes: 1500,
      transmitQueueFrames: 16,
      offloads: {
        transmitChecksum: false,
        tcp4SegmentationBytes: 0,
        receiveChecksum: true,
        largeReceiveBytes: 0,
      },
    },
    receive(accept) {
      const count = waiting.length;
      for (const frame of waiting.splice(0)) {
        memory.copyIn(REGION + 2, frame, 0, frame.length);
        accept(REGION + 2, frame.length, {
          checksumValid: frame.length % 2 === 0,
          segmentBytes: 0,
        });
      }
      return count;
    },
    transmit() {
      if (isFull) return false;
      transmitted++;
      return true;
    },
    flush: () => {},
    transmitted: () => Math.max(0, transmitted - 1),
    linkUp: () => transmitted < 20,
    onReady: (handler) => {
      ready = handler;
    },
  };
  const hal: Hal = {
    ...fake.hal,
    memory,
    clock: { nowUs: () => (fake.nowUs += 7), wallUs: () => Date.now() * 1000 },
    entropy: {
      available: true,
      fill: (target) => {
        target.set(randomBytes(target.length));
      },
    },
    net: [device],
  };
  return {
    hal,
    memory,
    deliver(frame: Uint8Array, full = false): void {
      isFull = full;
      waiting.push(frame);
      ready();
    },
  };
}

/** A system whose output depends on everything that enters. */
function startSystem(hal: Hal, salt = 0): void {
  const device = hal.net[0]!;
  const frame = createTransmitFrame();
  const seed = new Uint8Array(4);
  hal.entropy.fill(seed);
  device.onReady(() => {
    device.receive((offset, length, offload) => {
      const { bytes } = hal.memory;
      const nowUs = hal.clock.nowUs();
      for (let at = 0; at < length; at++) {
        const chance = seed[at % 4]! + nowUs + hal.clock.wallUs() + salt;
        bytes[4096 + at] = (bytes[offset + at]! + chance) & 0xff;
      }
      bytes[4096] = (offload.checksumValid ? 1 : 0) + (device.linkUp() ? 2 : 0);
      bytes[4097] = device.transmitted();
      resetFrame(frame, 4096, length);
      if (!device.transmit(frame)) hal.entropy.fill(seed);
    }, 64);
  });
}

function makeRecording(frames: number, isEnded: boolean): Uint8Array {
  const world = createWorld();
  const chunks: Buffer[] = [];
  const recorder = recordHal(world.hal, { name: "test" }, hash, (bytes) => {
    chunks.push(Buffer.from(bytes));
  });
  startSystem(recorder.hal);
  recorder.open((job) => job());
  for (let index = 0; index < frames; index++) {
    world.deliver(new Uint8Array(60 + index).fill(index), index % 7 === 3);
  }
  recorder.end(3);
  const bytes = Buffer.concat(chunks);
  return isEnded ? bytes : bytes.subarray(0, -20);
}

async function replay(
  recording: Uint8Array,
  salt = 0,
  options: Partial<ReplayOptions> = {},
): Promise<ReplayResult> {
  const memory = createPlainMemory(new Uint8Array(REGION + 128 * 1024), 0, REGION);
  const machine = createReplay(recording, memory, REGION + 2, hash, {
    loads: () => 0,
    settle: () => Promise.resolve(),
    write: () => {},
    ...options,
  });
  startSystem(machine.hal, salt);
  return machine.run();
}

t.test("a recording replays to the same transmitted bytes", async (t) => {
  const result = await replay(makeRecording(100, true));
  t.match(result, { how: "complete", inputs: 100, exitCode: 3, reason: "" });
  t.equal(result.frames, 86, "14 of 100 found the device full");
  t.ok(result.checks > 0);
});

t.test("inputs wait until the recording is opened, and none is lost", async (t) => {
  const world = createWorld();
  const chunks: Buffer[] = [];
  const recorder = recordHal(world.hal, {}, hash, (bytes) => {
    chunks.push(Buffer.from(bytes));
  });
  startSystem(recorder.hal);
  world.deliver(new Uint8Array(60));
  world.deliver(new Uint8Array(61));
  t.equal(recorder.inputs, 0);
  recorder.open((job) => job());
  t.equal(recorder.inputs, 1, "one readiness stands for both frames");
  recorder.end(0);
  t.match(await replay(Buffer.concat(chunks)), { how: "complete", frames: 2 });
});

t.test("a system that behaves differently is found out", async (t) => {
  const result = await replay(makeRecording(100, true), 1);
  t.equal(result.how, "diverged");
  t.match(result.reason, /digest/);
});

t.test("a recording that was cut replays up to the cut, wherever that is", async (t) => {
  const whole = makeRecording(20, true);
  const header = 9 + 2 + new TextDecoder().decode(whole.subarray(11)).indexOf('"app"');
  for (let length = header + 40; length < whole.length; length++) {
    const result = await replay(whole.subarray(0, length));
    if (result.how !== "cut") t.equal(result.how, "cut", `cut at ${length}`);
  }
  t.equal((await replay(makeRecording(20, false))).how, "cut");
});

t.test("it stops before the input that was asked for", async (t) => {
  const stops: number[] = [];
  const result = await replay(makeRecording(50, true), 0, {
    untilInput: 17,
    onStop: (input) => stops.push(input),
  });
  t.same(stops, [17]);
  t.match(result, { how: "stopped", inputs: 16 });
});

t.test("it stops at a time", async (t) => {
  const result = await replay(makeRecording(50, true), 0, { untilUs: 100 });
  t.equal(result.how, "stopped");
  t.ok(result.nowUs >= 100);
});

t.test("what is no recording is refused in one line", (t) => {
  const open = (bytes: Uint8Array) => () =>
    createReplay(bytes, createPlainMemory(new Uint8Array(4096), 0, 4096), 0, hash, {
      loads: () => 0,
      settle: () => Promise.resolve(),
      write: () => {},
    });
  t.throws(open(new Uint8Array(0)), /not a recording/);
  t.throws(open(Buffer.from("hello, world")), /not a recording/);
  const future = makeRecording(1, true).slice();
  future[8] = 9;
  t.throws(open(future), /version 9/);
  t.end();
});

t.test("damaged bytes end the replay and never hang it", async (t) => {
  const whole = makeRecording(10, true);
  for (let at = 600; at < whole.length; at += 13) {
    const damaged = whole.slice();
    damaged[at] = damaged[at]! ^ 0x41;
    const result = await replay(damaged);
    t.ok(["cut", "diverged", "complete"].includes(result.how));
  }
});
