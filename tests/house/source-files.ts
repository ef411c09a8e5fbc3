/** The sources of this repository, as the house's checks read them. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Paths from the repository's root, with `/`, and the text of each file. */
export type Sources = ReadonlyMap<string, string>;

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const TOP_FOLDERS = [
  "libos",
  "components",
  "host-adapters",
  "bare-metal",
  "apps",
  "templates",
  "tests",
  "bench",
  "scripts",
];
/** What tools make or fetch, wherever it lies. */
const FOREIGN_FOLDERS = new Set(["node_modules", "dist", "target", "build", ".tap", ".libos"]);

/** @returns Every file below the folders that hold our own work, sorted by path. */
export function listFiles(): string[] {
  return TOP_FOLDERS.flatMap((folder) => walk(folder)).toSorted();
}

function walk(folder: string): string[] {
  let entries;
  try {
    entries = readdirSync(join(ROOT, folder), { withFileTypes: true });
  } catch {
    return [];
  }
  return entries.flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (!entry.isDirectory()) return entry.isFile() ? [path] : [];
    return FOREIGN_FOLDERS.has(entry.name) ? [] : walk(path);
  });
}

/**
 * @param paths Paths from the repository's root.
 * @returns The text of each.
 */
export function readSources(paths: readonly string[]): Sources {
  return new Map(paths.map((path) => [path, readFileSync(join(ROOT, path), "utf8")]));
}

/** @returns Whether a path is code that only tests run: it may use whatever it likes. */
export function isTestCode(path: string): boolean {
  return (
    path.startsWith("tests/") ||
    /\.(test|fuzz|deno)\.ts$/.test(path) ||
    path.endsWith("/fuzz.ts") ||
    path.includes("/testing/")
  );
}
