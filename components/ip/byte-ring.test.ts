import t from "tap";
import { ByteRing } from "./byte-ring.ts";

t.test("blocks are contiguous, aligned to 4, and wrap at the end", async (t) => {
  const ring = new ByteRing(1000, 100, 8);
  t.equal(ring.take(41), 1000);
  t.equal(ring.take(40), 1044);
  t.equal(ring.take(20), -1, "16 bytes are left at the end, none at the beginning");
  ring.release();
  t.equal(ring.take(45), -1, "44 bytes are free at the beginning");
  t.equal(ring.take(44), 1000);
  t.equal(ring.take(4), -1, "full");
  t.equal(ring.count, 2);
});

t.test("an empty ring has all its room in one piece again", async (t) => {
  const ring = new ByteRing(0, 64, 4);
  ring.take(60);
  ring.release();
  t.equal(ring.take(64), 0);
});

t.test("no more blocks than its capacity", async (t) => {
  const ring = new ByteRing(0, 64, 2);
  ring.take(4);
  ring.take(4);
  t.equal(ring.take(4), -1);
});

t.test("random use never hands out a block twice", async (t) => {
  const ring = new ByteRing(0, 256, 16);
  const live: { start: number; end: number }[] = [];
  let state = 1;
  for (let round = 0; round < 20_000; round++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    if (live.length > 0 && state % 3 === 0) {
      ring.release();
      live.shift();
      continue;
    }
    const bytes = 1 + (state % 97);
    const start = ring.take(bytes);
    if (start < 0) continue;
    const end = start + bytes;
    const clash = live.find((one) => one.start < end && start < one.end);
    if (clash !== undefined || end > 256) t.fail(`${start}..${end} in round ${round}`);
    live.push({ start, end });
  }
  t.pass("20,000 rounds");
});
