/** `NetDevice` (libos/hal/net-device.ts) at its limits: full queues, and frames that it refuses. */
import assert from "node:assert/strict";
import type { TransmitFrame } from "../../libos/hal/mod.ts";
import { collect, createFrame, sendBytes, setParts } from "./frames.ts";
import type { ContractHarness, NetEnd, TestFunction } from "./harness.ts";
import { testNet } from "./net-device.ts";

/** Sends small frames, numbered in their last 4 bytes, until the queue is full. */
class Filler {
  taken = 0;
  readonly #end: NetEnd;
  readonly #frame = createFrame();

  constructor(end: NetEnd) {
    this.#end = end;
  }

  fill(atMost: number): void {
    for (let count = 0; count < atMost && this.send(); count++);
  }

  /** @returns False when the queue is full. */
  send(): boolean {
    const { device, memory } = this.#end;
    // Every frame has a slot of its own, since the device may read it late.
    const offset = memory.regionOffset + this.taken * 32;
    assert.ok(offset + 32 < memory.regionOffset + memory.regionBytes, "a queue without an end");
    memory.bytes.fill(0xff, offset, offset + 6);
    memory.bytes.set(device.info.hardwareAddress, offset + 6);
    memory.bytes.set([0x88, 0xb5, this.taken >> 16, this.taken >> 8, this.taken], offset + 12);
    setParts(this.#frame, offset, 20);
    const isTaken = device.transmit(this.#frame);
    if (isTaken) this.taken++;
    return isTaken;
  }
}

function numberOf(bytes: Uint8Array): number {
  return (bytes[14]! << 16) | (bytes[15]! << 8) | bytes[16]!;
}

export function netLimitsContract(harness: ContractHarness, test: TestFunction): void {
  testNet(harness, test, "a full queue refuses, and announces room", async (system, near, far) => {
    let rooms = 0;
    near.device.onReady(() => rooms++);
    const filler = new Filler(near);
    // A device that runs beside us may make room at once: only the refusal itself is sure.
    filler.fill(30_000);
    assert.ok(filler.taken < 30_000, `full after ${filler.taken} frames`);
    near.device.flush();
    const full = filler.taken;
    assert.ok(full >= 1);
    assert.equal(rooms, 0, "not from inside of transmit");
    const received = collect(far);
    assert.ok(await system.until(() => rooms > 0), "room is announced");
    assert.ok(filler.send(), "there is room");
    near.device.flush();
    assert.ok(await system.until(() => received.length >= full + 1), `${received.length}`);
    const numbers = received.map(({ bytes }) => numberOf(bytes));
    assert.deepEqual(
      numbers,
      [...Array.from({ length: full + 1 }).keys()],
      "nothing lost or twice",
    );
    assert.equal(near.device.transmitted(), full + 1);
  });

  testNet(
    harness,
    test,
    "a sender that waits for room gets everything through",
    async (system, near, far) => {
      const received = collect(far, 7);
      const filler = new Filler(near);
      const total = 5000;
      const goOn = (): void => {
        while (filler.taken < total && filler.send());
        near.device.flush();
      };
      near.device.onReady(goOn);
      goOn();
      assert.ok(await system.until(() => received.length === total, 20e6), `${received.length}`);
      const numbers = received.map(({ bytes }) => numberOf(bytes));
      assert.ok(
        numbers.every((number, index) => number === index),
        "in order",
      );
    },
  );

  testNet(
    harness,
    test,
    "frames that a device cannot take get RangeError",
    async (system, near, far) => {
      const received = collect(far);
      const { device, memory } = near;
      const base = memory.regionOffset;
      const end = memory.bytes.length;
      const { mtuBytes } = device.info;
      const bad: readonly (readonly [string, (frame: TransmitFrame) => void])[] = [
        ["no parts", (frame) => (frame.partCount = 0)],
        ["too many parts", (frame) => (frame.partCount = 5)],
        ["an empty part", (frame) => frame.partLength.fill(0)],
        ["a negative length", (frame) => (frame.partLength[0] = -20)],
        ["a negative offset", (frame) => (frame.partOffset[0] = -1)],
        ["a part beyond memory", (frame) => (frame.partOffset[0] = end - 10)],
        ["a second part beyond memory", (frame) => beyond(frame, end)],
        ["a frame that is too long", (frame) => (frame.partLength[0] = mtuBytes + 15)],
        ["too long in parts", (frame) => tooLongInParts(frame, base, mtuBytes)],
        ["less than a header", (frame) => (frame.partLength[0] = 13)],
      ];
      for (const [name, spoil] of bad) {
        const frame = createFrame();
        setParts(frame, base, 60);
        spoil(frame);
        assert.throws(() => device.transmit(frame), RangeError, name);
      }
      device.flush();
      await system.until(() => false, 3000);
      assert.equal(device.transmitted(), 0);
      assert.equal(received.length, 0);
      sendBytes(near, Uint8Array.of(1));
      assert.ok(await system.until(() => received.length === 1), "and it still works");
    },
  );
}

function beyond(frame: TransmitFrame, end: number): void {
  frame.partCount = 2;
  frame.partOffset[1] = end - 1;
  frame.partLength[1] = 2;
}

function tooLongInParts(frame: TransmitFrame, base: number, mtuBytes: number): void {
  frame.partCount = 2;
  frame.partOffset[1] = base;
  frame.partLength[1] = mtuBytes;
}
