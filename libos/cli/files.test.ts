import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, lstatSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import { Failure } from "./failure.ts";
import { checkOutput, checkReplaceable, createOutputFile, replaceFile } from "./files.ts";

const refuses = (t: Test, job: () => void, message: RegExp): void => {
  try {
    job();
    t.fail(`not refused: ${message}`);
  } catch (error) {
    t.ok(error instanceof Failure && error.exitCode === 2);
    t.match((error as Failure).message, message);
  }
};

t.test("no output takes the place of an input, by whatever name", (t) => {
  const folder = t.testdir({ "app.ts": "source", link: t.fixture("symlink", "app.ts") });
  const app = join(folder, "app.ts");
  for (const path of [
    app,
    join(folder, "./link"),
    `${folder}/../${folder.split("/").pop()}/app.ts`,
  ]) {
    refuses(t, () => checkOutput(path, "--record", [app]), /--record .*: it is app\.ts, which/);
    refuses(t, () => checkOutput(path, "--pcap", [app], "stream"), /it is app\.ts, which/);
    refuses(t, () => checkReplaceable(path, "-o", [app]), /-o .*: it is app\.ts, .* another file$/);
  }
  t.equal(readFileSync(app, "utf8"), "source");
  t.end();
});

t.test("a FIFO, a socket or a folder is never replaced, and only a capture streams", async (t) => {
  // The path of a socket has at most 107 characters.
  const folder = mkdtempSync(join(tmpdir(), "libos-"));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const [fifo, socket] = [join(folder, "fifo"), join(folder, "socket")];
  execFileSync("mkfifo", [fifo]);
  const server = createServer().listen(socket);
  await once(server, "listening");
  for (const path of [fifo, socket]) {
    refuses(t, () => checkReplaceable(path, "-o", []), /it is no regular file/);
    refuses(t, () => checkOutput(path, "--record", []), /it is no regular file/);
  }
  refuses(t, () => checkOutput(socket, "--pcap", [], "stream"), /it is no regular file/);
  refuses(t, () => checkOutput(folder, "--pcap", [], "stream"), /it is a folder/);
  refuses(t, () => checkReplaceable(folder, "-o", []), /it is a folder/);
  server.close();
  const reader = spawn("cat", [fifo], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  reader.stdout.setEncoding("utf8").on("data", (piece: string) => (text += piece));
  checkOutput(fifo, "--pcap", [], "stream");
  checkOutput("/dev/null", "--pcap", [], "stream");
  const file = createOutputFile(fifo, "--pcap");
  file.write(new TextEncoder().encode("frames"));
  file.close();
  await once(reader, "close");
  t.equal(text, "frames");
  t.ok(lstatSync(fifo).isFIFO());
});

t.test("a link is followed, also to what is not there yet", (t) => {
  const folder = t.testdir({ "old.elf": "old" });
  for (const [link, target] of [
    ["a", "old.elf"],
    ["b", "new.elf"],
    ["c", "b"],
  ] as const) {
    symlinkSync(target, join(folder, link));
    const path = checkReplaceable(join(folder, link), "-o", []);
    replaceFile(path, new TextEncoder().encode(`by ${link}`));
    t.ok(lstatSync(join(folder, link)).isSymbolicLink());
    t.equal(readFileSync(join(folder, link), "utf8"), `by ${link}`);
  }
  t.equal(readFileSync(join(folder, "old.elf"), "utf8"), "by a");
  t.equal(readFileSync(join(folder, "new.elf"), "utf8"), "by c");
  symlinkSync("circle", join(folder, "circle"));
  refuses(t, () => checkReplaceable(join(folder, "circle"), "-o", []), /links lead in a circle/);
  refuses(t, () => checkReplaceable(join(folder, "no/x"), "-o", []), /its folder does not exist/);
  t.end();
});

t.test("what is in a file stays while it is only looked at", (t) => {
  const path = join(t.testdir({ x: "kept" }), "x");
  checkOutput(path, "--record", []);
  t.equal(checkReplaceable(path, "-o", []), path);
  t.equal(readFileSync(path, "utf8"), "kept");
  t.notOk(existsSync(`${path}.${process.pid}.new`));
  t.end();
});
