import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import t from "tap";
import { createNodeHal } from "./mod.ts";

const MEMORY_BYTES = 65_536;

t.test("the adapter keeps the host's functions when globals are replaced", async (t) => {
  const hal = createNodeHal({ memoryBytes: MEMORY_BYTES });
  const kept = { now: Date.now, performanceNow: performance.now, random: crypto.getRandomValues };
  const fail = (): never => {
    throw new Error("a replaced global was called");
  };
  Object.assign(Date, { now: fail });
  Object.assign(performance, { now: fail });
  Object.assign(crypto, { getRandomValues: fail });
  try {
    t.ok(hal.clock.nowUs() >= 0);
    t.ok(hal.clock.wallUs() > 0);
    hal.entropy.fill(hal.memory.bytes.subarray(0, 16));
  } finally {
    Object.assign(Date, { now: kept.now });
    Object.assign(performance, { now: kept.performanceNow });
    Object.assign(crypto, { getRandomValues: kept.random });
    hal.close();
  }
});

t.test("a folder that is missing leaves nothing open", async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "libos-node-"));
  t.teardown(() => fs.rmSync(folder, { recursive: true, force: true }));
  const disk = path.join(folder, "disk.img");
  fs.writeFileSync(disk, new Uint8Array(4096));
  const opened = (): string[] =>
    fs
      .readdirSync("/proc/self/fd")
      .map((fd) => {
        try {
          return fs.readlinkSync(`/proc/self/fd/${fd}`);
        } catch {
          return "";
        }
      })
      .filter((target) => target.startsWith(folder));
  const make = (name: string): unknown =>
    createNodeHal({
      memoryBytes: MEMORY_BYTES,
      disks: [{ path: disk }],
      shares: [
        { name: "a", path: folder },
        { name: "b", path: path.join(folder, name) },
      ],
    });
  t.throws(() => make("nothing"), { code: "ENOENT" });
  if (fs.existsSync("/proc/self/fd")) t.strictSame(opened(), []);
});

t.test("a process is not released more often than it was held", async (t) => {
  const hal = createNodeHal({ memoryBytes: MEMORY_BYTES });
  hal.hold();
  hal.release();
  t.throws(() => hal.release(), /released more often/);
  hal.close();
  hal.hold();
  hal.release();
});

t.test("several systems live in one process, with their own clocks", async (t) => {
  const first = createNodeHal({ memoryBytes: MEMORY_BYTES });
  await new Promise((resolve) => setTimeout(resolve, 5));
  const second = createNodeHal({ memoryBytes: MEMORY_BYTES });
  t.ok(first.clock.nowUs() >= second.clock.nowUs() + 4000);
  t.not(first.memory.bytes, second.memory.bytes);
  first.close();
  second.close();
});

t.test("the platform is named with its engine and processor", async (t) => {
  const hal = createNodeHal({ memoryBytes: MEMORY_BYTES });
  t.equal(hal.platform.name, "node");
  t.match(hal.platform.engine, /^v8 \d/);
  t.match(hal.platform.arch, /^(x86_64|aarch64|riscv64|loongarch64|unknown)$/);
  hal.close();
});
