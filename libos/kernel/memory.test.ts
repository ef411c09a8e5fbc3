import t from "tap";
import { AssertionError } from "./assert.ts";
import { blockBytes, createMemory, MIN_BLOCK_BYTES } from "./memory.ts";
import { createFakeHal } from "./testing/fake-hal.ts";

const REGION = 1024 * 1024;

t.test("a block is the next power of two", (t) => {
  t.equal(blockBytes(1), MIN_BLOCK_BYTES);
  t.equal(blockBytes(257), 512);
  t.equal(blockBytes(65_536), 65_536);
  t.equal(blockBytes(65_537), 131_072);
  t.end();
});

t.test("the whole region can be taken, and given back, as one block", (t) => {
  const memory = createMemory(createFakeHal(REGION).hal.memory);
  const owner = memory.owner("test", REGION);
  const offset = owner.allocate(REGION);
  t.equal(offset, 0);
  t.equal(owner.allocate(1), -1, "nothing is left");
  t.equal(owner.refused, 1);
  owner.free(offset, REGION);
  t.equal(memory.usedBytes, 0);
  t.equal(owner.peakBytes, REGION);
  t.end();
});

t.test("an owner's limit refuses, while another owner goes on", (t) => {
  const memory = createMemory(createFakeHal(REGION).hal.memory);
  const small = memory.owner("small", 1024);
  const other = memory.owner("other", REGION);
  t.not(small.allocate(1024), -1);
  t.equal(small.allocate(1), -1);
  t.not(other.allocate(1), -1);
  t.end();
});

t.test("freeing twice, or what was never taken, is a bug that is caught", (t) => {
  const owner = createMemory(createFakeHal(REGION).hal.memory).owner("test", REGION);
  const first = owner.allocate(4096);
  owner.allocate(4096);
  owner.free(first, 4096);
  t.throws(() => owner.free(first, 4096), AssertionError);
  t.throws(() => owner.free(first + 100, 256), AssertionError);
  t.end();
});

t.test("random blocks never overlap, and all merge again in the end", (t) => {
  const memory = createMemory(createFakeHal(REGION).hal.memory);
  const owner = memory.owner("test", REGION);
  const used = new Uint8Array(REGION);
  const blocks: [number, number][] = [];
  let seed = 12_345;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  let overlaps = 0;
  for (let step = 0; step < 20_000; step++) {
    if (blocks.length > 0 && random(2) === 0) {
      const [offset, bytes] = blocks.splice(random(blocks.length), 1)[0]!;
      used.fill(0, offset, offset + bytes);
      owner.free(offset, bytes);
    } else {
      const bytes = 1 + random(20_000);
      const offset = owner.allocate(bytes);
      if (offset < 0) continue;
      if (used.subarray(offset, offset + bytes).includes(1)) overlaps++;
      used.fill(1, offset, offset + bytes);
      blocks.push([offset, bytes]);
    }
  }
  t.equal(overlaps, 0);
  for (const [offset, bytes] of blocks) owner.free(offset, bytes);
  t.equal(owner.allocate(REGION), 0, "one block again");
  t.end();
});

t.test("a region that is no power of two is used to its end", (t) => {
  const memory = createMemory(createFakeHal(3 * 4096).hal.memory);
  const owner = memory.owner("test", REGION);
  const offsets = [owner.allocate(4096), owner.allocate(4096), owner.allocate(4096)];
  t.same(
    offsets.toSorted((a, b) => a - b),
    [0, 4096, 8192],
  );
  t.equal(owner.allocate(256), -1);
  t.end();
});

t.test("whoever can give memory back is asked before a request is refused", (t) => {
  const memory = createMemory(createFakeHal(4 * 4096).hal.memory);
  const spare = memory.owner("spare", REGION);
  const small = memory.owner("small", 4096);
  const lent = [0, 1, 2, 3].map(() => spare.allocate(4096));
  memory.onScarce(() => {
    const offset = lent.pop();
    if (offset !== undefined) spare.free(offset, 4096);
    return offset !== undefined;
  });
  t.not(small.allocate(4096), -1);
  t.equal(lent.length, 3);
  t.equal(small.allocate(256), -1, "an owner's limit is no scarcity");
  t.equal(lent.length, 3);
  const other = memory.owner("other", REGION);
  t.not(other.allocate(8192), -1, "as often as it takes");
  t.equal(other.allocate(8192), -1);
  t.equal(lent.length, 0);
  t.end();
});
