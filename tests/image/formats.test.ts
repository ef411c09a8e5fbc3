/** Disks and CDs of an image: judged by other tools, and booted by a PC's BIOS. */
import { spawnSync } from "node:child_process";
import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { readImageFile } from "../../libos/cli/image-file.ts";
import { encodeFormat, findElf, type Format } from "../../libos/image/formats/mod.ts";
import { encodePayload } from "../../bare-metal/payload.ts";
import { BOOT_CODE } from "../../scripts/build-kernel.ts";
import { bundleApp } from "./bundle.ts";
import { joinedImage, prepareKernel } from "./kernel-build.ts";
import { boot } from "./qemu.ts";

const build = await prepareKernel();
const skip = "skip" in build ? build.skip : false;
const folder = t.testdir();
/** Not in everybody's path. */
const SFDISK = "/usr/sbin/sfdisk";

/** Writes an image that ends with 5, in a format. */
async function make(format: Format, name: string = `image.${format}`): Promise<string> {
  const hello = encodePayload(new TextEncoder().encode(await bundleApp("hello")));
  const elf = joinedImage("kernel" in build ? build.kernel : "", hello, "code=5");
  const path = join(folder, name);
  writeFileSync(path, encodeFormat(elf, format, readFileSync(BOOT_CODE)));
  return path;
}

function lacks(tool: string, debianPackage: string): string | false {
  if (skip !== false) return skip;
  const isThere = spawnSync(tool, ["--version"]).error === undefined;
  return isThere ? false : `${tool} is missing: apt-get install ${debianPackage}`;
}

function run(tool: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(tool, args, { encoding: "utf8" });
  return `${stdout}${stderr}status ${status}`;
}

t.test("the BIOS boots every format on pc and q35", { skip }, async (t) => {
  const [raw, qcow2, iso] = [await make("raw"), await make("qcow2"), await make("iso")];
  for (const [machine, ...extra] of [
    ["pc", "-drive", `file=${raw},format=raw`],
    ["q35", "-drive", `file=${raw},format=raw`],
    ["q35", "-drive", `file=${raw},format=raw,if=virtio`],
    ["pc", "-drive", `file=${qcow2},format=qcow2`],
    ["pc", "-cdrom", iso],
    ["q35", "-cdrom", iso],
    ["q35", "-drive", `file=${iso},format=raw`],
  ] as const) {
    const { output, exitCode } = await boot({ machine, extra });
    t.match(output, "hello from x86_64", `${machine} ${extra.join(" ")}`);
    t.notMatch(output, "does not power off");
    t.equal(exitCode, 5);
  }
});

t.test("a truncated or altered disk is refused with a line", { skip }, async (t) => {
  const good = readFileSync(await make("raw"));
  const altered = Buffer.from(good);
  altered[good.length >> 2]! ^= 16;
  const boots: readonly (readonly [Uint8Array, RegExp])[] = [
    [good.subarray(0, 200 << 10), /the disk cannot be read; is the image truncated\?/],
    [altered, /the image is refused: its checksum is wrong/],
  ];
  const path = join(folder, "bad.raw");
  for (const [bytes, why] of boots) {
    writeFileSync(path, bytes);
    const extra = ["-drive", `file=${path},format=raw`];
    const { output, exitCode } = await boot({ machine: "pc", extra });
    t.match(output, why);
    t.equal(exitCode, 70);
  }
});

t.test("what looks into images finds the ELF file in every format", { skip }, async (t) => {
  const elf = readFileSync(await make("elf"));
  for (const format of ["elf", "raw", "qcow2", "iso"] as const) {
    const found = findElf(readFileSync(await make(format)));
    t.ok(elf.equals(found), format);
  }
});

t.test("of a long disk with an image only the image is read", { skip }, async (t) => {
  const elf = readFileSync(await make("elf"));
  for (const format of ["elf", "raw", "qcow2", "iso"] as const) {
    const path = await make(format, `long.${format}`);
    truncateSync(path, 2 ** 34);
    const { bytes, fileBytes } = readImageFile(path);
    t.equal(fileBytes, 2 ** 34);
    t.ok(elf.equals(findElf(bytes)), format);
    t.ok(bytes.length < 2 ** 26, `${bytes.length} bytes of a long ${format}`);
  }
});

t.test("sfdisk finds one partition in order", { skip: lacks(SFDISK, "fdisk") }, async (t) => {
  const raw = await make("raw");
  t.match(run(SFDISK, "--verify", raw), /No errors detected/);
  t.match(run(SFDISK, "--dump", raw), /start= +4, .*type=da, bootable/);
});

t.test("qemu-img finds nothing wrong", { skip: lacks("qemu-img", "qemu-utils") }, async (t) => {
  const [raw, qcow2] = [await make("raw"), await make("qcow2")];
  t.match(run("qemu-img", "check", qcow2), /No errors were found/);
  const back = join(folder, "back.raw");
  t.match(run("qemu-img", "convert", "-O", "raw", qcow2, back), /status 0/);
  t.ok(readFileSync(back).equals(readFileSync(raw)), "the disk comes back");
});

t.test("xorriso reads the CD", { skip: lacks("xorriso", "xorriso") }, async (t) => {
  const iso = await make("iso");
  t.match(run("xorriso", "-indev", iso, "-report_el_torito", "plain"), /BIOS +y +none/);
  const out = join(folder, "out.elf");
  run("xorriso", "-osirrox", "on", "-indev", iso, "-extract", "/LIBOS.ELF", out);
  t.ok(readFileSync(out).equals(readFileSync(await make("elf"))), "the file is whole");
});
