/** Bundles an app of the tests into one module for the image. */
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** @returns The path of a module of `tests/image/apps/`. */
function appPath(app: string): string {
  return fileURLToPath(new URL(`apps/${app}.ts`, import.meta.url));
}

/**
 * @param app A file in `tests/image/apps/`, without its extension.
 * @returns JavaScript without imports.
 */
export async function bundleApp(app: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [appPath(app)],
    bundle: true,
    write: false,
    format: "esm",
    platform: "neutral",
    // What the suites that also run under Node import, where there is no Node.
    alias: { "node:assert/strict": appPath("assert") },
  });
  return outputFiles[0]!.text;
}
