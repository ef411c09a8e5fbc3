/**
 * What imports mean in an image: `libos` and Node's modules lead to the image's system, and what
 * Node offers in JavaScript to packages. `libos run` does the same in `run/app-modules.ts`.
 */
import { readFile } from "node:fs/promises";
import { builtinModules, createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { OnResolveArgs, OnResolveResult, Plugin } from "esbuild";
import { liftModule } from "./lift.ts";

/** Modules of the system; those of `guest/modules/` put them where this source finds them. */
const SYSTEM_MODULES: ReadonlySet<string> = new Set([
  "fs",
  "fs/promises",
  "net",
  "dgram",
  "dns",
  "dns/promises",
  "http",
  "timers",
  "timers/promises",
  "crypto",
]);

/** What an image's crypto has of the functions of Node's; the others throw, by their names. */
export const CRYPTO_FUNCTIONS: readonly string[] = [
  "createHash",
  "createHmac",
  "getHashes",
  "getRandomValues",
  "randomBytes",
  "randomFillSync",
  "randomInt",
  "randomUUID",
  "timingSafeEqual",
];

/** What stands for a module of Node: a package. */
const PACKAGES: Readonly<Record<string, string>> = {
  buffer: "buffer/",
  events: "events/",
  stream: "readable-stream",
};

/**
 * What sockets and files need of readable-stream. The rest of it (operators, pipelines, transforms,
 * promises) comes with its index, for applications that import `stream`. The two functions are set
 * there, and its Writable uses them.
 */
const LEAN_STREAMS = `
  import Duplex from "readable-stream/lib/internal/streams/duplex.js";
  import Readable from "readable-stream/lib/internal/streams/readable.js";
  import Writable from "readable-stream/lib/internal/streams/writable.js";
  import legacy from "readable-stream/lib/internal/streams/legacy.js";
  import buffer from "buffer/";
  const { Buffer } = buffer;
  legacy.Stream._isUint8Array = (value) => value instanceof Uint8Array;
  legacy.Stream._uint8ArrayToBuffer = (bytes) =>
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  export { Duplex, Readable, Writable };
`;
/** Parts of readable-stream for which the API has something of its own: files of `guest/streams/`. */
const STREAM_PARTS = /(?:internal|ours|\.|\.\.)\/(?<name>validators|errors|util|duplexify)$/;

/** Packages that `buffer` stands on, for which there is something of ours: files of `guest/buffer/`. */
const BUFFER_PARTS = /^(?<name>base64|ieee754)(?:-js)?$/;
/** Where packages lie that are made modules (`lift.ts`), ours or an application's own. */
const IN_PACKAGES = /[\\/]node_modules[\\/](?:buffer|events|readable-stream)[\\/]/;
/** Packages that are made modules (`lift.ts`), with the names that libos' own modules import. */
const OWN_PACKAGES: Readonly<Record<string, string>> = {
  buffer: `import buffer from "buffer/"; export const { Buffer } = buffer;`,
  events: `import events from "events/"; export const { EventEmitter, once } = events;`,
};

/** What stands for a module of Node: a file of `guest/`. */
const GUEST_MODULES: Readonly<Record<string, string>> = {
  "util/types": "node-util-types",
  async_hooks: "node-async-hooks",
  diagnostics_channel: "node-diagnostics-channel",
  os: "node-os",
  path: "node-path",
  "path/posix": "node-path",
  querystring: "node-querystring",
  "stream/promises": "node-stream-promises",
  string_decoder: "node-string-decoder",
  tty: "node-tty",
  url: "node-url",
  util: "node-util",
};

const OWN_ENTRIES: Readonly<Record<string, string>> = {
  "libos/config": "../config/mod.ts",
  "libos/dns-server": "../../components/dns-server/mod.ts",
  "libos/system": "../system/mod.ts",
};

const [SYSTEM, ABSENT, STREAMS] = ["libos-system", "libos-absent", "libos-streams"];
/** The same modules of the system, for who writes `import`. */
const SYSTEM_IMPORT = "libos-system-import";
/** A package that was made a module, for who takes it as what it is: CommonJS. */
const LIFTED = "libos-lifted";
const PACKAGE = "libos-package";
const CALLED = "libos-called";
/** Modules of Node that are functions themselves: the name of that in `node-assert.ts`. */
const CALLABLE: Readonly<Record<string, string>> = { assert: "default", "assert/strict": "strict" };
const BUILTINS: ReadonlySet<string> = new Set(builtinModules);

/** Folders of packages that are made modules, as libos has them; an application may have others. */
const requireHere = createRequire(import.meta.url);
const [BUFFER_FOLDER, EVENTS_FOLDER, STREAMS_FOLDER] = [
  dirname(requireHere.resolve("buffer/")),
  dirname(requireHere.resolve("events/")),
  join(dirname(requireHere.resolve("readable-stream")), ".."),
];

/** What the plugin needs to know. */
export interface ModuleOptions {
  /** The path of a module of `guest/`, by its name. */
  readonly guestPath: (name: string) => string;
  /** Whether the application imports `stream`. */
  readonly hasWholeStreams: boolean;
  /** Told, as one line, of each module that an image does not have. */
  readonly warn: (line: string) => void;
  /** Told of each function that throws if it is called: `node:crypto's scrypt`. Most are dropped. */
  readonly lacks?: (what: string) => void;
}

/** The bundler's plugin. */
export function resolveModules(options: ModuleOptions): Plugin {
  const { guestPath, hasWholeStreams, warn, lacks = () => {} } = options;
  const packageFolder = dirname(guestPath("boot"));
  return {
    name: "libos",
    setup(build) {
      build.onResolve({ filter: /^[^./]/ }, (args) => {
        const { path, kind, pluginData } = args;
        if (pluginData === RESOLVED) return undefined;
        const name = path.replace(/^node:/, "").replace(/\/$/, "");
        if (name === "libos") return { path: guestPath("libos") };
        const own = ownEntry(name);
        if (own !== undefined) return { path: own };
        if (name === "process" || SYSTEM_MODULES.has(name))
          return { path: name, namespace: kind === "require-call" ? SYSTEM : SYSTEM_IMPORT };
        if (name in GUEST_MODULES) return { path: guestPath(GUEST_MODULES[name]!) };
        if (name === "readable-stream" && !hasWholeStreams && IS_OWN.test(args.importer)) {
          return { path: name, namespace: STREAMS };
        }
        if (name in OWN_PACKAGES && IS_OWN.test(args.importer)) {
          return { path: name, namespace: PACKAGE };
        }
        if (name in CALLABLE || name === "constants") return { path: name, namespace: CALLED };
        // A package asked for as a package ("events/") is that alone.
        if (
          name === "events" &&
          !path.endsWith("/") &&
          !/[\\/]readable-stream[\\/]/.test(args.importer)
        ) {
          return { path: name, namespace: CALLED };
        }
        const found = PACKAGES[name];
        if (found !== undefined) return resolvePackage(found, args);
        if (!BUILTINS.has(name)) return undefined;
        warn(`${args.importer} imports node:${name}, which an image does not have`);
        return { path: name, namespace: ABSENT };
      });
      const folders = [BUFFER_FOLDER, EVENTS_FOLDER, ...(hasWholeStreams ? [] : [STREAMS_FOLDER])];
      const isLifted = (path: string): boolean =>
        folders.some((folder) => path.startsWith(`${folder}${sep}`));
      const resolvePackage = async (
        path: string,
        { importer, kind, namespace }: OnResolveArgs,
      ): Promise<OnResolveResult> => {
        // readable-stream looks for Node's streams, to prefer them if it is told to.
        const isItself = path === "readable-stream" && /readable-stream/.test(importer);
        const to = isItself ? "events/" : path;
        const found = await build.resolve(to, {
          kind,
          resolveDir: packageFolder,
          pluginData: RESOLVED,
        });
        const takesModule = isLifted(importer) || IN_MODULES.has(namespace);
        return isLifted(found.path) && !takesModule ? { ...found, namespace: LIFTED } : found;
      };
      build.onLoad({ filter: /.*/, namespace: STREAMS }, () => ({
        contents: LEAN_STREAMS,
        resolveDir: packageFolder,
      }));
      build.onLoad({ filter: /.*/, namespace: CALLED }, ({ path }) => ({
        contents:
          path === "constants"
            ? `module.exports = require("fs").constants;`
            : path === "events"
              ? `module.exports = require("events/");
               require(${JSON.stringify(guestPath("node-events"))}).completeEvents(module.exports);`
              : `module.exports = require(${JSON.stringify(guestPath("node-assert"))}).${CALLABLE[path]!};`,
        resolveDir: packageFolder,
      }));
      build.onLoad({ filter: /.*/, namespace: PACKAGE }, ({ path }) => ({
        contents: OWN_PACKAGES[path]!,
        resolveDir: packageFolder,
      }));
      if (!hasWholeStreams) {
        build.onResolve({ filter: STREAM_PARTS }, ({ path, importer }) => {
          if (!isLifted(importer)) return undefined;
          const name = STREAM_PARTS.exec(path)!.groups!["name"]!;
          return { path: guestPath(`streams/${name}`) };
        });
      }
      build.onResolve({ filter: BUFFER_PARTS }, ({ path, importer }) => {
        if (!isLifted(importer)) return undefined;
        const name = BUFFER_PARTS.exec(path)!.groups!["name"]!;
        return { path: guestPath(`buffer/${name}`) };
      });
      build.onLoad({ filter: /.*/, namespace: LIFTED }, ({ path }) => ({
        contents: `import exported from ${JSON.stringify(path)}; module.exports = exported;`,
        resolveDir: packageFolder,
      }));
      build.onLoad({ filter: IN_PACKAGES }, async ({ path }) => {
        if (!isLifted(path)) return undefined;
        const source = await readFile(path, "utf8");
        const isBuffer = path.startsWith(BUFFER_FOLDER);
        return { contents: liftModule(isBuffer ? withoutHexTable(source) : source) };
      });
      // It looks at V8's call sites, which other engines have not; its own version for them does not.
      build.onResolve({ filter: /^depd$/ }, ({ kind, resolveDir }) =>
        build.resolve("depd/lib/browser/index.js", { kind, resolveDir }),
      );
      // A polyfill of what `buffer` has.
      build.onResolve({ filter: /^safe-buffer$/ }, (args) => resolvePackage("buffer/", args));
      build.onLoad({ filter: /.*/, namespace: SYSTEM }, ({ path }) => ({
        contents: `module.exports = ${systemModule(path)};`,
      }));
      build.onLoad({ filter: /.*/, namespace: SYSTEM_IMPORT }, async ({ path }) => ({
        contents: await systemImportSource(path, lacks),
      }));
      build.onLoad({ filter: /.*/, namespace: ABSENT }, async ({ path }) => ({
        contents: await absentSource(path),
      }));
    },
  };
}

/** Where sources of this file's own import packages as modules. */
const IN_MODULES: ReadonlySet<string> = new Set([STREAMS, PACKAGE]);
/** libos' own modules, whose streams are those of this image. */
const IS_OWN = /[\\/]libos[\\/](?:api|system|image)[\\/]/;
/** Marks a request of this plugin's own. */
const RESOLVED = Symbol("resolved");

/** `buffer` fills a table of 256 texts when it is loaded, for its `toString("hex")` alone. */
function withoutHexTable(source: string): string {
  const changed = source
    .replace(/^const hexSliceLookupTable = [^]*?^\}\)\(\)$/m, "")
    .replace("hexSliceLookupTable[buf[i]]", "(256 + buf[i]).toString(16).slice(1)");
  if (changed.includes("hexSliceLookupTable")) {
    throw new Error("npm's buffer has another table for hexadecimals than libos/image/modules.ts");
  }
  return changed;
}

/** @returns The path of what libos offers beside `libos`: "libos/system" …; undefined: not ours. */
export function ownEntry(name: string): string | undefined {
  const path = OWN_ENTRIES[name];
  if (path === undefined) return undefined;
  const extension = import.meta.url.endsWith(".ts") ? ".ts" : ".js";
  return fileURLToPath(new URL(path.replace(/\.ts$/, extension), import.meta.url));
}

/** @returns The expression that is a module of the system. */
function systemModule(name: string): string {
  if (name === "process") return "globalThis.process";
  return `globalThis[Symbol.for("libos.modules")][${JSON.stringify(name)}]`;
}

/** @returns The names that a module of Node exports here, without the default. */
async function exportsOf(name: string): Promise<string[]> {
  const module = (await import(`node:${name}`)) as object;
  return Object.keys(module).filter(
    (key) => key !== "default" && key !== "module.exports" && /^[A-Za-z_$][\w$]*$/.test(key),
  );
}

/** Makes a function that throws. */
const REFUSE = `function refuse(what) {
  return function () {
    const error = new Error("an image has no " + what);
    throw Object.assign(error, { code: "ERR_LIBOS_UNAVAILABLE" });
  };
}`;

/**
 * A module of the system as one of ECMAScript, whose unused names the bundler drops. Of one in
 * CommonJS it would make an object with a getter for each name, for which an image waits at its start.
 */
async function systemImportSource(name: string, lacks: (what: string) => void): Promise<string> {
  const module = (await import(`node:${name}`)) as Record<string, unknown>;
  const names = await exportsOf(name);
  const valueOf = (key: string): string => {
    const isThere = name !== "crypto" || CRYPTO_FUNCTIONS.includes(key);
    if (isThere || typeof module[key] !== "function") return `get(${JSON.stringify(key)})`;
    const what = `node:${name}'s ${key}`;
    lacks(what);
    return `refuse(${JSON.stringify(what)})`;
  };
  return [
    REFUSE,
    `const system = ${systemModule(name)};`,
    "const get = (name) => system[name];",
    "export default system;",
    ...names.map((key, index) => `const $${index} = /* @__PURE__ */ ${valueOf(key)};`),
    `export { ${names.map((key, index) => `$${index} as ${key}`).join(", ")} };`,
  ].join("\n");
}

/**
 * A module whose functions throw where they are used: packages import more than they need. It has
 * the names that Node's has here.
 */
async function absentSource(name: string): Promise<string> {
  const module = (await import(`node:${name}`)) as Record<string, unknown>;
  const names = await exportsOf(name);
  const lines = names.map((key) =>
    typeof module[key] === "function"
      ? `exports[${JSON.stringify(key)}] = refuse(${JSON.stringify(`node:${name}'s ${key}`)});`
      : `exports[${JSON.stringify(key)}] = undefined;`,
  );
  return [REFUSE, ...lines].join("\n");
}
