/** Commands whose reader goes away before they have said everything, as in `libos … | head`. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import t from "tap";
import { write } from "./harness.ts";

const MAIN = fileURLToPath(new URL("../../libos/cli/main.ts", import.meta.url));

/** Runs a command whose standard output nobody reads. @returns How it ended, and its diagnostics. */
function runUnread(
  cwd: string,
  ...words: string[]
): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, [MAIN, ...words], { cwd, stdio: "pipe" });
  child.stdout.destroy();
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, said })));
}

t.test("help and results that nobody reads end the command without a word", async (t) => {
  for (const words of [
    ["--help"],
    ["--version"],
    ...["new", "run", "image", "replay"].map((name) => [name, "--help"]),
    ["image", "size", "--help"],
    ["new", "made", "--json"],
  ]) {
    const { said } = await runUnread(t.testdir(), ...words);
    t.equal(said, "", words.join(" "));
  }
});

t.test("an application that writes on and on is ended in good order", async (t) => {
  const dir = write(t.testdir(), {
    "app.ts": `
      import { net } from "libos";
      net.createServer().listen(7);
      setInterval(() => console.log("still here"), 10);
    `,
  });
  const { code, said } = await runUnread(dir, "run", "app.ts", "-p", "0:7");
  t.notMatch(said, /EPIPE|Error/);
  t.equal(code, 130);
});

t.test("an application that listens for errors of its output decides itself", async (t) => {
  const dir = write(t.testdir(), {
    "app.ts": `
      process.stdout.on("error", (error) => {
        console.error("heard", error.code);
        process.exit(5);
      });
      setInterval(() => process.stdout.write("still here"), 10);
    `,
  });
  const { code, said } = await runUnread(dir, "run", "app.ts");
  t.match(said, "heard EPIPE");
  t.equal(code, 5);
});
