import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import t from "tap";
import { runScenario } from "./scenario.ts";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const deno = `${repository}/node_modules/.bin/deno`;

function printed(command: string, ...args: string[]): string {
  return execFileSync(command, [...args, "tests/sim/print-trace.ts", "77"], {
    cwd: repository,
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
}

t.test("the same seed gives the same trace, byte for byte, under Node and Deno", async (t) => {
  const node = printed(process.execPath);
  t.equal(node.includes("lost"), true);
  t.ok(node.split("\n").length > 400, "a trace with something in it");
  const underDeno = printed(deno, "run", "--no-check", "--allow-all");
  t.ok(node === underDeno, "Deno prints what Node prints");
});

t.test("the same seed gives the same trace again, with and without promises", async (t) => {
  const first = await runScenario(5);
  const second = await runScenario(5);
  t.ok(first.trace === second.trace);
  t.equal(first.hash, second.hash);
  const plain = await runScenario(5, false);
  t.ok(first.trace === plain.trace);
});

t.test("another seed gives another trace", async (t) => {
  const hashes = await Promise.all(
    [1, 2, 3, 4].map(async (seed) => (await runScenario(seed)).hash),
  );
  t.equal(new Set(hashes).size, 4);
});
