/** Bundles an app of the tests into one module for the image. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const DENO = fileURLToPath(new URL("../../node_modules/.bin/deno", import.meta.url));
/** What the suites that also run under Node import; in the image it is `apps/assert.ts`. */
const ASSERT_IMPORT = /^import (?<name>\w+) from "node:assert\/strict";$/gm;

/**
 * @param app A file in `tests/image/apps/`, without its extension.
 * @returns JavaScript without imports.
 */
export async function bundleApp(app: string): Promise<string> {
  const entry = fileURLToPath(new URL(`apps/${app}.ts`, import.meta.url));
  const { stdout } = await promisify(execFile)(
    DENO,
    ["bundle", "--quiet", "--no-lock", "--external=node:assert/strict", entry],
    { maxBuffer: 64 << 20, env: { ...process.env, NO_COLOR: "1" } },
  );
  return stdout.replace(ASSERT_IMPORT, "const $<name> = globalThis.assertInImage;");
}
