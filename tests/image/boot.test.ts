/** The kernel in QEMU: starting, ending, and refusing to start. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { encodePayload } from "../../bare-metal/payload.ts";
import { bundleApp } from "./bundle.ts";
import { joinedImage, prepareKernel } from "./kernel-build.ts";
import { boot } from "./qemu.ts";

const build = await prepareKernel();
const skip = "skip" in build ? build.skip : false;
const kernel = "kernel" in build ? build.kernel : "";
const hello = skip === false ? await bundleApp("hello") : "";
const source = (text: string): Uint8Array => encodePayload(new TextEncoder().encode(text));

for (const machine of ["pc", "q35", "microvm"] as const) {
  t.test(
    `${machine} says hello from JavaScript, and its exit code arrives`,
    { skip },
    async (t) => {
      const { output, exitCode } = await boot({
        kernel,
        machine,
        payload: hello,
        commandLine: "code=42",
      });
      t.match(output, /hello from x86_64 with quickjs-ng 0\.18\.0/);
      t.equal(exitCode, 42);
    },
  );

  t.test(`${machine} powers off through ACPI`, { skip }, async (t) => {
    const { output, exitCode } = await boot({ kernel, machine, payload: hello });
    t.equal(exitCode, 0);
    t.notMatch(output, /does not power off/);
  });
}

t.test("memory from 3 MiB to 5 GiB is used", { skip }, async (t) => {
  const script = `machine.console.write(Uint8Array.from("ram " + machine.ramBytes + "\\n",
    (c) => c.charCodeAt(0)));`;
  for (const [machine, memoryMib] of [
    ["microvm", 3],
    ["pc", 3],
    ["q35", 5000],
  ] as const) {
    const { output, exitCode } = await boot({ kernel, machine, memoryMib, payload: script });
    t.equal(exitCode, 0, output);
    const bytes = Number(/ram (?<bytes>\d+)/.exec(output)?.groups?.["bytes"]);
    t.ok(bytes > (memoryMib - 1) * 2 ** 20 && bytes <= memoryMib * 2 ** 20, `${bytes}`);
  }
});

t.test(
  "kernel and payload boot as one file, with a command line of its own",
  { skip },
  async (t) => {
    const folder = t.testdir();
    const image = join(folder, "image.elf");
    for (const [method, machine] of [
      ["none", "q35"],
      ["lzma", "pc"],
      ["zstd", "microvm"],
    ] as const) {
      writeFileSync(image, joinedImage(kernel, source(hello), "code=9", method));
      const own = await boot({ kernel: image, machine });
      t.match(own.output, "hello from x86_64");
      t.equal(own.exitCode, 9, `${machine}, ${method}: the line that was joined counts`);
    }
    const overridden = await boot({ kernel: image, commandLine: "code=10" });
    t.equal(overridden.exitCode, 10, "the loader's line counts more");
    const other = await boot({ kernel: image, payload: "machine.power.off(11);" });
    t.equal(other.exitCode, 11, "the loader's payload counts more");
  },
);

t.test("with 2 MiB every machine says how much an image needs", { skip }, async (t) => {
  const image = join(t.testdir(), "image.elf");
  writeFileSync(image, joinedImage(kernel, source(hello), ""));
  for (const machine of ["microvm", "q35", "pc"] as const) {
    const { output, exitCode } = await boot({ kernel: image, machine, memoryMib: 2 });
    t.match(output, /^libos: too little memory: .*\d+ KiB/, machine);
    t.equal(exitCode, 70);
  }
});

t.test("every part of an image is covered by its checksum", { skip }, async (t) => {
  const folder = t.testdir();
  const image = join(folder, "image.elf");
  for (const method of ["none", "lzma", "zstd"] as const) {
    const good = joinedImage(kernel, source(hello), "", method);
    // The identification of the file, the loader's last byte, the kernel, the payload.
    for (const at of [9, 0x100 + 100, good.length >> 1, good.length - 100]) {
      const altered = good.slice();
      altered[at]! ^= 1;
      writeFileSync(image, altered);
      const { output, exitCode } = await boot({ kernel: image });
      t.match(output, /the image is refused: its checksum is wrong/, `${method}, byte ${at}`);
      t.equal(exitCode, 70);
    }
  }
});

t.test("an application that has nothing to wait for ends", { skip }, async (t) => {
  const { exitCode } = await boot({ kernel, payload: "await 1; await 2;" });
  t.equal(exitCode, 0);
});

t.test("too little memory is told with what is missing", { skip }, async (t) => {
  const { output, exitCode } = await boot({ kernel, payload: hello, memoryMib: 2 });
  t.match(output, /too little memory: \d+ KiB of RAM, .* at least \d+ KiB more are needed/);
  t.equal(exitCode, 70);
});

t.test(
  "a payload that is absent, foreign, truncated or altered is refused",
  { skip },
  async (t) => {
    const good = source("1".repeat(5000));
    const altered = good.slice();
    altered[2000]! ^= 1;
    for (const [payload, why] of [
      [undefined, /there is no payload/],
      [new TextEncoder().encode("console.log(1)"), /does not begin like a libos payload/],
      [good.subarray(0, 3000), /truncated: 2984 of 5001 bytes/],
      [altered, /checksum is wrong/],
    ] as const) {
      const { output, exitCode } = await boot({ kernel, ...(payload && { payload }) });
      t.match(output, why);
      t.equal(exitCode, 70);
    }
  },
);

t.test("a wrong word of the command line is refused", { skip }, async (t) => {
  const words = ["heap=lots", "on-failure=panic", "packet=100G", "stack=0", "stack=16K"];
  for (const commandLine of [...words, "stack=17179869183G", "stack=18446744073709551615"]) {
    const { output, exitCode } = await boot({ kernel, payload: hello, commandLine });
    t.match(output, /expected|not fit/, commandLine);
    t.equal(exitCode, 70);
  }
});
