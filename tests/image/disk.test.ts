/** Block devices in QEMU: the contract suite on each transport, and an application with disks. */
import { spawn } from "node:child_process";
import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { prepareImages } from "./app-build.ts";
import { bundleApp } from "./bundle.ts";
import { prepareKernel } from "./kernel-build.ts";
import { boot } from "./qemu.ts";

const skip = await prepareImages();
const build = await prepareKernel();
const kernel = "kernel" in build ? build.kernel : "";
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const DISK_BYTES = 256 * 1024;

function createDisk(folder: string, name: string): string {
  const path = join(folder, name);
  writeFileSync(path, "");
  truncateSync(path, DISK_BYTES);
  return path;
}

/** How disks are attached: the machine, the device, and what a sector of it has. */
const VARIANTS = [
  { machine: "microvm", device: "virtio-blk-device", sectorBytes: 512 },
  { machine: "q35", device: "virtio-blk-pci,disable-legacy=on", sectorBytes: 512 },
  {
    machine: "q35",
    device:
      "virtio-blk-pci,disable-legacy=on,packed=on,logical_block_size=4096,physical_block_size=4096",
    sectorBytes: 4096,
  },
  // Without messages: slots 4 and 8 have one interrupt line.
  {
    machine: "pc",
    device: "virtio-blk-pci,vectors=0,indirect_desc=off",
    sectorBytes: 512,
    isShared: true,
  },
  {
    machine: "q35",
    device: "virtio-blk-pci,disable-legacy=on,vectors=0",
    sectorBytes: 512,
    isShared: true,
  },
] as const;

for (const { machine, device, sectorBytes, ...rest } of VARIANTS) {
  const isShared = "isShared" in rest;
  t.test(`the contract holds for ${device} on ${machine}`, { skip }, async (t) => {
    const folder = t.testdir();
    const paths = [createDisk(folder, "writable"), createDisk(folder, "constant")] as const;
    const drive = (index: 0 | 1): string[] => [
      "-drive",
      `if=none,id=d${index},format=raw,discard=unmap,readonly=${index ? "on" : "off"},file=${paths[index]}`,
      "-device",
      `${device},drive=d${index}${isShared ? `,addr=${4 + 4 * index}` : ""}`,
    ];
    const { output, exitCode } = await boot({
      kernel,
      machine,
      payload: await bundleApp("block"),
      extra: [...drive(0), ...drive(1), "-global", "virtio-mmio.force-legacy=false"],
    });
    if (isShared) t.match(output, /lines (?<line>\d+) \k<line>\n/);
    t.match(output, `sectors of ${sectorBytes}, discards true`);
    t.notMatch(output, /not ok/);
    t.match(output, /[1-9] passed, 0 failed/);
    t.match(output, "last ok ok ok ok");
    t.equal(exitCode, 0, output);
    const bytes = readFileSync(paths[0]);
    t.ok(bytes.subarray(60 * sectorBytes, 61 * sectorBytes).every((byte) => byte === 0x5a));
    t.ok(
      bytes.subarray(32 * sectorBytes, 40 * sectorBytes).every((byte) => byte === 0),
      "discard",
    );
    t.ok(
      readFileSync(paths[1]).every((byte) => byte === 0),
      "the read-only one is untouched",
    );
  });
}

t.test("an application reads and writes the disks of libos run -t qemu", { skip }, async (t) => {
  const folder = t.testdir();
  const disk = createDisk(folder, "disk");
  const second = createDisk(folder, "second");
  truncateSync(second, 2 * DISK_BYTES);
  const bytes = readFileSync(disk);
  bytes.write("hello", 3 * 512);
  writeFileSync(disk, bytes);
  for (const machine of ["microvm", "q35"]) {
    const { output, exitCode } = await run("-M", machine, "--disk", disk, "--disk", `${second},ro`);
    t.match(output, "disk0: 512 sectors of 512, 2 disks");
    t.match(output, "read ok\nfound hello\nwrite ok ok\nsecond true 1024\n");
    t.equal(exitCode, 0, output);
    t.equal(readFileSync(disk).toString("latin1", 4 * 512, 5 * 512), "!".repeat(512));
  }
  t.match((await run("--disk", join(folder, "none"))).output, "no such file; make one by");
});

function run(...flags: string[]): Promise<{ output: string; exitCode: number | null }> {
  const app = "tests/image/app-fixtures/disk.ts";
  const args = ["libos/cli/main.ts", "run", "-t", "qemu", app, "--net", "none", ...flags];
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  }
  const timer = setTimeout(() => child.kill("SIGKILL"), 120_000);
  return new Promise((resolve) => {
    child.on("close", (exitCode) => {
      clearTimeout(timer);
      resolve({ output, exitCode });
    });
  });
}
