/** `NetDevice` (libos/hal/net-device.ts): frames from one end to the other. */
import assert from "node:assert/strict";
import { MAX_FRAME_PARTS } from "../../libos/hal/mod.ts";
import {
  assertFrames,
  collect,
  createFrame,
  etherFrame,
  sendAll,
  sendBytes,
  Sender,
  setParts,
} from "./frames.ts";
import {
  type ContractHarness,
  type NetEnd,
  type SystemUnderTest,
  testSystem,
  type TestFunction,
} from "./harness.ts";

/** Adds a test that needs a network device. */
export function testNet(
  harness: ContractHarness,
  test: TestFunction,
  name: string,
  run: (system: SystemUnderTest, near: NetEnd, far: NetEnd) => Promise<void>,
): void {
  if (!harness.devices.includes("net")) return;
  testSystem(harness, test, name, (system) => run(system, system.net!.near, system.net!.far));
}

export function netDeviceContract(harness: ContractHarness, test: TestFunction): void {
  testNet(harness, test, "a network device says what it is", async (system, near, far) => {
    for (const { device } of [near, far]) {
      const { info } = device;
      assert.ok(info.name.length > 0);
      assert.equal(info.hardwareAddress.length, 6);
      assert.equal(info.hardwareAddress[0]! & 1, 0, "the address of one station");
      assert.ok(info.mtuBytes >= 68 && info.mtuBytes <= 65_535);
      assert.ok(info.transmitQueueFrames >= 1);
      assert.ok(info.offloads.tcp4SegmentationBytes <= 65_535);
      assert.ok(device.linkUp());
      assert.equal(device.transmitted(), 0);
    }
    assert.equal(system.hal.net[0], near.device);
  });

  testNet(harness, test, "frames arrive whole and in order", async (system, near, far) => {
    const received = collect(far);
    const sender = new Sender(near, 11);
    await sendAll(system, sender, 600);
    assert.ok(await system.until(() => received.length >= 600), `${received.length} of 600`);
    assertFrames(received, sender.sent);
  });

  testNet(harness, test, "both directions work at once", async (system, near, far) => {
    const atFar: Uint8Array[] = [];
    const atNear: Uint8Array[] = [];
    const take = (end: NetEnd, into: Uint8Array[]) => (): void => {
      end.device.receive((offset, length) => {
        into.push(end.memory.bytes.slice(offset, offset + length));
      }, 1000);
    };
    far.device.onReady(take(far, atFar));
    near.device.onReady(take(near, atNear));
    const there = new Sender(near, 21);
    const back = new Sender(far, 22);
    for (let round = 0; round < 20; round++) {
      await there.sendSoon(system, 100 + round, 1);
      await back.sendSoon(system, 200 + round, 2);
      near.device.flush();
      far.device.flush();
      if (round % 3 === 0) await system.until(() => false, 500);
    }
    assert.ok(await system.until(() => atFar.length === 20 && atNear.length === 20));
    assert.deepEqual(atFar, there.sent);
    assert.deepEqual(atNear, back.sent);
  });

  testNet(harness, test, "the smallest and the largest frame pass", async (system, near, far) => {
    const received = collect(far);
    const sender = new Sender(near, 31);
    const longest = near.device.info.mtuBytes + 14;
    for (const length of [14, 15, 60, longest - 1, longest]) {
      assert.ok(sender.send(length, 1));
      near.device.flush();
      await system.until(() => received.length === sender.sent.length);
    }
    assertFrames(received, sender.sent);
    sender.send(MAX_FRAME_PARTS + 14, MAX_FRAME_PARTS);
    near.device.flush();
    assert.ok(await system.until(() => received.length === 6), "as many parts as there may be");
  });

  testNet(harness, test, "receive keeps to its budget", async (system, near, far) => {
    for (let count = 0; count < 10; count++) sendBytes(near, Uint8Array.of(count));
    assert.ok(await system.until(() => near.device.transmitted() === 10));
    await system.until(() => false, 50_000);
    const counts = [3, 1, 100, 100].map((budget) => far.device.receive(() => {}, budget));
    assert.deepEqual(counts, [3, 1, 6, 0]);
  });

  testNet(harness, test, "parts may lie apart, and twice", async (system, near, far) => {
    const received = collect(far);
    const { memory, device } = near;
    const base = memory.regionOffset;
    const bytes = etherFrame(
      near,
      Uint8Array.from({ length: 86 }, (_, index) => index),
    );
    memory.bytes.set(bytes.subarray(0, 33), base + 1001);
    memory.bytes.set(bytes.subarray(33), base + 17);
    const frame = createFrame();
    setParts(frame, 0, 3, [1, 2]);
    frame.partOffset.set([base + 1001, base + 17, base + 17]);
    frame.partLength.set([33, 67, 67]);
    assert.ok(device.transmit(frame));
    device.flush();
    assert.ok(await system.until(() => received.length === 1));
    const expected = [...bytes, ...bytes.subarray(33)];
    assert.deepEqual([...received[0]!.bytes], expected);
  });

  testNet(
    harness,
    test,
    "a transmitted frame's memory may be reused",
    async (system, near, far) => {
      const received = collect(far);
      const sender = new Sender(near, 41, 8);
      for (let round = 0; round < 40; round++) {
        await sender.sendSoon(system, 500, 2);
        near.device.flush();
        if (round % 8 !== 7) continue;
        const isDone = (): boolean => near.device.transmitted() === round + 1;
        assert.ok(await system.until(isDone), "transmitted() reaches what was taken");
        near.memory.zero(near.memory.regionOffset, 8 * 1600);
      }
      assert.ok(await system.until(() => received.length === 40));
      assertFrames(received, sender.sent);
    },
  );

  testNet(
    harness,
    test,
    "transmitted never decreases, nor counts what was not taken",
    async (system, near, far) => {
      collect(far);
      const sender = new Sender(near, 51);
      let last = 0;
      for (let round = 0; round < 60; round++) {
        await sender.sendSoon(system, 64, 1);
        near.device.flush();
        await system.until(() => false, 100);
        const count = near.device.transmitted();
        assert.ok(count >= last && count <= sender.sent.length, `${last}, then ${count}`);
        last = count;
      }
      assert.ok(await system.until(() => near.device.transmitted() === 60));
    },
  );

  testNet(harness, test, "each end announces that its link changed", async (system, near, far) => {
    if (system.net?.setLink === undefined) return;
    let calls = 0;
    near.device.onReady(() => calls++);
    system.net.setLink(false);
    assert.ok(await system.until(() => calls > 0));
    assert.ok(!near.device.linkUp());
    sendBytes(near, Uint8Array.of(1));
    calls = 0;
    system.net.setLink(true);
    assert.ok(await system.until(() => calls > 0));
    assert.ok(near.device.linkUp() && far.device.linkUp());
    const received = collect(far);
    sendBytes(near, Uint8Array.of(2));
    assert.ok(await system.until(() => received.length > 0));
    assert.equal(received.at(-1)!.bytes[14], 2);
  });

  testNet(harness, test, "flush without a frame does nothing", async (system, near, far) => {
    const received = collect(far);
    near.device.flush();
    near.device.flush();
    await system.until(() => false, 3000);
    assert.equal(received.length, 0);
    assert.equal(near.device.transmitted(), 0);
  });
}
