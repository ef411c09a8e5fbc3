/**
 * What an application's imports mean inside `libos run`: `libos`, and Node's `fs`, `net`, `dgram`,
 * `dns`, `http` and `timers` of the application and of its packages, resolve to this system's own.
 *
 * libos' own code and the host adapters keep Node's modules: theirs are not looked at.
 */
import { registerHooks } from "node:module";

/** Module names (without `node:`) and the objects that stand for them. */
export type AppModules = Readonly<Record<string, object>>;

const SCHEME = "libos-module:";
/** Evaluated first of all modules of the application, when the whole static graph is loaded. */
const BEGIN = `${SCHEME}begin`;
const MAIN = `${SCHEME}main`;

export interface AppLoader {
  /**
   * Loads and evaluates the application's main module.
   *
   * @param url The entry's file URL.
   * @param begin Called when all that is imported statically is loaded and evaluation begins.
   */
  load(url: string, begin: () => void): Promise<void>;
  /** Modules of the application loaded so far. */
  readonly loaded: number;
}

/** What a configuration or an application may import of libos beside `libos` itself. */
const OWN_ENTRIES: Readonly<Record<string, string>> = {
  "libos/config": "../config/mod.ts",
  "libos/dns-server": "../../components/dns-server/mod.ts",
  "libos/system": "../system/mod.ts",
};

/**
 * Lets `libos/config` and `libos/system` mean this very libos, whether or not the application has it
 * installed.
 */
export function resolveOwnEntries(): void {
  // In the published package this module is JavaScript, and so are they.
  const extension = import.meta.url.endsWith(".ts") ? ".ts" : ".js";
  registerHooks({
    resolve(specifier, context, next) {
      const path = OWN_ENTRIES[specifier];
      if (path === undefined) return next(specifier, context);
      const url = new URL(path.replace(/\.ts$/, extension), import.meta.url).href;
      return { url, shortCircuit: true };
    },
  });
}

/**
 * Registers the hooks; there is one application in a process, so they are never taken away.
 *
 * @param modules What to put in place of modules; "libos" among them.
 * @param ownRoots URLs of folders whose modules are left alone.
 */
export function installAppModules(modules: AppModules, ownRoots: readonly string[]): AppLoader {
  const realm = globalThis as unknown as Record<symbol, unknown>;
  const key = Symbol.for("libos.modules");
  const hooks = { modules, begin: (): void => {} };
  realm[key] = hooks;
  let loaded = 0;
  let entry = "";
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier.startsWith(SCHEME)) {
        return { url: specifier, format: "module", shortCircuit: true };
      }
      const name = specifier.startsWith("node:") ? specifier.slice(5) : specifier;
      if (Object.hasOwn(modules, name) && !isOwn(context.parentURL, ownRoots)) {
        return { url: SCHEME + name, format: "module", shortCircuit: true };
      }
      return next(specifier, context);
    },
    load(url, context, next) {
      if (!url.startsWith(SCHEME)) {
        if (!url.startsWith("file:") || isOwn(url, ownRoots)) return next(url, context);
        loaded++;
        // The application's TypeScript is modules, also below a package.json of `npm init`, which
        // says "commonjs".
        const isModule = context.format === "commonjs-typescript" && url.endsWith(".ts");
        return next(url, isModule ? { ...context, format: "module-typescript" } : context);
      }
      return { format: "module", shortCircuit: true, source: sourceOf(url, modules, entry) };
    },
  });
  return {
    get loaded(): number {
      return loaded;
    },
    async load(url: string, begin: () => void): Promise<void> {
      entry = url;
      hooks.begin = begin;
      await import(MAIN);
    },
  };
}

function isOwn(url: string | undefined, ownRoots: readonly string[]): boolean {
  return url !== undefined && ownRoots.some((root) => url.startsWith(root));
}

function sourceOf(url: string, modules: AppModules, entry: string): string {
  const realm = `globalThis[Symbol.for("libos.modules")]`;
  if (url === BEGIN) return `${realm}.begin();`;
  if (url === MAIN) return `import "${BEGIN}"; import ${JSON.stringify(entry)};`;
  const name = url.slice(SCHEME.length);
  const names = Object.keys(modules[name]!).filter(
    (key) => /^[A-Za-z_$][\w$]*$/.test(key) && key !== "default",
  );
  return [
    `const module = ${realm}.modules[${JSON.stringify(name)}];`,
    `export default module;`,
    `export { module as "module.exports" };`,
    ...names.map(
      (key, index) => `const n${index} = module.${key}; export { n${index} as ${key} };`,
    ),
  ].join("\n");
}
