/** Bundles the workload for `engine/trainer.c`, as the image builder bundles an application. */
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import { resolveModules } from "../../libos/image/modules.ts";

function pathOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

const withoutWebAssembly: Plugin = {
  name: "training",
  setup({ onResolve }) {
    onResolve({ filter: /\/shared\/slab\.ts$/ }, ({ importer }) =>
      importer.endsWith("plain-slab.ts") ? undefined : { path: pathOf("plain-slab.ts") },
    );
  },
};

/** @returns One module without imports; the same sources give the same bytes. */
export async function bundleWorkload(): Promise<Uint8Array> {
  const guest = (name: string): string => pathOf(`../../libos/image/guest/${name}.ts`);
  const { outputFiles } = await build({
    entryPoints: [pathOf("workload.ts")],
    bundle: true,
    write: false,
    outfile: "app.js",
    format: "esm",
    target: "es2024",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["libos", "node"],
    charset: "utf8",
    legalComments: "none",
    minify: true,
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "silent",
    plugins: [
      withoutWebAssembly,
      resolveModules({ guestPath: guest, hasWholeStreams: true, warn: () => undefined }),
    ],
  });
  return outputFiles[0]!.contents;
}
