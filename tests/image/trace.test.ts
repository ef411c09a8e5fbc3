/** `libos image trace`: what a console said, with the lines of the TypeScript. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { prepareImages } from "./app-build.ts";
import { ROOT, startCommand } from "./command.ts";
import { boot } from "./qemu.ts";

const skip = await prepareImages();
const folder = mkdtempSync(join(tmpdir(), "libos-trace-"));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
const THROWN = /at \w+ \(\S*throws\.ts:3:\d+\)/;

t.test(
  "a log gets the lines of the TypeScript, from a file and from a pipe",
  { skip },
  async (t) => {
    const [image, log] = [join(folder, "app.elf"), join(folder, "console.log")];
    const app = "tests/image/app-fixtures/throws.ts";
    t.equal(await startCommand("image", app, "-o", image, "--map").ended, 0);
    const { output } = await boot({ kernel: image });
    t.match(output, /at \w+ \(app\.js:\d+:\d+\)/);
    writeFileSync(log, output);
    const command = startCommand("image", "trace", `${image}.map`, log);
    t.equal(await command.ended, 0);
    t.match(command.stdout(), THROWN);
    t.notMatch(command.stdout(), "app.js:");
    t.equal(command.stdout().split("\n").length, output.split("\n").length, "every line is there");
    const words = [`${ROOT}libos/cli/main.ts`, "image", "trace", `${image}.map`];
    t.equal(execFileSync(process.execPath, words, { input: output }).toString(), command.stdout());
  },
);

t.test("what is no source map, or not there, is one line", async (t) => {
  const log = join(folder, "empty.log");
  writeFileSync(log, "");
  for (const [map, file, line] of [
    [log, log, /empty\.log: it is no source map; libos image --map writes one\n/],
    [join(folder, "none.map"), log, /none\.map: no such file\n/],
  ] as const) {
    const command = startCommand("image", "trace", map, file);
    t.equal(await command.ended, 1);
    t.match(command.output(), line);
    t.equal(command.output().trim().split("\n").length, 1);
  }
});

t.test("a stack begins with its error, and its places are right", { skip }, async (t) => {
  const words = ["run", "-t", "qemu", "tests/image/app-fixtures/stacks.ts", "--watchdog", "100"];
  const command = startCommand(...words);
  t.not(await command.ended, 0);
  const output = command.output();
  t.match(output, /TypeError: äöüß日本語😀😀\n {4}at \w+ \(\S*stacks\.ts:5:\d+\)/);
  t.match(output, /RangeError: changed\n {4}at \w+ \(\S*stacks\.ts:8:\d+\)/);
  t.match(output, /Mine: own\n {4}at <anonymous> \(\S*stacks\.ts:15:\d+\)/);
  t.match(output, /\nname,message\n/);
  t.match(output, /the watchdog ends a turn [^]*stacks\.ts:(?:19|20):\d+/);
});
