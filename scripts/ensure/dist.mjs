/** dist/: the compiled JavaScript and types, as they are published. */
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { errorLines, runStep } from "./say.mjs";
import { ROOT, fingerprint, inRoot, ownToolsFirst, readIfThere } from "./paths.mjs";

const SOURCES = [
  "libos",
  "components",
  "host-adapters",
  "bare-metal",
  "tsconfig.base.json",
  "tsconfig.build.json",
];
/** Beside dist/ and not in it, for all of dist/ is published. */
const STAMP = inRoot(".libos", "dist-built-from");
const COMMAND = ["libos", "cli", "main.js"];

/**
 * Builds dist/ when a source changed since the last time. It is built aside and then put in place,
 * so that a program which runs from dist/ never meets half of it, and so that a file whose source is
 * gone goes too.
 *
 * @returns {Promise<string | undefined>} What went wrong, or undefined when dist/ is up to date.
 */
export async function buildDist() {
  const state = fingerprint(SOURCES.map((name) => inRoot(name))).join("\n");
  if (existsSync(inRoot("dist")) && readIfThere(STAMP) === state) return undefined;
  const aside = inRoot("dist.new");
  rmSync(aside, { recursive: true, force: true });
  try {
    const tsc = await runStep(
      "building dist/ (tsc)",
      "tsc",
      ["-p", "tsconfig.build.json", "--noEmitOnError", "--outDir", aside],
      { cwd: ROOT, env: ownToolsFirst() },
    );
    if (!tsc.ok) return `\n  ${errorLines(tsc.output)}`;
    const command = `${aside}/${COMMAND.join("/")}`;
    if (existsSync(command)) chmodSync(command, 0o755);
    rmSync(inRoot("dist"), { recursive: true, force: true });
    renameSync(aside, inRoot("dist"));
    mkdirSync(inRoot(".libos"), { recursive: true });
    writeFileSync(STAMP, state);
    return undefined;
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}
