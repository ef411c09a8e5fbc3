import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import t from "tap";

const ENSURE = fileURLToPath(new URL("./ensure.mjs", import.meta.url));

t.test("an unknown purpose is refused with one line and the usage", async (t) => {
  for (const flags of [["--for", "fun"], ["--for"], ["start"]]) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [ENSURE, ...flags]);
    t.equal(status, 2);
    t.equal(stdout.toString(), "");
    t.match(stderr.toString(), /^libos set-up: unknown arguments .*\nusage: /);
    t.notMatch(stderr.toString(), /\bat \S+:\d+/, "no stack trace");
  }
});

t.test("what is set up already is left alone, without a word", async (t) => {
  const { status, stderr } = spawnSync(process.execPath, [ENSURE, "--for", "start"]);
  t.equal(status, 0);
  t.equal(stderr.toString(), "");
});
