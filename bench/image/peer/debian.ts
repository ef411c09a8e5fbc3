/** Debian packages, fetched without installing them: no root is needed. */
import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const DOWNLOAD_MS = 300_000;

/** An unpacked package. */
export interface UnpackedPackage {
  readonly name: string;
  readonly folder: string;
}

/**
 * Finds the newest package whose name matches.
 *
 * @param pattern A regular expression of apt-cache; `kernelVersion` orders what it finds.
 * @throws Error that says what to do, where apt knows none.
 */
export async function newestPackage(pattern: string): Promise<string> {
  const { stdout } = await run("apt-cache", ["search", "--names-only", pattern]);
  const names = stdout
    .split("\n")
    .map((line) => line.split(" ")[0]!)
    .filter((name) => name !== "");
  const newest = newestOf(names);
  if (newest !== undefined) return newest;
  throw new Error(`apt knows no package ${pattern}; update its lists: sudo apt-get update`);
}

/** @returns The name with the greatest numbers, compared one by one; undefined for none. */
export function newestOf(names: readonly string[]): string | undefined {
  const numbers = (name: string): number[] => (name.match(/\d+/g) ?? []).map(Number);
  const order = (left: string, right: string): number => {
    const [a, b] = [numbers(left), numbers(right)];
    const at = a.findIndex((number, index) => number !== b[index]);
    return at < 0 ? a.length - b.length : a[at]! - (b[at] ?? -1);
  };
  return names.toSorted(order).at(-1);
}

/**
 * Downloads and unpacks a package, unless it is there.
 *
 * @param cache The folder of unpacked packages.
 * @param progress Told before something is downloaded.
 */
export async function unpackPackage(
  name: string,
  cache: string,
  progress: (line: string) => void,
): Promise<UnpackedPackage> {
  mkdirSync(cache, { recursive: true });
  const folder = join(cache, name);
  if (readdirSync(cache).includes(name)) return { name, folder };
  progress(`downloading Debian's ${name}`);
  const draft = `${folder}.${process.pid}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft);
  await run("apt-get", ["download", name], { cwd: draft, timeout: DOWNLOAD_MS });
  const archive = readdirSync(draft).find((file) => file.endsWith(".deb"));
  if (archive === undefined) throw new Error(`apt-get download ${name} brought no package`);
  await run("dpkg-deb", ["-x", join(draft, archive), draft]);
  rmSync(join(draft, archive));
  renameSync(draft, folder);
  return { name, folder };
}
