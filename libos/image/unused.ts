/**
 * Which of the system's modules an application never reaches, so that its image need not hold them.
 * `createSystem` composes all of them; for those that nobody can ask for, the bundler puts a
 * composition of nothing in place.
 */
import { builtinModules } from "node:module";
import { build, type Plugin } from "esbuild";

/** Modules that nothing else of the system stands on, and the function that composes each. */
const OPTIONAL: Readonly<Record<string, string>> = { http: "createHttp", dgram: "createDgram" };

/** What the application imports is left as it is; its own files and packages are gone through. */
const KEEP_IMPORTS: Plugin = {
  name: "libos-imports",
  setup(build) {
    const builtins = new Set(builtinModules);
    build.onResolve({ filter: /^[^./]/ }, ({ path }) => {
      const name = path.replace(/^node:/, "").replace(/\/$/, "");
      const isOurs = name === "libos" || name.startsWith("libos/") || builtins.has(name);
      return isOurs ? { path, external: true } : undefined;
    });
  },
};

/** An import of names from "libos", as the bundler writes it. */
const NAMED_IMPORT = /^import\s*\{(?<names>[^}]*)\}\s*from\s*"libos";$/gm;
const ANY_MENTION = /["']libos["']/g;

/**
 * @param options How the application is bundled.
 * @returns Names out of `OPTIONAL`; none where the application takes the system as a whole.
 */
export async function findUnused(
  entryPath: string,
  options: { readonly conditions: string[]; readonly mainFields: string[] },
): Promise<readonly string[]> {
  const { outputFiles, metafile } = await build({
    ...options,
    entryPoints: [entryPath],
    outfile: "app.js",
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "neutral",
    logLevel: "silent",
    plugins: [KEEP_IMPORTS],
  });
  const { text } = outputFiles[0]!;
  const used = new Set<string>();
  let mentions = 0;
  for (const { groups } of text.matchAll(NAMED_IMPORT)) {
    mentions++;
    for (const name of groups!["names"]!.split(",")) used.add(name.trim().split(/\s+as\s+/)[0]!);
  }
  // `import * as`, a default, `import()` or `require`: any name may be asked for.
  const isWhole = [...text.matchAll(ANY_MENTION)].length > mentions || used.has("system");
  if (isWhole) return [];
  for (const { path } of Object.values(metafile.outputs)[0]!.imports) {
    used.add(path.replace(/^node:/, ""));
  }
  return Object.keys(OPTIONAL).filter((name) => !used.has(name));
}

/** The bundler's plugin that leaves modules out. */
export function leaveOut(names: readonly string[]): Plugin {
  return {
    name: "libos-unused",
    setup(build) {
      for (const name of names) {
        const filter = new RegExp(`[\\\\/]libos[\\\\/]api[\\\\/]${name}[\\\\/]mod\\.[jt]s$`);
        build.onLoad({ filter }, () => ({ contents: `export function ${OPTIONAL[name]}() {}` }));
      }
    },
  };
}
