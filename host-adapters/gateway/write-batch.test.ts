import t from "tap";
import { type BatchTarget, WriteBatch } from "./write-batch.ts";

class Target implements BatchTarget {
  queuedBytes: number = 0;
  readonly chunks: Uint8Array[] = [];
  /** Whether the kernel leaves what is written. */
  isStuck: boolean = false;

  writeChunk(chunk: Uint8Array): void {
    // A kernel that takes the bytes has copied them.
    this.chunks.push(this.isStuck ? chunk : chunk.slice());
    if (this.isStuck) this.queuedBytes += chunk.length;
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString("latin1");
  }
}

function write(batch: WriteBatch, target: Target, text: string): void {
  const bytes = Buffer.from(`<${text}>`, "latin1");
  batch.append(target, bytes, 1, text.length);
}

t.test("small writes to one socket become one", async (t) => {
  const batch = new WriteBatch();
  const target = new Target();
  for (const text of ["a", "bc", "d"]) write(batch, target, text);
  t.equal(batch.waitingBytes(target), 4);
  t.equal(target.chunks.length, 0);
  batch.flush();
  t.equal(target.chunks.length, 1);
  t.equal(target.text, "abcd");
});

t.test("writes to several sockets keep their order and their owner", async (t) => {
  const batch = new WriteBatch();
  const [a, b] = [new Target(), new Target()];
  a.isStuck = b.isStuck = true;
  for (let index = 0; index < 10; index++) {
    write(batch, a, `${index}`);
    write(batch, b, `-${index}`);
  }
  batch.flush();
  t.equal(a.text, "0123456789");
  t.equal(b.text, "-0-1-2-3-4-5-6-7-8-9");
});

t.test("what a slow socket still holds is not written over", async (t) => {
  const batch = new WriteBatch();
  const slow = new Target();
  slow.isStuck = true;
  write(batch, slow, "x".repeat(100_000));
  batch.flush();
  const others = Array.from({ length: 20 }, () => new Target());
  for (const other of others) {
    write(batch, other, "y".repeat(100_000));
    batch.flush();
    t.equal(other.text, "y".repeat(100_000));
  }
  t.equal(slow.text, "x".repeat(100_000));
});

t.test("many slow sockets pin few batches", async (t) => {
  const batch = new WriteBatch();
  const buffers = new Set<ArrayBufferLike>();
  const targets = Array.from({ length: 100 }, () => new Target());
  for (const target of targets) {
    target.isStuck = true;
    write(batch, target, "z".repeat(200_000));
    batch.flush();
  }
  for (const target of targets) {
    t.equal(target.text.length, 200_000);
    for (const chunk of target.chunks) {
      if (chunk.buffer.byteLength > 250_000) buffers.add(chunk.buffer);
    }
  }
  t.ok(buffers.size <= 17, `${buffers.size} batches`);
});

t.test("a write that is longer than a batch goes out whole", async (t) => {
  const batch = new WriteBatch();
  const target = new Target();
  const text = Array.from({ length: 70_000 }, (_, index) => `${index},`).join("");
  write(batch, target, text);
  batch.flush();
  t.ok(target.text === text);
});
