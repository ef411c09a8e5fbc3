/** Where things lie in this repository, and small questions about files. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root folder, without a slash at the end. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url)).replace(/[\\/]$/, "");

/** @returns The path below the root. */
export function inRoot(/** @type {string[]} */ ...names) {
  return join(ROOT, ...names);
}

/** The environment in which this repository's own Node and tools come first. */
export function ownToolsFirst() {
  const separator = process.platform === "win32" ? ";" : ":";
  return { PATH: `${inRoot("node_modules", ".bin")}${separator}${process.env.PATH ?? ""}` };
}

/** @returns The file's text, or undefined when there is none. */
export function readIfThere(/** @type {string} */ path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/**
 * Describes files so that any change shows: names, sizes and times of modification.
 *
 * @param {string[]} paths Files and folders; a missing one counts as empty.
 * @returns {string[]} One line per file.
 */
export function fingerprint(paths) {
  return paths.flatMap((path) => {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return [];
    if (!stats.isDirectory()) return [`${path} ${stats.size} ${stats.mtimeMs}`];
    const names = readdirSync(path).filter((name) => name !== "node_modules");
    // oxlint-disable-next-line no-array-sort -- Node 18 has no toSorted
    return fingerprint(names.sort().map((name) => join(path, name)));
  });
}
