/** Bundles an application with its packages and libos into one module for the image. */
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type BuildFailure, type Metafile, type Plugin } from "esbuild";
import { resolveModules } from "./modules.ts";
import { isOwn, partOf } from "./parts.ts";
import { inlineTables, wholeTables } from "./tables.ts";
import { composeImage, type Composition } from "./composition.ts";
import { surveyApplication } from "./survey.ts";

/** What is bundled, and how. */
export interface BundleOptions {
  /** Absolute path of the application's main module. */
  readonly entryPath: string;
  /** Shorter names and no blanks. Default true. */
  readonly minify?: boolean;
  /** With the recorder (`guest/record.ts`), and not minified. Default false. */
  readonly record?: boolean;
  /** With a driver for a memory balloon. Default false. */
  readonly balloon?: boolean;
  /** Plugins of the bundler that come before libos' own. */
  readonly plugins?: readonly Plugin[];
  /** Whether there are files to mount. Default false. */
  readonly volumes?: boolean;
  /** What `process.env.NODE_ENV` is in the code; see `NODE_ENV`. */
  readonly nodeEnv?: string;
}

/**
 * `process.env.NODE_ENV` where nobody gives one. It is put into the code, so that what packages have
 * for development alone is left out.
 */
export const NODE_ENV = "production";

export interface Bundle {
  /** An ECMAScript module without imports, in UTF-8. */
  readonly code: Uint8Array;
  /** The source map (ECMA-426) of `code`, as JSON. */
  readonly map: string;
  /** Bytes of `code` by part; see `partOf`. Sorted by name. */
  readonly parts: Readonly<Record<string, number>>;
  /** What the user should know, line by line: modules that throw when they are used. */
  readonly warnings: readonly string[];
  /** What the image is made of. */
  readonly composition: Composition;
}

/** What the source of the image is called in stack traces. */
export const OUTPUT_NAME = "app.js";
/** How packages are entered: those written for Node find its modules here. */
const ENTRANCES = {
  mainFields: ["module", "main"],
  conditions: ["libos", "node"],
};
const IS_SOURCE = import.meta.url.endsWith(".ts");

function guestPath(name: string): string {
  return fileURLToPath(new URL(`guest/${name}${IS_SOURCE ? ".ts" : ".js"}`, import.meta.url));
}

/** The image's first module: the system before the application, and a last word after it. */
function entrySource(entryPath: string, modules: readonly string[]): string {
  const paths = [...modules.map(guestPath), entryPath, guestPath("loaded")];
  return paths.map((path) => `import ${JSON.stringify(path)};`).join("\n");
}

/**
 * Bundles. The same files give the same bytes.
 *
 * @throws Error, one line for each mistake with its place, when the application can't be bundled.
 */
export async function bundleApplication(options: BundleOptions): Promise<Bundle> {
  const { entryPath, minify = true, record = false, volumes = false, plugins = [] } = options;
  const { balloon = false, nodeEnv = NODE_ENV } = options;
  const define = { "process.env.NODE_ENV": JSON.stringify(nodeEnv) };
  const absent = new Set<string>();
  const lacking = new Set<string>();
  const survey = await attempt(() =>
    surveyApplication(entryPath, { ...ENTRANCES, define, plugins }),
  );
  const composition = composeImage(survey, { volumes, record, balloon });
  const { hasWholeStreams } = composition;
  const bundle = (whole: ReadonlySet<string>): Promise<Built> =>
    runBundler(entrySource(entryPath, composition.modules), minify && !record, define, [
      ...plugins,
      resolveModules({
        guestPath,
        hasWholeStreams,
        warn: (line) => absent.add(line),
        lacks: (what) => lacking.add(what),
      }),
      ...(record ? [observeWith("record")] : []),
      inlineTables(isOwn, whole),
    ]);
  let built = await bundle(new Set());
  const whole = wholeTables(built.metafile, outputOf(built.metafile));
  if (whole.size > 0) built = await bundle(whole);
  const { metafile, outputFiles } = built;
  const find = (suffix: string): Uint8Array =>
    outputFiles.find(({ path }) => path.endsWith(suffix))!.contents;
  // Those that the application does not import were dropped.
  const text = lacking.size > 0 ? new TextDecoder().decode(find(".js")) : "";
  for (const what of lacking) {
    if (text.includes(JSON.stringify(what))) {
      absent.add(`${entryPath} or its packages import ${what}, which an image does not have`);
    }
  }
  return {
    code: record ? callPower(find(".js")) : find(".js"),
    map: new TextDecoder().decode(find(".js.map")),
    parts: sumParts(metafile, outputOf(metafile), entryPath),
    warnings: [...absent].toSorted(),
    composition,
  };
}

/**
 * Puts another module of `guest/` in the place of `observe`, and a call in the place of `**`, which
 * it can look on at as at `Math.pow`.
 */
function observeWith(name: string): Plugin {
  return {
    name: "libos-observe",
    setup(build) {
      const { initialOptions } = build;
      initialOptions.supported = { "exponent-operator": false };
      // A replay evaluates the code as no module; in an image the object is empty.
      initialOptions.define = { ...initialOptions.define, "import.meta": "{}" };
      build.onLoad({ filter: /[\\/]guest[\\/]observe\.[jt]s$/ }, () => ({
        contents: `export * from ${JSON.stringify(guestPath(name))};`,
      }));
    },
  };
}

/** The bundler keeps `Math.pow` before anybody can replace it, and for numbers alone. */
function callPower(code: Uint8Array): Uint8Array {
  const text = new TextDecoder()
    .decode(code)
    .replace(
      "var __pow = Math.pow;",
      'var __pow = (a, b) => typeof a === "number" && typeof b === "number" ? Math.pow(a, b) : a ** b;',
    );
  return new TextEncoder().encode(text);
}

interface Built {
  readonly metafile: Metafile;
  readonly outputFiles: readonly { readonly path: string; readonly contents: Uint8Array }[];
}

async function runBundler(
  source: string,
  minify: boolean,
  define: Record<string, string>,
  plugins: Plugin[],
): Promise<Built> {
  return attempt(() =>
    build({
      stdin: { contents: source, resolveDir: fileURLToPath(new URL(".", import.meta.url)) },
      bundle: true,
      write: false,
      outfile: OUTPUT_NAME,
      metafile: true,
      format: "esm",
      // What QuickJS-ng parses; `using` is lowered.
      target: "es2024",
      platform: "neutral",
      ...ENTRANCES,
      define,
      // The engine counts columns in bytes, a source map in UTF-16 units.
      charset: "ascii",
      legalComments: "none",
      sourcemap: "external",
      minify,
      logLevel: "silent",
      plugins,
    }),
  );
}

/** Runs the bundler; its complaints become lines for a person. */
async function attempt<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    throw new Error(describe(error as BuildFailure), { cause: error });
  }
}

function describe(failure: BuildFailure): string {
  if (!Array.isArray(failure.errors)) return String(failure);
  return failure.errors
    .map(({ text, location }) =>
      location === null
        ? text
        : `${location.file}:${location.line}:${location.column + 1}: ${text}`,
    )
    .join("\n");
}

/** @returns What the bundler calls the code. */
function outputOf({ outputs }: Metafile): string {
  return Object.keys(outputs).find((path) => path.endsWith(".js"))!;
}

function sumParts(metafile: Metafile, output: string, entryPath: string): Record<string, number> {
  const sums: Record<string, number> = {};
  let counted = 0;
  for (const [path, { bytesInOutput }] of Object.entries(metafile.outputs[output]!.inputs)) {
    if (bytesInOutput === 0) continue;
    const part = partOf(path, entryPath);
    sums[part] = (sums[part] ?? 0) + bytesInOutput;
    counted += bytesInOutput;
  }
  const rest = metafile.outputs[output]!.bytes - counted;
  if (rest > 0) sums["bundle"] = (sums["bundle"] ?? 0) + rest;
  return Object.fromEntries(Object.entries(sums).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** @returns The name that an image has where nobody gives one: "app" of "app.ts". */
export function nameOf(entryPath: string): string {
  return basename(entryPath).replace(/\.[cm]?[jt]sx?$/, "");
}
