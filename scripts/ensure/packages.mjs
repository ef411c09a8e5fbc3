/** The npm packages of this repository: there, and those that the lock names. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { ExpectedFailure, errorLines, runStep } from "./say.mjs";
import { ROOT, inRoot, ownToolsFirst, readIfThere } from "./paths.mjs";

/** Packages whose install script makes a program of `node_modules/.bin`. */
const PACKAGES_WITH_SCRIPTS = ["node", "deno"];

/**
 * Runs `npm ci` unless what is installed is what package-lock.json names. npm keeps the list of
 * what it installed in node_modules/.package-lock.json, and writes it last: an installation that was
 * interrupted has none.
 */
export async function ensurePackages() {
  if (!isInstalled()) {
    const npm = await runStep(
      "installing packages (npm ci)",
      "npm",
      ["ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"],
      // Under `npm start --global` and the like, the flags of the outer npm are not for this one.
      { cwd: ROOT, env: { npm_config_global: undefined, npm_config_dry_run: undefined } },
    );
    if (!npm.ok) {
      throw new ExpectedFailure(
        "`npm ci` failed; is the network there, and is node_modules/ yours to write? npm said:\n  " +
          errorLines(npm.output),
      );
    }
  }
  if (!existsSync(inRoot("node_modules", "node", "bin", "node"))) await runInstallScripts();
}

/** npm can be told to leave install scripts out, and later versions leave them out unasked. */
async function runInstallScripts() {
  const rebuild = await runStep(
    "fetching this repository's Node (npm rebuild)",
    "npm",
    ["rebuild", ...PACKAGES_WITH_SCRIPTS, "--ignore-scripts=false", "--loglevel=error"],
    { cwd: ROOT },
  );
  if (!rebuild.ok || !existsSync(inRoot("node_modules", "node", "bin", "node"))) {
    throw new ExpectedFailure(
      "the package `node` could not fetch its program; npm said:\n  " + errorLines(rebuild.output),
    );
  }
}

function isInstalled() {
  const wanted = packagesOf(inRoot("package-lock.json"));
  const found = packagesOf(inRoot("node_modules", ".package-lock.json"));
  if (wanted === undefined) throw new ExpectedFailure("package-lock.json is missing or no JSON");
  if (found === undefined) return false;
  return Object.entries(wanted).every(([folder, entry]) => {
    if (folder === "") return true;
    const installed = found[folder];
    if (installed === undefined) return entry.optional === true || entry.devOptional === true;
    return installed.version === entry.version;
  });
}

/** @returns {Record<string, any> | undefined} */
function packagesOf(/** @type {string} */ lockFile) {
  const text = readIfThere(lockFile);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text).packages ?? {};
  } catch {
    return undefined;
  }
}

/**
 * Builds tap's own set of plugins by .taprc, which differs from its default (its TypeScript plugin
 * crashes with TypeScript 7), so that `npx tap` works as well as `npm test`.
 */
export async function ensureTapPlugins() {
  const built = inRoot("node_modules", "@tapjs", "test", "test-built");
  if (!existsSync(built)) return;
  // The stamp lies where a new installation, which brings the default set back, removes it.
  const stamp = `${built}/.libos-taprc`;
  // What tap builds names this folder, so a folder that was moved or copied needs it again.
  const now = `${ROOT}\n${readFileSync(inRoot(".taprc"), "utf8")}`;
  if (readIfThere(stamp) === now) return;
  const build = await runStep("preparing tap (tap build)", "tap", ["build"], {
    cwd: ROOT,
    env: ownToolsFirst(),
  });
  if (!build.ok)
    throw new ExpectedFailure(`\`npx tap build\` failed:\n  ${errorLines(build.output)}`);
  writeFileSync(stamp, now);
}
