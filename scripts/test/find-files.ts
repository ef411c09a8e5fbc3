/** Finds files of this repository by their names. */
import { globSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/**
 * What runs under Deno as well is named `*.deno.ts` and stands in `tests/`: it is written for
 * `node:test`, which both runtimes offer.
 *
 * @returns Paths from the repository's root, sorted.
 */
export function findDenoTests(): string[] {
  return globSync("tests/**/*.deno.ts", { cwd: ROOT }).toSorted();
}

/** @returns What tsconfig.json leaves to Deno's own compiler, by path from the root, sorted. */
export function findDenoSources(): string[] {
  const patterns = ["libos/mod.deno.ts", "host-adapters/deno/**/*.ts", "tests/**/*.deno.ts"];
  return globSync(patterns, { cwd: ROOT }).toSorted();
}
