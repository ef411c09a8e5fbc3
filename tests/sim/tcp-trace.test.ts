import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import t from "tap";

const run = promisify(execFile);
const SCRIPT = fileURLToPath(new URL("./tcp-trace.ts", import.meta.url));
const DENO = fileURLToPath(new URL("../../node_modules/.bin/deno", import.meta.url));

async function traceUnder(runtime: "node" | "deno", seed: number): Promise<string> {
  const command = runtime === "node" ? process.execPath : DENO;
  const flags = runtime === "node" ? [] : ["run", "-A", "--no-lock", "--no-check"];
  const { stdout } = await run(command, [...flags, SCRIPT, String(seed)]);
  return stdout.trim();
}

t.test("the same seed gives the same trace under Node and Deno", async (t) => {
  for (const seed of [1, 2]) {
    const trace = await traceUnder("node", seed);
    t.match(trace, /^[0-9a-f]{8,} \d+ ok$/);
    t.equal(await traceUnder("deno", seed), trace, `seed ${seed}`);
  }
});

t.test("another seed gives another trace", async (t) => {
  t.not(await traceUnder("node", 1), await traceUnder("node", 2));
});
