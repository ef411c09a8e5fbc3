/**
 * From what an application asks for to the modules of `guest/` that its image has, in the order in
 * which they are evaluated: a part finds those before it.
 */
import type { Survey } from "./survey.ts";

/** What an image is made of. */
export interface Composition {
  /** Names of modules of `guest/`: before the application. */
  readonly modules: readonly string[];
  /** Streams with everything that Node's module has; false: what sockets and files need. */
  readonly hasWholeStreams: boolean;
  /** Whether the volumes of the configuration are of use. */
  readonly hasFiles: boolean;
  readonly hasNetwork: boolean;
  /** Whether there is a `process`, and somebody to read the environment. */
  readonly hasProcess: boolean;
  /** Whether there are drivers, which need packet memory. */
  readonly hasDevices: boolean;
}

/** Modules of the API over the system, each before those that find it; `http` brings `net`. */
const API_MODULES = ["timers", "crypto", "fs", "dns", "dgram", "net", "http"] as const;
/** What these stand on, for applications that use it themselves. */
const SERVICES = ["kernel", "volumes", "vfs", "tcp", "udp"] as const;
/** Modules that have Buffers. */
const BUFFERS = [
  "buffer",
  "crypto",
  "fs",
  "dns",
  "dgram",
  "net",
  "http",
  "stream",
  "string_decoder",
];

/** Modules of Node that reach another one of the list above. */
const ALSO: Readonly<Record<string, string>> = {
  "fs/promises": "fs",
  constants: "fs",
  "dns/promises": "dns",
  "timers/promises": "timers",
};

/** Globals, and the module of `guest/` that defines them. */
const GLOBALS: readonly (readonly [module: string, ...names: string[]])[] = [
  ["globals/buffer", "Buffer"],
  ["globals/text-decoder", "TextDecoder"],
  ["globals/abort", "AbortController", "AbortSignal"],
  ["globals/event-target", "CustomEvent", "Event", "EventTarget"],
  ["globals/structured-clone", "structuredClone"],
  ["globals/url", "URL", "URLSearchParams"],
];

/** Functions of `crypto` that most applications do without. */
const HASHING = ["createHash", "createHmac", "timingSafeEqual"];

/** What `http` has for clients: servers do without. */
const HTTP_CLIENT = ["request", "get", "Agent", "globalAgent", "ClientRequest"];

/** Words of `globals/process-more`. */
const MORE = (
  "table dirxml groupCollapsed rss cpuUsage getuid geteuid getgid getegid availableMemory " +
  "constrainedMemory"
).split(" ");

const TIMERS = [
  "setTimeout",
  "setInterval",
  "setImmediate",
  "clearTimeout",
  "clearInterval",
  "clearImmediate",
];

/** How an image is built. */
export interface CompositionOptions {
  /** Whether there are files to mount. */
  readonly volumes: boolean;
  readonly record: boolean;
  /** With a driver for a memory balloon. An image that records has none: no replay would have it. */
  readonly balloon: boolean;
}

/** Decides what an image has. */
export function composeImage(survey: Survey, options: CompositionOptions): Composition {
  const { modules } = survey;
  const globals = new Set(survey.globals);
  const asks = new Set<string>([...modules].map((name) => ALSO[name] ?? name));
  if (TIMERS.some((name) => globals.has(name))) asks.add("timers");
  if (globals.has("AbortSignal") && survey.mentions("timeout")) asks.add("timers");
  if (globals.has("crypto")) asks.add("crypto");
  // The system has its modules as properties.
  if (asks.has("system")) {
    for (const name of [...API_MODULES, ...SERVICES]) if (survey.mentions(name)) asks.add(name);
  }
  const has = (...names: string[]): boolean => names.some((name) => asks.has(name));
  const hasFileSystem = has("fs", "vfs");
  const hasFiles = hasFileSystem || has("volumes");
  const hasNetwork = has("net", "http", "dgram", "dns", "tcp", "udp");
  const hasStreams = has("net", "http", "fs", "stream", "stream/promises");
  const hasBuffers = has(...BUFFERS) || globals.has("Buffer");
  const hasProcess = hasStreams || has("os") || globals.has("process") || asks.has("process");
  const list = ["globals"];
  const add = (isWanted: boolean, ...names: string[]): void => {
    if (isWanted) list.push(...names);
  };
  add(hasProcess, "globals/process");
  // Requests are asked for by URLs.
  if (has("http") && survey.mentions("http:")) globals.add("URL");
  // Percent-encoded hosts are decoded; `util` has it as well.
  const hasUrls = has("url") || globals.has("URL") || globals.has("URLSearchParams");
  if (hasUrls || (has("util") && survey.mentions("TextDecoder"))) globals.add("TextDecoder");
  for (const [module, ...names] of GLOBALS) {
    add(
      names.some((name) => globals.has(name)),
      module,
    );
  }
  add(
    MORE.some((word) => survey.mentions(word)),
    "globals/process-more",
  );
  add(hasBuffers, "native-buffer");
  add(options.record, "devices");
  add(hasNetwork, "net-driver");
  add(hasNetwork || asks.has("crypto"), "entropy-driver");
  const hasBlock = has("system") && survey.mentions("block");
  add(hasBlock, "block-driver");
  const hasBalloon = options.balloon && !options.record;
  add(hasBalloon, "balloon-driver");
  add(hasFiles && options.volumes, "shares");
  add(hasFileSystem && options.volumes, "volumes");
  add(hasStreams, "streams/outputs");
  add(has("net", "http", "dns", "tcp"), "tcp");
  for (const name of [...SERVICES, ...API_MODULES]) add(asks.has(name), `modules/${name}`);
  add(has("http") && HTTP_CLIENT.some((name) => survey.mentions(name)), "modules/http-client");
  add(has("crypto") && HASHING.some((name) => survey.mentions(name)), "modules/crypto-hash");
  add(asks.has("system"), "modules/system");
  add(hasBalloon, "balloon");
  list.push("boot");
  return {
    modules: list,
    hasWholeStreams: has("stream", "stream/promises"),
    hasFiles,
    hasNetwork,
    hasProcess,
    hasDevices: hasNetwork || hasBlock || hasBalloon || options.record,
  };
}
