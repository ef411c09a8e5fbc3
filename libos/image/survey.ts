/**
 * What an application asks for: the modules of libos and of Node that it imports, the globals that
 * it names, and every word in it. The bundler says it, after its tree-shaking, of the application
 * and its packages alone; so what an image is composed of rests on the graph of modules.
 */
import { builtinModules } from "node:module";
import { build, type Plugin } from "esbuild";
import { ownEntry } from "./modules.ts";

/** What `libos` exports. */
export const LIBOS_EXPORTS = [
  "fs",
  "net",
  "dgram",
  "dns",
  "http",
  "timers",
  "kernel",
  "vfs",
  "volumes",
  "tcp",
  "udp",
  "system",
] as const;

/** Globals of Node that not every image has, and the engine lacks. */
export const OPTIONAL_GLOBALS = [
  "AbortController",
  "AbortSignal",
  "Buffer",
  "CustomEvent",
  "Event",
  "EventTarget",
  "TextDecoder",
  "URL",
  "URLSearchParams",
  "clearImmediate",
  "clearInterval",
  "clearTimeout",
  "crypto",
  "process",
  "setImmediate",
  "setInterval",
  "setTimeout",
  "structuredClone",
] as const;

/** What an application asks for. */
export interface Survey {
  /** Names of `LIBOS_EXPORTS`, and of modules of Node without "node:". */
  readonly modules: ReadonlySet<string>;
  /** Names of `OPTIONAL_GLOBALS`. */
  readonly globals: ReadonlySet<string>;
  /** Whether a word, or one with a colon, occurs anywhere: what does not can't be asked for by its name. */
  mentions(word: string): boolean;
}

/** How the application is bundled. */
export interface SurveyOptions {
  readonly conditions: string[];
  readonly mainFields: string[];
  readonly define: Record<string, string>;
  /** Plugins of the bundler that come first. */
  readonly plugins?: readonly Plugin[];
}

const [SPACE, BUILTIN] = ["libos-survey", "libos-survey-node"];
const BUILTINS: ReadonlySet<string> = new Set(builtinModules);

function reExport(names: readonly string[], group: string): string {
  const line = (name: string): string =>
    `export { value as ${name} } from "${SPACE}:${group}/${name}";`;
  return names.map(line).join("\n");
}

/** Puts a module of nothing in place of everything that an image would offer. */
const STAND_INS: Plugin = {
  name: SPACE,
  setup(build) {
    const found = (path: string, namespace: string = SPACE): object => ({
      path,
      namespace,
      sideEffects: false,
    });
    build.onResolve({ filter: new RegExp(`^${SPACE}:`) }, ({ path }) =>
      found(path.slice(SPACE.length + 1)),
    );
    build.onResolve({ filter: /^[^./]/ }, ({ path }) => {
      const name = path.replace(/^node:/, "").replace(/\/$/, "");
      if (name === "libos") return found("libos");
      const own = ownEntry(name);
      if (own !== undefined) return { path: own };
      return BUILTINS.has(name) ? found(name, BUILTIN) : undefined;
    });
    build.onLoad({ filter: /.*/, namespace: BUILTIN }, () => ({
      contents: "module.exports = {};",
    }));
    build.onLoad({ filter: /.*/, namespace: SPACE }, ({ path }) => {
      if (path === "libos") return { contents: reExport(LIBOS_EXPORTS, "libos") };
      if (path === "globals") return { contents: reExport(OPTIONAL_GLOBALS, "global") };
      return { contents: "export const value = {};" };
    });
  },
};

/** Looks at an application. @throws BuildFailure of the bundler. */
export async function surveyApplication(
  entryPath: string,
  { conditions, mainFields, define, plugins = [] }: SurveyOptions,
): Promise<Survey> {
  const globals = OPTIONAL_GLOBALS.flatMap((name) => [
    [`globalThis.${name}`, name],
    [`global.${name}`, name],
  ]);
  const { outputFiles, metafile } = await build({
    conditions,
    mainFields,
    entryPoints: [entryPath],
    outfile: "app.js",
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    target: "es2024",
    platform: "neutral",
    charset: "utf8",
    legalComments: "none",
    logLevel: "silent",
    define: { ...define, ...Object.fromEntries(globals) },
    inject: [`${SPACE}:globals`],
    plugins: [...plugins, STAND_INS],
  });
  const reached = Object.keys(Object.values(metafile.outputs)[0]!.inputs);
  const named = (prefix: string): string[] =>
    reached.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));
  const text = outputFiles[0]!.text;
  const words = new Set(
    // The bundler's own functions stand before the first module's name.
    text
      .slice(Math.max(0, text.search(/^\/\/ /m)))
      .match(/[\w$]+:?/g)
      ?.flatMap((word) => [word, word.replace(":", "")]),
  );
  return {
    modules: new Set([...named(`${SPACE}:libos/`), ...named(`${BUILTIN}:`)]),
    globals: new Set(named(`${SPACE}:global/`)),
    mentions: (word) => words.has(word),
  };
}
