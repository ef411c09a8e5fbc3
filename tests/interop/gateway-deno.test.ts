import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import t from "tap";

const SCRIPT = fileURLToPath(new URL("./gateway-deno.ts", import.meta.url));
const DENO = fileURLToPath(new URL("../../node_modules/.bin/deno", import.meta.url));

const { stdout } = await promisify(execFile)(DENO, [
  "run",
  "-A",
  "--no-lock",
  "--no-check",
  SCRIPT,
]);

for (const line of stdout.trim().split("\n")) {
  const [, verdict = "?", name = ""] = /^(ok|not ok|skip) (.*)$/.exec(line) ?? [];
  if (verdict === "skip") t.pass("under Deno", { skip: name });
  else t.equal(verdict, "ok", `under Deno: ${name || line}`);
}
