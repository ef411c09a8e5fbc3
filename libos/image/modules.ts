/**
 * What imports mean in an image: `libos` and Node's modules lead to the image's system, and what
 * Node offers in JavaScript to packages. `libos run` does the same in `run/app-modules.ts`.
 */
import { builtinModules } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { OnResolveArgs, OnResolveResult, Plugin } from "esbuild";

/** Modules of the system; `guest/boot.ts` puts them where this source finds them. */
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

/** What stands for a module of Node: a package. */
const PACKAGES: Readonly<Record<string, string>> = {
  buffer: "buffer/",
  events: "events/",
  stream: "readable-stream",
  string_decoder: "string_decoder/",
};

/** What stands for a module of Node: a file of `guest/`. */
const GUEST_MODULES: Readonly<Record<string, string>> = {
  path: "node-path",
  "path/posix": "node-path",
  "stream/promises": "node-stream-promises",
  util: "node-util",
};

const OWN_ENTRIES: Readonly<Record<string, string>> = {
  "libos/config": "../config/mod.ts",
  "libos/dns-server": "../../components/dns-server/mod.ts",
  "libos/system": "../system/mod.ts",
};

const [SYSTEM, ABSENT] = ["libos-system", "libos-absent"];
const BUILTINS: ReadonlySet<string> = new Set(builtinModules);

/**
 * The bundler's plugin.
 *
 * @param guestPath The path of a module of `guest/`, by its name.
 * @param warn Told, as one line, of each module that an image does not have.
 */
export function resolveModules(
  guestPath: (name: string) => string,
  warn: (line: string) => void,
): Plugin {
  const packageFolder = dirname(guestPath("boot"));
  return {
    name: "libos",
    setup(build) {
      build.onResolve({ filter: /^[^./]/ }, (args) => {
        const { path, pluginData } = args;
        if (pluginData === RESOLVED) return undefined;
        const name = path.replace(/^node:/, "").replace(/\/$/, "");
        if (name === "libos") return { path: guestPath("libos") };
        if (name in OWN_ENTRIES) return { path: ownEntry(OWN_ENTRIES[name]!) };
        if (name === "process" || SYSTEM_MODULES.has(name))
          return { path: name, namespace: SYSTEM };
        if (name in GUEST_MODULES) return { path: guestPath(GUEST_MODULES[name]!) };
        const found = PACKAGES[name];
        if (found !== undefined) return resolvePackage(found, args);
        if (!BUILTINS.has(name)) return undefined;
        warn(`${args.importer} imports node:${name}, which an image does not have`);
        return { path: name, namespace: ABSENT };
      });
      const resolvePackage = (path: string, args: OnResolveArgs): Promise<OnResolveResult> => {
        // readable-stream looks for Node's streams, to prefer them if it is told to.
        const isItself = path === "readable-stream" && /readable-stream/.test(args.importer);
        const to = isItself ? "events/" : path;
        return build.resolve(to, {
          kind: args.kind,
          resolveDir: packageFolder,
          pluginData: RESOLVED,
        });
      };
      build.onLoad({ filter: /.*/, namespace: SYSTEM }, ({ path }) => ({
        contents:
          path === "process"
            ? "module.exports = globalThis.process;"
            : `module.exports = globalThis[Symbol.for("libos.modules")][${JSON.stringify(path)}];`,
      }));
      build.onLoad({ filter: /.*/, namespace: ABSENT }, async ({ path }) => ({
        contents: await absentSource(path),
      }));
    },
  };
}

/** Marks a request of this plugin's own. */
const RESOLVED = Symbol("resolved");

function ownEntry(path: string): string {
  const extension = import.meta.url.endsWith(".ts") ? ".ts" : ".js";
  return fileURLToPath(new URL(path.replace(/\.ts$/, extension), import.meta.url));
}

/**
 * A module whose functions throw where they are used: packages import more than they need. It has
 * the names that Node's has here.
 */
async function absentSource(name: string): Promise<string> {
  const module = (await import(`node:${name}`)) as Record<string, unknown>;
  const names = Object.keys(module).filter(
    (key) => key !== "default" && /^[A-Za-z_$][\w$]*$/.test(key),
  );
  const lines = names.map((key) =>
    typeof module[key] === "function"
      ? `exports[${JSON.stringify(key)}] = refuse(${JSON.stringify(`node:${name}'s ${key}`)});`
      : `exports[${JSON.stringify(key)}] = undefined;`,
  );
  return [
    "function refuse(what) {",
    "  return function () {",
    "    const error = new Error(`an image has no ${what}`);",
    '    throw Object.assign(error, { code: "ERR_LIBOS_UNAVAILABLE" });',
    "  };",
    "}",
    ...lines,
  ].join("\n");
}
