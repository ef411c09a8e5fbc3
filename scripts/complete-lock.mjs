/**
 * Adds to package-lock.json what npm leaves out of it: the optional packages of other platforms
 * (`@deno/darwin-arm64` …) that the registry could not give when the lock was made, or that were
 * not installed then. Without them `npm ci` refuses the lock ("Missing: … from lock file").
 *
 * Run it after `npm install` has rewritten the lock: `node scripts/complete-lock.mjs`. The entries
 * carry no integrity hash, for nobody here has seen the packages; npm adds it when it meets them.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const SYSTEMS = ["aix", "android", "darwin", "freebsd", "linux", "openharmony", "win32"];
const PROCESSORS = ["arm64", "arm", "ia32", "loong64", "ppc64", "riscv64", "s390x", "x64"];
const C_LIBRARIES = { glibc: "glibc", gnu: "glibc", musl: "musl" };

/**
 * @param {{ packages: Record<string, Record<string, any>> }} lock A lock file of version 3.
 * @returns {string[]} The names of the optional packages that the lock requires and lacks.
 */
export function missingOptionalPackages(lock) {
  return [...eachMissing(lock)].map((missing) => missing.name);
}

/**
 * Adds an entry for each missing optional package, in npm's order.
 *
 * @param {{ packages: Record<string, Record<string, any>> }} lock A lock file of version 3, changed in place.
 * @returns {number} How many were added.
 */
export function completeLock(lock) {
  const missing = [...eachMissing(lock)];
  for (const { name, version, dev } of missing) {
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
  // oxlint-disable-next-line no-array-sort -- Node 18 has no toSorted
  const sorted = Object.entries(lock.packages).sort(([left], [right]) =>
    left.localeCompare(right, "en"),
  );
  lock.packages = Object.fromEntries(sorted);
  return missing.length;
}

/** @param {{ packages: Record<string, Record<string, any>> }} lock */
function* eachMissing(lock) {
  const seen = new Set();
  for (const [folder, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const nested = `${folder}/node_modules/${name}`;
      if (nested in lock.packages || `node_modules/${name}` in lock.packages) continue;
      if (seen.has(name)) continue;
      seen.add(name);
      yield { name, version, dev: entry.dev === true };
    }
  }
}

/** The platform that a package's name states, in the words of package.json's fields. */
function platformOf(/** @type {string} */ name) {
  const words = name.slice(name.indexOf("/") + 1).split("-");
  const os = SYSTEMS.filter((system) => words.includes(system));
  const cpu = PROCESSORS.filter((processor) => words.includes(processor));
  const libc = words.flatMap((word) => C_LIBRARIES[word] ?? []);
  return { cpu, libc, os };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = new URL("../package-lock.json", import.meta.url);
  const lock = JSON.parse(readFileSync(file, "utf8"));
  const added = completeLock(lock);
  if (added > 0) writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`package-lock.json: ${added} optional packages of other platforms added`);
}
