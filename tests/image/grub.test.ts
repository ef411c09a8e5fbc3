/** GRUB starts the kernel by Multiboot2, from a CD, as a PC's firmware would. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { encodePayload } from "../../bare-metal/payload.ts";
import { bundleApp } from "./bundle.ts";
import { joinedImage, prepareKernel } from "./kernel-build.ts";
import { boot } from "./qemu.ts";

const TOOLS = ["grub-mkrescue", "xorriso", "mformat"];
const missing = TOOLS.filter((tool) => spawnSync(tool, ["--version"]).error !== undefined);
const build = await prepareKernel();
const without = missing.length > 0 && "no CD is made: apt-get install grub-pc-bin xorriso mtools";
const skip = "skip" in build ? build.skip : without;
const kernel = "kernel" in build ? build.kernel : "";
const hello =
  skip === false
    ? encodePayload(new TextEncoder().encode(await bundleApp("hello")))
    : new Uint8Array(0);

/** Makes a CD whose GRUB runs these commands. */
function makeCd(
  folder: string,
  files: Readonly<Record<string, Uint8Array>>,
  commands: string,
): string {
  const root = join(folder, "root");
  mkdirSync(join(root, "boot/grub"), { recursive: true });
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(root, name), bytes);
  const menu = `set timeout=0\nmenuentry libos {\n${commands}\n}\n`;
  writeFileSync(join(root, "boot/grub/grub.cfg"), menu);
  const cd = join(folder, "cd.iso");
  const made = spawnSync("grub-mkrescue", ["-d", "/usr/lib/grub/i386-pc", "-o", cd, root]);
  if (made.status !== 0) throw new Error(made.stderr.toString());
  return cd;
}

for (const machine of ["pc", "q35"] as const) {
  t.test(`GRUB on ${machine} hands over memory, module, line and ACPI`, { skip }, async (t) => {
    const files = { kernel: readFileSync(kernel), app: hello };
    for (const code of [6, 0]) {
      const folder = t.testdir({});
      const cd = makeCd(folder, files, `multiboot2 /kernel code=${code}\nmodule2 /app`);
      const { output, exitCode } = await boot({ machine, extra: ["-cdrom", cd] });
      t.match(output, "hello from x86_64");
      t.notMatch(output, "does not power off");
      t.equal(exitCode, code, output);
    }
  });
}

t.test("GRUB starts one file", { skip }, async (t) => {
  const image = joinedImage(kernel, hello, "code=8");
  const cd = makeCd(t.testdir({}), { image }, "multiboot2 /image");
  t.equal((await boot({ machine: "pc", extra: ["-cdrom", cd] })).exitCode, 8);
});
