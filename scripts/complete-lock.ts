/**
 * Adds to package-lock.json what npm leaves out of it: the optional packages of other platforms
 * (`@deno/darwin-arm64` …) that the registry could not give when the lock was made, or that were
 * not installed then. Without them `npm ci` refuses the lock ("Missing: … from lock file").
 *
 * Run it after `npm install` has rewritten the lock: `node scripts/complete-lock.ts`. The entries
 * carry no integrity hash, for nobody here has seen the packages; npm adds it when it meets them.
 */
import { readFileSync, writeFileSync } from "node:fs";

const SYSTEMS = ["aix", "android", "darwin", "freebsd", "linux", "openharmony", "win32"];
const PROCESSORS = ["arm64", "arm", "ia32", "loong64", "ppc64", "riscv64", "s390x", "x64"];
const C_LIBRARIES: ReadonlyMap<string, string> = new Map([
  ["glibc", "glibc"],
  ["gnu", "glibc"],
  ["musl", "musl"],
]);

/** What this program reads of a package's entry in a lock file of version 3. */
export interface LockEntry {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly os?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface Lock {
  packages: Record<string, LockEntry>;
}

interface MissingPackage {
  readonly name: string;
  readonly version: string;
  readonly dev: boolean;
}

/** @returns The optional packages that the lock requires and lacks. */
export function missingOptionalPackages(lock: Lock): MissingPackage[] {
  const missing = new Map<string, MissingPackage>();
  for (const [folder, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const nested = `${folder}/node_modules/${name}`;
      if (nested in lock.packages || `node_modules/${name}` in lock.packages) continue;
      missing.set(name, { name, version, dev: entry.dev === true });
    }
  }
  return [...missing.values()];
}

/** Adds an entry for each missing optional package, in npm's order of names. */
export function completeLock(lock: Lock): void {
  for (const { name, version, dev } of missingOptionalPackages(lock)) {
    const { cpu, libc, os } = platformOf(name);
    lock.packages[`node_modules/${name}`] = {
      version,
      ...(cpu.length > 0 ? { cpu } : {}),
      ...(dev ? { dev: true } : {}),
      ...(libc.length > 0 ? { libc } : {}),
      optional: true,
      ...(os.length > 0 ? { os } : {}),
    };
  }
  const sorted = Object.entries(lock.packages).toSorted(([left], [right]) =>
    left.localeCompare(right, "en"),
  );
  lock.packages = Object.fromEntries(sorted);
}

/** The platform that a package's name states, in the words of package.json's fields. */
function platformOf(name: string): { cpu: string[]; libc: string[]; os: string[] } {
  const words = name.slice(name.indexOf("/") + 1).split("-");
  return {
    cpu: PROCESSORS.filter((processor) => words.includes(processor)),
    libc: words.flatMap((word) => C_LIBRARIES.get(word) ?? []),
    os: SYSTEMS.filter((system) => words.includes(system)),
  };
}

if (import.meta.main) {
  const file = new URL("../package-lock.json", import.meta.url);
  const lock = JSON.parse(readFileSync(file, "utf8")) as Lock;
  const count = missingOptionalPackages(lock).length;
  completeLock(lock);
  if (count > 0) writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`package-lock.json: ${count} optional packages of other platforms added`);
}
