import t from "tap";
import { judge, SAMPLES_MIN, type MemorySample } from "./judge.ts";

const COUNT = 80;
const BASE = 4_000_000;
const HOUR_MS = 3_600_000;

function samples(heapAt: (index: number) => number, packetBytes = 1000): MemorySample[] {
  return Array.from({ length: COUNT }, (_, index) => ({
    heapBytes: heapAt(index),
    packetBytes,
    connections: 0,
  }));
}

t.test("garbage that is collected now and then is flat", async (t) => {
  const saw = judge(
    samples((index) => BASE + (index % 5) * 300_000),
    HOUR_MS,
  );
  t.equal(saw.isFlat, true);
  t.equal(saw.heapGrowthBytes, 0);
});

t.test("a rise at the start is not judged", async (t) => {
  t.equal(
    judge(
      samples((index) => BASE + Math.min(index, 15) * 100_000),
      HOUR_MS,
    ).isFlat,
    true,
  );
});

t.test("a slow leak under the saw is found", async (t) => {
  const leak = judge(
    samples((index) => BASE + (index % 5) * 300_000 + index * 3000),
    HOUR_MS,
  );
  t.equal(leak.isFlat, false);
  t.ok(leak.heapGrowthBytes > 100_000, `${leak.heapGrowthBytes}`);
});

t.test("in a short soak only a large leak counts", async (t) => {
  const small = samples((index) => BASE + index * 3000);
  t.equal(judge(small, HOUR_MS).isFlat, false);
  t.equal(judge(small, 10_000).isFlat, true);
  t.equal(
    judge(
      samples((index) => BASE + index * 30_000),
      10_000,
    ).isFlat,
    false,
  );
});

t.test("packet memory is judged as well", async (t) => {
  const rising = samples(() => BASE).map((sample, index) => ({
    ...sample,
    packetBytes: index * 4096,
  }));
  t.equal(judge(rising, HOUR_MS).isFlat, false);
});

t.test("too few samples are refused", async (t) => {
  t.throws(() => judge(samples(() => BASE).slice(0, SAMPLES_MIN - 1), HOUR_MS), /too few/);
});
