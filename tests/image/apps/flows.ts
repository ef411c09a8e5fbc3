/** Many flows from card to card: none loses a frame, all keep their order, and they go by all queues. */
import assert from "node:assert/strict";
import { createFrame, collect, setParts } from "../../contract/frames.ts";
import { type ContractPart, type NetEnd, testSystem } from "../../contract/harness.ts";
import type { ReusedInterrupts } from "./interrupts.ts";

const FLOWS = 32;
const ROUNDS = 20;
const FRAME_BYTES = 60;
/** Vectors of a card: its queues in their order, and the configuration's after the first one. */
const CONFIG_VECTOR = 1;

/** A UDP datagram of a flow, with its number behind the headers. */
function datagram(flow: number, number: number): Uint8Array {
  const bytes = new Uint8Array(FRAME_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.fill(0xff, 0, 6);
  bytes.set([2, 0, 0, 0, 0, 1], 6);
  bytes.set([8, 0, 0x45, 0, 0, FRAME_BYTES - 14], 12);
  bytes.set([64, 17], 22);
  bytes.set([192, 0, 2, 1, 192, 0, 2, 2], 26);
  let sum = 0;
  for (let at = 14; at < 34; at += 2) sum += view.getUint16(at);
  view.setUint16(24, ~((sum & 0xffff) + (sum >>> 16)) & 0xffff);
  view.setUint16(34, 1000 + flow);
  view.setUint16(36, 53);
  view.setUint16(38, FRAME_BYTES - 34);
  view.setUint32(56, number);
  return bytes;
}

function send({ device, memory }: NetEnd, round: number): void {
  const frame = createFrame();
  for (let flow = 0; flow < FLOWS; flow++) {
    const offset = memory.regionOffset + 64 * flow;
    memory.bytes.set(datagram(flow, round), offset);
    setParts(frame, offset, FRAME_BYTES, [42]);
    assert.ok(device.transmit(frame));
  }
  device.flush();
}

/** @param queuePairs Of each card. */
export function netFlows(queuePairs: number, interrupts: ReusedInterrupts): ContractPart {
  return (harness, test) =>
    testSystem(harness, test, "flows go by all queues, each in its order", async (system) => {
      const { near, far } = system.net!;
      const atFar = collect(far);
      const atNear = collect(near);
      for (let round = 0; round < ROUNDS; round++) {
        const count = (round + 1) * FLOWS;
        // A device that steers by the queues on which a flow was sent knows it by then.
        send(near, round);
        assert.ok(await system.until(() => atFar.length === count), `${atFar.length} of ${count}`);
        send(far, round);
        assert.ok(await system.until(() => atNear.length === count), `${atNear.length}`);
        const isDone = (): boolean =>
          near.device.transmitted() === count && far.device.transmitted() === count;
        assert.ok(await system.until(isDone));
      }
      for (const frames of [atFar, atNear]) {
        const next = new Array<number>(FLOWS).fill(0);
        for (const { bytes } of frames) {
          const view = new DataView(bytes.buffer, bytes.byteOffset);
          const flow = view.getUint16(34) - 1000;
          assert.equal(view.getUint32(56), next[flow]!++, `flow ${flow}`);
        }
      }
      // Each queue has a vector, and the configuration as well; only the even queues receive.
      const perCard = 2 * queuePairs + 1;
      for (let card = 0; card < 2; card++) {
        const counts = interrupts.counts.slice(card * perCard, (card + 1) * perCard);
        const queues = counts.filter((_, index) => index !== CONFIG_VECTOR);
        const receive = queues.filter((_, queue) => queue % 2 === 0);
        const quiet = receive.filter((count) => count === 0);
        assert.equal(quiet.length, 0, `interrupts of card ${card}'s queues: ${queues.join()}`);
      }
    });
}
