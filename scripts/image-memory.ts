/**
 * The smallest memory in which an application's image works, by bisection:
 *
 *   node scripts/image-memory.ts apps/website --port 80 --connections 64
 *   node scripts/image-memory.ts tests/image/app-fixtures/hello.ts
 *
 * With `--port` it works when so many connections, all open at one time, have each got an answer to
 * two requests by HTTP; without, when the image ends with exit code 0.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildImage } from "../libos/image/mod.ts";
import { loadApplication } from "../libos/run/load-config.ts";
import { worksIn } from "./image-memory/trial.ts";

const STEP_KIB = 128;
const [LOW_KIB, HIGH_KIB] = [1024, 64 * 1024];

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    port: { type: "string" },
    connections: { type: "string", default: "64" },
    machine: { type: "string", default: "microvm" },
    optimize: { type: "string", default: "speed" },
  },
});
const [entry] = positionals;
const optimize = values.optimize === "size" ? "size" : "speed";
if (entry === undefined) {
  console.error(
    "usage: node scripts/image-memory.ts ENTRY [--port PORT] [--connections COUNT] [--optimize size]",
  );
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), "libos-memory-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
const application = await loadApplication(resolve(entry), { memory: "4MB" });
const imagePath = join(folder, "image.elf");
writeFileSync(imagePath, (await buildImage({ ...application, optimize })).bytes);

const trial = {
  imagePath,
  machine: values.machine,
  port: values.port === undefined ? undefined : Number(values.port),
  connections: Number(values.connections),
};
let [low, high] = [LOW_KIB, HIGH_KIB];
while (high - low > STEP_KIB) {
  const middle = Math.round((low + high) / 2 / STEP_KIB) * STEP_KIB;
  const outcome = await worksIn(trial, middle);
  console.error(`${(middle / 1024).toFixed(2)} MiB: ${outcome.works ? "works" : outcome.reason}`);
  if (outcome.works) high = middle;
  else low = middle;
}
const what = trial.port === undefined ? "" : ` with ${trial.connections} connections`;
console.log(`${entry}${what}: works with ${(high / 1024).toFixed(2)} MiB`);
