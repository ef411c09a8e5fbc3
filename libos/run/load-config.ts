/** Finding the application and its configuration, and laying flags over the file. */
import { existsSync, statSync } from "node:fs";
import { dirname, extname, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import {
  ConfigError,
  parseMemory,
  resolveConfig,
  type LibosConfig,
  type ResolvedConfig,
  type Volume,
} from "../config/mod.ts";
import { resolveOwnEntries } from "./app-modules.ts";

/** What the flags of `libos run` say; absent means that the file decides. */
export interface ConfigFlags {
  readonly publish?: readonly string[];
  readonly env?: readonly string[];
  readonly volume?: readonly string[];
  readonly memory?: string;
  readonly net?: "user" | "none";
  readonly onFailure?: "off" | "reset" | "halt";
  /** Milliseconds, as text. */
  readonly watchdog?: string;
}

/** An application, ready to be run. */
export interface Application {
  /** Absolute path of the entry module. */
  readonly entryPath: string;
  readonly config: ResolvedConfig;
  /** The entry module, and the configuration where there is one: no output may replace them. */
  readonly inputs: readonly string[];
}

const CONFIG_NAMES = ["libos.config.ts", "libos.config.js", "libos.config.mjs"];
const ENTRY_NAMES = ["app.ts", "app.js", "main.ts", "main.js", "index.ts", "index.js"];

/** By the extensions of images, the option of QEMU that boots one. */
const IMAGE_OPTIONS: Readonly<Record<string, string>> = {
  ".elf": "-kernel ",
  ".iso": "-cdrom ",
  ".raw": "-drive format=raw,file=",
  ".img": "-drive format=raw,file=",
  ".qcow2": "-drive file=",
};

/**
 * Finds the entry module and reads the configuration beside it.
 *
 * @param entry A module or a folder; undefined: the working folder.
 * @throws ConfigError with one line that says what to do.
 */
export async function loadApplication(
  entry: string | undefined,
  flags: ConfigFlags,
): Promise<Application> {
  const given = resolve(entry ?? ".");
  const isFolder = existsSync(given) && statSync(given).isDirectory();
  const configPath = findConfig(isFolder ? given : dirname(given));
  const fromFile = configPath === undefined ? {} : await readConfig(configPath);
  const where = configPath === undefined ? "defaults" : relative(process.cwd(), configPath);
  const base = configPath === undefined ? given : dirname(configPath);
  const checked = resolveConfig(fromFile, where);
  const file: LibosConfig = {
    ...fromFile,
    ...(fromFile.volumes && {
      volumes: checked.volumes.map(({ hostPath, path, readOnly }) =>
        formatVolume(resolve(base, hostPath), path, readOnly),
      ),
    }),
  };
  checkFlags(flags);
  const config = resolveConfig({ ...file, ...fromFlags(flags, file) }, where);
  const entryPath = isFolder ? findEntry(given, fromFile.entry) : given;
  if (!existsSync(entryPath)) {
    const shown = relative(process.cwd(), entryPath);
    throw new ConfigError(`${shown}: no such file; give the app's module, as in: libos run app.ts`);
  }
  refuseImage(entryPath);
  for (const { hostPath } of config.volumes) checkFolder(hostPath);
  const inputs = configPath === undefined ? [entryPath] : [entryPath, configPath];
  return { entryPath, config: { ...config, volumes: outerFirst(config.volumes) }, inputs };
}

function findConfig(folder: string): string | undefined {
  return CONFIG_NAMES.map((name) => join(folder, name)).find((path) => existsSync(path));
}

async function readConfig(path: string): Promise<LibosConfig> {
  resolveOwnEntries();
  const shown = relative(process.cwd(), path);
  let module: { default?: unknown };
  try {
    module = (await import(pathToFileURL(path).href)) as { default?: unknown };
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new ConfigError(`${shown}: it can't be loaded: ${reason}`);
  }
  if (module.default === undefined) {
    throw new ConfigError(
      `${shown}: it has no default export; write: export default defineConfig({ … })`,
    );
  }
  return module.default as LibosConfig;
}

function findEntry(folder: string, entry: string | undefined): string {
  if (entry !== undefined) return resolve(folder, entry);
  const found = ENTRY_NAMES.map((name) => join(folder, name)).find((path) => existsSync(path));
  if (found !== undefined) return found;
  const shown = relative(process.cwd(), folder) || ".";
  throw new ConfigError(
    `${shown}: there is no ${ENTRY_NAMES[0]} and no libos.config.ts; give the app's module, or make an app by: libos new DIR`,
  );
}

/** A volume within another one is mounted after that, which would hide it otherwise. */
function outerFirst(volumes: readonly Volume[]): readonly Volume[] {
  const bare = ({ path }: Volume): string => path.replace(/\/+$/, "");
  return volumes.toSorted((a, b) => (bare(a) < bare(b) ? -1 : Number(bare(a) !== bare(b))));
}

/** Says how an image boots, where one is given for an application. */
function refuseImage(entryPath: string): void {
  const options = IMAGE_OPTIONS[extname(entryPath).toLowerCase()];
  if (options === undefined) return;
  const shown = relative(process.cwd(), entryPath);
  throw new ConfigError(
    `${shown}: it is an image, not an app's module or folder; boot it by: qemu-system-x86_64 -nographic ${options}${shown}`,
  );
}

function checkFolder(hostPath: string): void {
  if (!existsSync(hostPath)) {
    throw new ConfigError(`volume: ${hostPath}: no such folder; make it, or give another one`);
  }
  if (!statSync(hostPath).isDirectory()) {
    throw new ConfigError(`volume: ${hostPath} is not a folder`);
  }
}

function formatVolume(hostPath: string, path: string, readOnly: boolean): string {
  return `${hostPath}:${path}${readOnly ? ":ro" : ""}`;
}

/** Refuses a wrong flag by its own name. */
function checkFlags(flags: ConfigFlags): void {
  const { publish, volume: volumes, memory } = flags;
  const given = { ...(publish && { publish }), ...(volumes && { volumes }) };
  resolveConfig(given, "flags", (field) => (field === "volumes" ? "--volume" : `--${field}`));
  if (memory !== undefined) parseMemory(memory, "--memory");
  if (flags.watchdog !== undefined && !/^[1-9]\d{0,7}$/.test(flags.watchdog)) {
    const text = `"${flags.watchdog}" is no time; write milliseconds, like 2000`;
    throw new ConfigError(`--watchdog: ${text}`);
  }
}

/** Flags replace what the file says; variables of the environment are added one by one. */
function fromFlags(flags: ConfigFlags, file: LibosConfig): LibosConfig {
  return {
    ...(flags.publish && { publish: flags.publish }),
    ...(flags.volume && { volumes: flags.volume }),
    ...(flags.memory !== undefined && { memory: flags.memory }),
    ...(flags.net !== undefined && { net: flags.net }),
    ...((flags.onFailure ?? flags.watchdog) !== undefined && {
      image: {
        ...file.image,
        ...(flags.onFailure !== undefined && { onFailure: flags.onFailure }),
        ...(flags.watchdog !== undefined && { watchdogMs: Number(flags.watchdog) }),
      },
    }),
    ...(flags.env && { env: { ...file.env, ...parseVariables(flags.env) } }),
  };
}

function parseVariables(list: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    list.map((text) => {
      const at = text.indexOf("=");
      if (at < 1) throw new ConfigError(`--env: "${text}" is not K=V; write it like PORT=80`);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}
