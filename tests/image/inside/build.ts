/** Builds images of the components' own tests: their files with `tap` replaced by a small reporter. */
import { readFileSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "esbuild";
import { buildImage } from "../../../libos/image/mod.ts";
import { loadApplication } from "../../../libos/run/load-config.ts";
import { listFiles } from "../../house/source-files.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const own = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const STAND_INS: Plugin = {
  name: "tests-in-an-image",
  setup(build) {
    build.onResolve({ filter: /^tap$/ }, () => ({ path: own("tap.ts") }));
    build.onResolve({ filter: /\/slab\.ts$/ }, ({ importer }) =>
      importer.includes("/sim/") ? { path: own("plain-slab.ts") } : undefined,
    );
  },
};

/** @returns The tests of components and of the kernel that need nothing of Node's. */
export function componentTests(): string[] {
  return listFiles()
    .filter((path) => /^(?:components|libos\/kernel)\/.*\.test\.ts$/.test(path))
    .filter((path) => !/from "node:/.test(readFileSync(join(ROOT, path), "utf8")))
    .toSorted();
}

/**
 * Builds one image of test files.
 *
 * @param folder Where the entry module is written.
 * @param paths Relative to the repository.
 */
export async function buildTests(folder: string, paths: readonly string[]): Promise<Uint8Array> {
  const entryPath = join(folder, "tests.ts");
  const at = (path: string): string => JSON.stringify(`./${relative(folder, resolve(ROOT, path))}`);
  const lines = [
    `import t, { total } from ${at("tests/image/inside/tap.ts")};`,
    ...paths.map((path) => `import ${at(path)};`),
    "await t.drain();",
    "console.log(`${total.passed} passed, ${total.failed} failed`);",
    "process.exit(total.failed === 0 ? 0 : 2);",
  ];
  writeFileSync(entryPath, lines.join("\n"));
  const application = await loadApplication(entryPath, { net: "none" });
  return (await buildImage({ ...application, plugins: [STAND_INS] })).bytes;
}
