/** Frames for the tests of network devices. */
import assert from "node:assert/strict";
import { createRandom, type Random } from "../../host-adapters/shared/random.ts";
import {
  FRAME_ALIGNMENT_OFFSET,
  MAX_FRAME_PARTS,
  type TransmitFrame,
} from "../../libos/hal/mod.ts";
import type { NetEnd, SystemUnderTest } from "./harness.ts";

export const ETHERNET_BYTES = 14;

export function createFrame(): TransmitFrame {
  return {
    partCount: 0,
    partOffset: new Int32Array(MAX_FRAME_PARTS),
    partLength: new Int32Array(MAX_FRAME_PARTS),
    checksumStart: -1,
    checksumOffset: 0,
    segmentBytes: 0,
    headerBytes: 0,
  };
}

/** Describes bytes that lie in packet memory at `offset` as a frame of parts cut at `cuts`. */
export function setParts(
  frame: TransmitFrame,
  offset: number,
  length: number,
  cuts: readonly number[] = [],
): void {
  const edges = [0, ...cuts, length];
  frame.partCount = edges.length - 1;
  for (let part = 0; part < frame.partCount; part++) {
    frame.partOffset[part] = offset + edges[part]!;
    frame.partLength[part] = edges[part + 1]! - edges[part]!;
  }
}

/** A broadcast Ethernet frame of an experimental type (IEEE 802, local experiments 1). */
export function etherFrame(end: NetEnd, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(ETHERNET_BYTES + payload.length);
  bytes.fill(0xff, 0, 6);
  bytes.set(end.device.info.hardwareAddress, 6);
  bytes.set([0x88, 0xb5], 12);
  bytes.set(payload, ETHERNET_BYTES);
  return bytes;
}

/** Sends one frame from the region's last page and rings the doorbell. @returns `transmit`'s word. */
export function sendBytes(end: NetEnd, payload: Uint8Array): boolean {
  const { memory, device } = end;
  const offset = memory.regionOffset + memory.regionBytes - 4096;
  const bytes = etherFrame(end, payload);
  memory.bytes.set(bytes, offset);
  const frame = createFrame();
  setParts(frame, offset, bytes.length);
  const isTaken = device.transmit(frame);
  device.flush();
  return isTaken;
}

/** Sends frames from slots that are used again only when the device has finished with them. */
export class Sender {
  /** What was taken, in order. */
  readonly sent: Uint8Array[] = [];
  readonly end: NetEnd;
  readonly random: Random;
  readonly #slotBytes: number;
  readonly #slots: number;
  readonly #before: number;
  readonly #frame = createFrame();

  constructor(end: NetEnd, seed: number, slots = 64) {
    this.end = end;
    this.random = createRandom(seed, "sender");
    this.#slots = slots;
    this.#slotBytes = Math.ceil((end.device.info.mtuBytes + ETHERNET_BYTES + 8) / 64) * 64;
    this.#before = end.device.transmitted();
    assert.ok(this.#slotBytes * slots + 4096 <= end.memory.regionBytes, "room for the slots");
  }

  /** True while no slot is free. */
  get isWaiting(): boolean {
    return this.sent.length - (this.end.device.transmitted() - this.#before) >= this.#slots;
  }

  /** Sends one frame of random bytes in `parts` parts. @returns `transmit`'s word. */
  send(length: number, parts: number): boolean {
    const { memory, device } = this.end;
    const payload = new Uint8Array(length - ETHERNET_BYTES);
    this.random.fill(payload);
    const bytes = etherFrame(this.end, payload);
    const slot = memory.regionOffset + (this.sent.length % this.#slots) * this.#slotBytes;
    // Parts may lie anywhere: the slot is shifted by up to 7 bytes.
    const offset = slot + this.random.below(8);
    memory.bytes.set(bytes, offset);
    const cuts = new Set<number>();
    while (cuts.size < Math.min(parts, length) - 1) cuts.add(1 + this.random.below(length - 1));
    setParts(
      this.#frame,
      offset,
      length,
      [...cuts].toSorted((a, b) => a - b),
    );
    const isTaken = device.transmit(this.#frame);
    // The object may be reused at once.
    this.#frame.partOffset.fill(-1);
    this.#frame.partCount = 0;
    if (isTaken) this.sent.push(bytes);
    return isTaken;
  }

  /** The same as soon as there is room: a device may have little of it, and a busy host be slow. */
  async sendSoon(system: SystemUnderTest, length: number, parts: number): Promise<void> {
    let isTaken = this.send(length, parts);
    if (!isTaken) await system.until(() => (isTaken ||= this.send(length, parts)));
    assert.ok(isTaken, `there is room after ${this.sent.length} frames`);
  }
}

/** What a device handed over. */
export interface ReceivedFrame {
  readonly bytes: Uint8Array;
  readonly checksumValid: boolean;
  readonly segmentBytes: number;
}

/** Takes all frames of `end` from now on, and checks what holds for each. */
export function collect(end: NetEnd, budget = 16): ReceivedFrame[] {
  const { device, memory } = end;
  const received: ReceivedFrame[] = [];
  const { mtuBytes, offloads } = device.info;
  const longest = ETHERNET_BYTES + Math.max(mtuBytes, offloads.largeReceiveBytes);
  device.onReady(() => {
    for (;;) {
      let calls = 0;
      const count = device.receive((offset, length, offload) => {
        calls++;
        assert.equal(offset % 4, FRAME_ALIGNMENT_OFFSET, "alignment");
        assert.ok(length >= ETHERNET_BYTES && length <= longest, `length ${length}`);
        assert.ok(offset >= 0 && offset + length <= memory.bytes.length, `offset ${offset}`);
        const { checksumValid, segmentBytes } = offload;
        if (!offloads.receiveChecksum) assert.ok(!checksumValid, "an offload nobody offered");
        if (offloads.largeReceiveBytes === 0) assert.equal(segmentBytes, 0);
        received.push({
          bytes: memory.bytes.slice(offset, offset + length),
          checksumValid,
          segmentBytes,
        });
      }, budget);
      assert.equal(count, calls, "receive returns its calls");
      assert.ok(count <= budget, "no more than the budget");
      if (count < budget) return;
    }
  });
  return received;
}

/** Sends `count` frames of random lengths, as the device has room. */
export async function sendAll(
  system: SystemUnderTest,
  sender: Sender,
  count: number,
): Promise<void> {
  const { device } = sender.end;
  const longest = device.info.mtuBytes + ETHERNET_BYTES;
  let isReady = true;
  device.onReady(() => {
    isReady = true;
    device.receive(() => {}, 1000);
  });
  while (sender.sent.length < count) {
    assert.ok(await system.until(() => isReady && !sender.isWaiting), "room to transmit again");
    while (isReady && sender.sent.length < count && !sender.isWaiting) {
      const { random } = sender;
      const length = ETHERNET_BYTES + random.below(random.below(4) === 0 ? longest - 13 : 200);
      isReady = sender.send(length, 1 + random.below(MAX_FRAME_PARTS));
    }
    device.flush();
  }
}

/** Holds what was received to what was sent. */
export function assertFrames(
  received: readonly ReceivedFrame[],
  sent: readonly Uint8Array[],
): void {
  assert.equal(received.length, sent.length, "number of frames");
  for (const [index, bytes] of sent.entries()) {
    const got = received[index]!.bytes;
    const isSame = got.length === bytes.length && got.every((byte, at) => byte === bytes[at]);
    if (!isSame) assert.fail(`frame ${index} differs`);
  }
}
