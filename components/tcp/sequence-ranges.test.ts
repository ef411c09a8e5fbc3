import t from "tap";
import { createRandom } from "../../host-adapters/shared/random.ts";
import { SequenceRanges } from "./sequence-ranges.ts";

function list(ranges: SequenceRanges): number[][] {
  return Array.from({ length: ranges.count }, (_, index) => [
    ranges.left(index),
    ranges.right(index),
  ]);
}

t.test("ranges are kept apart, joined and counted", async (t) => {
  const ranges = new SequenceRanges(8);
  t.equal(ranges.insert(10, 20), 10);
  t.equal(ranges.insert(30, 40), 10);
  t.same(list(ranges), [
    [10, 20],
    [30, 40],
  ]);
  t.equal(ranges.insert(12, 18), 0);
  t.equal(ranges.insert(20, 30), 10);
  t.same(list(ranges), [[10, 40]]);
  t.equal(ranges.insert(5, 50), 15);
  t.equal(ranges.totalBytes, 45);
});

t.test("one range too many is refused, and what joins is not", async (t) => {
  const ranges = new SequenceRanges(2);
  ranges.insert(10, 20);
  ranges.insert(30, 40);
  t.equal(ranges.insert(50, 60), -1);
  t.equal(ranges.insert(40, 45), 5);
  t.equal(ranges.totalBytes, 25);
});

t.test("ranges wrap with the sequence numbers", async (t) => {
  const ranges = new SequenceRanges(8);
  ranges.insert(0x7ffffff0, 0x7ffffff0 + 32);
  const right = (0x7ffffff0 + 32) | 0;
  ranges.insert(right, (right + 8) | 0);
  t.equal(ranges.count, 1);
  t.equal(ranges.totalBytes, 40);
  ranges.removeBelow((right + 4) | 0);
  t.same(list(ranges), [[(right + 4) | 0, (right + 8) | 0]]);
});

t.test("the answers are those of a set of numbers", async (t) => {
  const random = createRandom(1, "ranges");
  const base = 0x7fffff80;
  for (let round = 0; round < 200; round++) {
    const ranges = new SequenceRanges(1000);
    const set = new Set<number>();
    for (let step = 0; step < 30; step++) {
      const left = random.below(200);
      const length = 1 + random.below(20);
      if (random.chance(0.2)) {
        ranges.removeBelow((base + left) | 0);
        for (const member of set) if (member < left) set.delete(member);
      } else {
        const before = set.size;
        for (let member = left; member < left + length; member++) set.add(member);
        const added = ranges.insert((base + left) | 0, (base + left + length) | 0);
        if (added !== set.size - before) t.equal(added, set.size - before);
      }
      if (ranges.totalBytes !== set.size) t.equal(ranges.totalBytes, set.size);
      const probe = random.below(220);
      let gap = probe;
      while (set.has(gap)) gap++;
      const found = ranges.firstGap((base + probe) | 0);
      if (found !== ((base + gap) | 0)) t.equal(found, (base + gap) | 0);
      let next = probe + 1;
      while (next < 300 && (!set.has(next) || set.has(next - 1))) next++;
      const nextLeft = ranges.nextLeft((base + probe) | 0, 0);
      const wanted = next < 300 ? (base + next) | 0 : 0;
      if (nextLeft !== wanted) t.equal(nextLeft, wanted, `after ${probe}`);
    }
  }
  t.pass("200 rounds");
});
