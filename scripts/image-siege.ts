/**
 * Sieges of an image that serves HTTP: each boots it anew with little memory, and clients want all of it.
 *
 *   npm run siege:image -- --sieges 24 --memory 8 --seed 1
 *
 * `--memory` in MiB; siege N has the seed `--seed` + N. Ends with code 1 when the image did not outlive
 * one, and prints what it said.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildImage } from "../libos/image/mod.ts";
import { loadApplication } from "../libos/run/load-config.ts";
import { createSiege } from "./image-memory/siege.ts";
import { worksIn } from "./image-memory/trial.ts";

const SHOWN_LINES = 40;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    sieges: { type: "string", default: "12" },
    memory: { type: "string", default: "8" },
    seed: { type: "string", default: "1" },
    port: { type: "string", default: "80" },
    machine: { type: "string", default: "microvm" },
  },
});
const [entry = "apps/website"] = positionals;
const [sieges, memoryMib, seed] = [values.sieges, values.memory, values.seed].map(Number);
const folder = mkdtempSync(join(tmpdir(), "libos-siege-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
const imagePath = join(folder, "image.elf");
writeFileSync(imagePath, (await buildImage(await loadApplication(resolve(entry), {}))).bytes);
const trial = { imagePath, machine: values.machine, port: Number(values.port), connections: 0 };

let lost = 0;
for (let siege = 0; siege < sieges!; siege++) {
  const startMs = performance.now();
  const work = createSiege(seed! + siege);
  const { works, output } = await worksIn(trial, Math.round(memoryMib! * 1024), "", work);
  if (!works) lost++;
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  const outcome = works ? "outlived" : "LOST";
  console.log(`siege ${siege + 1} of ${sieges}, seed ${seed! + siege}: ${outcome} in ${seconds} s`);
  if (!works) console.log(output.trim().split(/\r?\n/).slice(-SHOWN_LINES).join("\n"));
}
console.log(`${entry} in ${memoryMib} MiB: ${sieges! - lost} of ${sieges} sieges outlived`);
process.exitCode = lost === 0 ? 0 : 1;
