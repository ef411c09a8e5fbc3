import t from "tap";
import { ReceiveRing, slotBytes } from "./receive-ring.ts";
import { createPlainSlab } from "./slab.ts";
import { createRandom } from "./random.ts";

t.test("frames come out in order, whole and aligned, whatever their lengths", async (t) => {
  const random = createRandom(1, "ring");
  for (const [regionBytes, maxFrames] of [
    [4096, 16],
    [8192, 4],
    [65_536, 64],
  ] as const) {
    const slab = createPlainSlab(2 * regionBytes);
    slab.region(regionBytes);
    const ring = new ReceiveRing(slab.region(regionBytes), maxFrames);
    const model: { length: number; fill: number; segment: number; valid: boolean }[] = [];
    for (let step = 0; step < 20_000; step++) {
      const length = 14 + random.below(random.below(2) === 0 ? 100 : 3000);
      if (random.below(2) === 0 && ring.hasRoom(1, length)) {
        const fill = random.below(256);
        const offset = ring.push(length, step, fill > 127);
        if (offset % 4 !== 2) t.fail(`offset ${offset}`);
        if (offset < regionBytes || offset + length > 2 * regionBytes) t.fail(`at ${offset}`);
        slab.bytes.fill(fill, offset, offset + length);
        model.push({ length, fill, segment: step, valid: fill > 127 });
      } else if (model.length > 0) {
        const expected = model.shift()!;
        const got = slab.bytes.subarray(ring.offset, ring.offset + ring.length);
        const isRight =
          ring.length === expected.length &&
          ring.segmentBytes === expected.segment &&
          ring.checksumValid === expected.valid &&
          got.every((byte) => byte === expected.fill);
        if (!isRight) t.fail(`step ${step}`);
        ring.shift();
      }
      if (ring.count !== model.length) t.fail(`count at ${step}`);
    }
  }
  t.pass("20,000 steps each");
});

t.test("room for several frames is promised only when all of them fit", async (t) => {
  const random = createRandom(2, "ring");
  for (let round = 0; round < 2000; round++) {
    const slab = createPlainSlab(4096);
    const ring = new ReceiveRing(slab.region(4096), 32);
    const used: [number, number][] = [];
    for (let step = 0; step < 20; step++) {
      const length = 14 + random.below(700);
      const frames = 1 + random.below(4);
      if (ring.hasRoom(frames, length)) {
        for (let frame = 0; frame < frames; frame++) {
          const from = ring.push(length, 0, true);
          if (from + length > 4096) t.fail(`beyond the end: ${from}`);
          if (used.some(([a, b]) => from < b && a < from + length)) t.fail("overlap");
          used.push([from, from + length]);
        }
      } else {
        if (ring.count === 0) t.fail("an empty ring has room");
        ring.shift();
        used.shift();
      }
    }
  }
  t.pass();
});

t.test("a ring that ran empty begins at its start again", async (t) => {
  const ring = new ReceiveRing(createPlainSlab(4096).region(4096), 4);
  const first = ring.push(1000, 0, false);
  ring.push(1000, 0, false);
  ring.shift();
  ring.shift();
  t.equal(ring.push(14, 0, false), first);
  t.equal(slotBytes(14), 16);
});
