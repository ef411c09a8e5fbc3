import { ConfigError } from "./error.ts";
import {
  formatPublish,
  parseMemory,
  parsePublish,
  parseVolume,
  type Publish,
  type Volume,
} from "./parse.ts";

/** What `libos.config.ts` may say. Everything is optional; flags of the command override it. */
export interface LibosConfig {
  /** The application's main module, relative to the file. Default: `app.ts`. */
  readonly entry?: string;
  /** Packet memory, e.g. "64MB" (the default) or a number of bytes; 1 MB to 2 GB. */
  readonly memory?: string | number;
  /** "user" (the default): through the gateway in this process. "none": loopback only. */
  readonly net?: "user" | "none";
  /**
   * Ports of the host that lead to the application, as `[IP:]HOST:APP[/udp]`. "auto" (the default)
   * publishes each port that the application listens on at the same port of 127.0.0.1, or, where
   * that needs a privilege, at 8000 + port.
   */
  readonly publish?: readonly string[] | "auto";
  /** Folders of the host as file systems of the application: `HOSTDIR:PATH[:ro]`. */
  readonly volumes?: readonly string[];
  /** The application's environment: `process.env` holds these and nothing of the host's. */
  readonly env?: Readonly<Record<string, string>>;
  /** Names that resolve without DNS: name to IPv4 address. */
  readonly hosts?: Readonly<Record<string, string>>;
  /** What concerns images alone. */
  readonly image?: ImageConfig;
}

/** What `libos image` and `libos run -t qemu` make of an application. */
export interface ImageConfig {
  /** For a small file ("size"), or for a quick start ("speed", the default). */
  readonly optimize?: "size" | "speed";
  /**
   * What follows a failure: an error that nobody caught, a full heap, a trap. "off" (the default)
   * powers the machine off, "reset" starts it again, "halt" lets it stand for a debugger.
   */
  readonly onFailure?: "off" | "reset" | "halt";
  /** The longest that one turn of the application may run, in milliseconds. Default: without end. */
  readonly watchdogMs?: number;
  /** With a driver for a memory balloon, by which the host takes packet memory. Default false. */
  readonly balloon?: boolean;
}

/** A configuration that was checked, with every default filled in. */
export interface ResolvedConfig {
  readonly entry: string;
  readonly memoryBytes: number;
  readonly net: "user" | "none";
  readonly publish: readonly Publish[] | "auto";
  readonly volumes: readonly Volume[];
  readonly env: Readonly<Record<string, string>>;
  readonly hosts: Readonly<Record<string, string>>;
  readonly image: ImageConfig & { readonly optimize: "size" | "speed" };
}

/**
 * Types a configuration; it returns what it is given.
 *
 * ```ts
 * import { defineConfig } from "libos/config";
 * export default defineConfig({ entry: "app.ts", publish: ["8080:80"] });
 * ```
 */
export function defineConfig(config: LibosConfig): LibosConfig {
  return config;
}

type Check = (value: unknown) => string | undefined;

const isText: Check = (value) => (typeof value === "string" ? undefined : "a string");
const isTexts: Check = (value) =>
  Array.isArray(value) && value.every((item) => typeof item === "string")
    ? undefined
    : "a list of strings";
const isTextRecord: Check = (value) =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every((item) => typeof item === "string")
    ? undefined
    : "an object of strings";

const IMAGE_WORDS = { optimize: ["size", "speed"], onFailure: ["off", "reset", "halt"] } as const;
/** A day: what takes longer is no turn. */
const MAX_WATCHDOG_MS = 86_400_000;

const isImage: Check = (value) => {
  if (typeof value !== "object" || value === null) return 'like { optimize: "size" }';
  const { watchdogMs = 1, balloon = false, ...words } = value as Record<string, unknown>;
  for (const [name, word] of Object.entries(words)) {
    const known: readonly unknown[] | undefined = IMAGE_WORDS[name as keyof typeof IMAGE_WORDS];
    if (known === undefined) return "an object of optimize, onFailure, watchdogMs and balloon";
    if (word !== undefined && !known.includes(word)) {
      return `an object whose ${name} is one of ${known.join(", ")}`;
    }
  }
  if (typeof balloon !== "boolean") return "an object whose balloon is true or false";
  const isTime = Number.isInteger(watchdogMs) && Number(watchdogMs) >= 1;
  return isTime && Number(watchdogMs) <= MAX_WATCHDOG_MS
    ? undefined
    : `an object whose watchdogMs is 1 to ${MAX_WATCHDOG_MS}`;
};

const FIELDS: Readonly<Record<keyof LibosConfig, Check>> = {
  entry: isText,
  memory: (value) => (typeof value === "number" ? undefined : isText(value) && "a size like 64MB"),
  net: (value) => (value === "user" || value === "none" ? undefined : '"user" or "none"'),
  publish: (value) =>
    value === "auto" ? undefined : isTexts(value) && 'a list like ["8080:80"], or "auto"',
  volumes: (value) => isTexts(value) && 'a list like ["./public:/www:ro"]',
  env: isTextRecord,
  hosts: isTextRecord,
  image: isImage,
};

/**
 * Checks a configuration from outside and fills in the defaults.
 *
 * @param config What a file or flags gave.
 * @param where What to call it in errors: the file's path.
 * @param label What to call a field in errors.
 * @throws ConfigError at the first thing that is wrong.
 */
export function resolveConfig(
  config: unknown,
  where: string,
  label: (field: string) => string = (field) => `${where}: ${field}`,
): ResolvedConfig {
  if (typeof config !== "object" || config === null || Array.isArray(config)) {
    throw new ConfigError(`${where}: it must export an object by default; use defineConfig({ … })`);
  }
  for (const [field, value] of Object.entries(config)) {
    const check = FIELDS[field as keyof LibosConfig];
    if (check === undefined) {
      const known = Object.keys(FIELDS).join(", ");
      throw new ConfigError(`${where}: unknown field "${field}"; the fields are ${known}`);
    }
    const wanted = value === undefined ? undefined : check(value);
    if (wanted) throw new ConfigError(`${where}: "${field}" must be ${wanted}`);
  }
  const given = config as LibosConfig;
  const publish =
    given.publish === undefined || given.publish === "auto"
      ? "auto"
      : given.publish.map((text) => parsePublish(text, label("publish")));
  if (publish !== "auto") refuseClashes(publish, label("publish"));
  const volumes = (given.volumes ?? []).map((text) => parseVolume(text, label("volumes")));
  refuseDoubleMounts(volumes, label("volumes"));
  return {
    entry: given.entry ?? "app.ts",
    memoryBytes: parseMemory(given.memory ?? "64MB", label("memory")),
    net: given.net ?? "user",
    publish,
    volumes,
    env: given.env ?? {},
    hosts: given.hosts ?? {},
    image: { ...given.image, optimize: given.image?.optimize ?? "speed" },
  };
}

function refuseClashes(list: readonly Publish[], where: string): void {
  const seen = new Map<string, Publish>();
  for (const publish of list) {
    if (publish.hostPort === 0) continue;
    const key = `${publish.hostAddress}:${publish.hostPort}/${publish.protocol}`;
    const other = seen.get(key);
    if (other !== undefined) {
      throw new ConfigError(
        `${where}: ${formatPublish(other)} and ${formatPublish(publish)} both take host port ${publish.hostPort}; give one of them another HOST port`,
      );
    }
    seen.set(key, publish);
  }
}

function refuseDoubleMounts(volumes: readonly Volume[], where: string): void {
  const seen = new Set<string>();
  for (const { path } of volumes) {
    if (seen.has(path)) {
      throw new ConfigError(`${where}: two volumes are mounted at ${path}`);
    }
    seen.add(path);
  }
}
