/** Finds the fuzz targets: whatever a file `fuzz.ts` or `x.fuzz.ts` beside a parser exports as `fuzz`. */
import { globSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { FuzzTarget } from "../../components/testing/fuzz.ts";

const ROOT = new URL("../../", import.meta.url);
const FILES = "{components,libos,host-adapters}/**/{fuzz,*.fuzz}.ts";

/** @returns Every target, by the order of files and of their exports. */
export async function findTargets(): Promise<FuzzTarget[]> {
  const files = globSync(FILES, { cwd: fileURLToPath(ROOT) }).toSorted();
  const targets: FuzzTarget[] = [];
  for (const file of files) {
    const module = (await import(new URL(file, ROOT).href)) as { fuzz?: readonly FuzzTarget[] };
    targets.push(...(module.fuzz ?? []));
  }
  const names = targets.map((target) => target.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`two fuzz targets are named ${twice}`);
  return targets;
}
