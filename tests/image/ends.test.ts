/** Bad ends, and good ones that are asked for: `libos run -t qemu` says what it was, and ends. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { prepareImages } from "./app-build.ts";
import { startCommand, startCommandIn, type Command } from "./command.ts";

const skip = await prepareImages();
const APP = "tests/image/app-fixtures/ends.ts";

/** Runs the application; `way` is how it ends. */
function run(way: string, ...flags: string[]): Command {
  const command = startCommand(...["run", "-t", "qemu", APP, ...flags, "--", way]);
  t.teardown(() => command.child.kill("SIGKILL"));
  return command;
}

for (const [name, way, flags, code, report] of [
  ["an error at start", "throw", [], 1, /RangeError: at start\s+at \S+ \(\S*ends\.ts:7:/],
  ["an endless loop", "loop", ["--watchdog", "300"], 1, /the watchdog ends a turn .*\n.*\n.*inter/],
  [
    "an exhausted heap",
    "heap",
    ["-m", "16MB"],
    1,
    /out of memory\s+at \S+ \(\S*ends\.ts:(?:16|28):[^]*give the machine more memory: -m 32MB/,
  ],
  ["no network", "connect", ["--net", "none"], 0, /ENETUNREACH 192\.0\.2\.1:80/],
  [
    "too little memory",
    "",
    ["-m", "2MB"],
    70,
    /too little memory: .*(?:need|must reach to)[^]*: -m \dMB\n/,
  ],
] as const) {
  t.test(`${name} is reported, and ends`, { skip }, async (t) => {
    const command = run(way, ...flags);
    t.equal(await command.ended, code);
    t.match(command.output(), report);
  });
}

t.test("after a failure the machine starts again, where that is wanted", { skip }, async (t) => {
  const command = run("throw", "--on-failure", "reset");
  await command.until(/begin[^]*at start[^]*begin[^]*at start/);
  command.child.kill("SIGINT");
  t.equal(await command.ended, 130, "until a Ctrl-C, which no failure swallows");
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  t.test(`${signal} before the image can hear it ends the image`, { skip }, async (t) => {
    const command = run("serve", "-M", "q35");
    await command.until(/on QEMU's q35/);
    command.child.kill(signal);
    // As its handler of SIGTERM says, or by Ctrl-C, for which it has none.
    t.equal(await command.ended, signal === "SIGTERM" ? 9 : 130, command.output());
  });
}

t.test("a machine that halted is switched off by a second Ctrl-C", { skip }, async (t) => {
  const command = run("throw", "--on-failure", "halt");
  await command.until(/libos: halted/);
  command.child.kill("SIGINT");
  await command.until(/once more to switch off/);
  // What comes at once is the same Ctrl-C, passed on by a launcher.
  const again = setInterval(() => command.child.kill("SIGINT"), 300);
  t.equal(await command.ended, 130);
  clearInterval(again);
});

t.test(
  "SIGTERM is the power button, and the app's exit code comes through",
  { skip },
  async (t) => {
    const command = run("serve", "-M", "q35");
    await command.until(/ready/);
    command.child.kill("SIGTERM");
    t.equal(await command.ended, 9);
  },
);

t.test("with --json, hints and failures are events with their text", { skip }, async (t) => {
  for (const [words, event] of [
    [["-m", "2MB"], { event: "hint", text: "give the machine more memory: -m 4MB" }],
    [["-p", "192.0.2.1:7:7"], { event: "failure", text: /has no address 192/, exitCode: 1 }],
  ] as const) {
    const command = run("", "--json", ...words);
    await command.ended;
    const last = command.stdout().trim().split("\n").at(-1) ?? "";
    t.match(JSON.parse(last), event);
  }
});

t.test("a command that is killed leaves no machine and no files", { skip }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "libos-killed-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const words = ["run", "-t", "qemu", APP, "--", "serve"];
  const command = startCommandIn({ TMPDIR: folder }, ...words);
  await command.until(/ready/);
  t.equal(readdirSync(folder).length, 1);
  command.child.kill("SIGKILL");
  // The machine holds the command's output open: it has ended when that has.
  await command.ended;
  while (readdirSync(folder).length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  t.pass("both are gone");
});

t.test("a host without QEMU is told what to install", { skip }, async (t) => {
  const command = startCommandIn({ PATH: "/nowhere" }, "run", "-t", "qemu", APP);
  t.equal(await command.ended, 1);
  t.match(command.output(), /qemu-system-x86_64 is not installed; on Debian: apt-get install/);
});

t.test("a wrong call is one line, before anything is built", { skip }, async (t) => {
  for (const [words, line] of [
    [["-m", "1MB"], /--memory: a machine with less than 2MB does not begin/],
    [["--gdb", "soon"], /--gdb: "soon" is not a port/],
    [["--record", "/nowhere/x"], /--record \/nowhere\/x: .* its folder does not exist/],
    [["--pcap", "/"], /--pcap \/: it is a folder/],
    [["--disk", "docs"], /--disk: docs: it is a folder; give a file/],
    [["--disk", "/nowhere/x"], /--disk: \/nowhere\/x: no such file; make one/],
    [["--inspect"], /--inspect: .* record .* libos replay FILE --inspect/],
    [["--seed", "1"], /--seed: a machine takes chance from its processor/],
    [["--watchdog", "0"], /--watchdog: "0" is no time/],
  ] as const) {
    const command = startCommand("run", "-t", "qemu", APP, ...words);
    t.equal(await command.ended, 2, words.join(" "));
    t.match(command.output(), line);
    t.equal(command.output().trim().split("\n").length, 1);
  }
});
