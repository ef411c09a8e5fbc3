import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import t from "tap";
import { createFileDisk, type FileDisk } from "./file-disk.ts";
import { createJobQueue, type JobQueue } from "./jobs.ts";
import { createPlainSlab } from "./slab.ts";

function makeDisk(
  t: { teardown(action: () => void): void },
  bytes: number,
): { disk: FileDisk; jobs: JobQueue; file: string; memory: Uint8Array } {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "libos-disk-"));
  t.teardown(() => fs.rmSync(folder, { recursive: true, force: true }));
  const file = path.join(folder, "disk.img");
  fs.writeFileSync(file, new Uint8Array(bytes));
  const jobs = createJobQueue();
  const memory = createPlainSlab(65_536).region(65_536);
  const disk = createFileDisk(fs, memory, jobs.schedule, { path: file });
  return { disk, jobs, file, memory: memory.bytes };
}

t.test("a file's whole sectors are the disk", async (t) => {
  const { disk } = makeDisk(t, 10 * 512 + 100);
  t.equal(disk.info.sectorCount, 10);
  disk.close();
});

t.test("closing does what was submitted, and refuses what comes later", async (t) => {
  const { disk, file, memory, jobs } = makeDisk(t, 8192);
  memory.fill(9, 0, 512);
  disk.onReady(() => t.fail("a handler after close"));
  disk.submit("write", 3, 1, 0, 1);
  disk.submit("flush", 0, 0, 0, 2);
  disk.close();
  disk.close();
  t.equal(fs.readFileSync(file)[3 * 512], 9);
  t.notOk(disk.submit("read", 0, 1, 0, 3));
  t.equal(disk.transferSync!("read", 0, 1, 0), "io-error");
  jobs.run();
});

t.test("a flush that is under way at close ends without a handler", async (t) => {
  const { disk, jobs } = makeDisk(t, 8192);
  disk.onReady(() => t.fail("a handler after close"));
  disk.submit("flush", 0, 0, 0, 1);
  jobs.run();
  disk.close();
  await new Promise((resolve) => setTimeout(resolve, 50));
  jobs.run();
});

t.test("a file that became shorter is an i/o error, not zeros", async (t) => {
  const { disk, file } = makeDisk(t, 8192);
  fs.truncateSync(file, 1024);
  t.equal(disk.transferSync!("read", 0, 2, 0), "ok");
  t.equal(disk.transferSync!("read", 1, 2, 0), "io-error");
  disk.close();
});

t.test("data outside of packet memory is a caller's bug", async (t) => {
  const { disk } = makeDisk(t, 8192);
  t.throws(() => disk.submit("read", 0, 2, 65_536 - 512, 1), RangeError);
  t.throws(() => disk.transferSync!("write", 0, 1, -4), RangeError);
  disk.close();
});

t.test("a long queue gives way to other jobs", async (t) => {
  const { disk, jobs } = makeDisk(t, 65_536);
  for (let token = 0; token < 100; token++) disk.submit("read", token, 1, 0, token);
  let completed = 0;
  jobs.runOne();
  completed += disk.complete(() => {});
  t.ok(completed > 0 && completed < 20, `${completed} in one job`);
  jobs.run();
  t.equal(completed + disk.complete(() => {}), 100);
  disk.close();
});
