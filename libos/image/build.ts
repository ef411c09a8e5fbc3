/** From an application to the bytes of its image. */
import type { Plugin } from "esbuild";
import { compileModule } from "../../bare-metal/compile.ts";
import { encodeBytecodePayload, encodePayload } from "../../bare-metal/payload.ts";
import { ConfigError, type ResolvedConfig } from "../config/mod.ts";
import { encodeArchive, type Manifest } from "./archive.ts";
import type { Composition } from "./composition.ts";
import { bundleApplication, nameOf, NODE_ENV, OUTPUT_NAME } from "./bundle.ts";
import { collectVolumes } from "./collect.ts";
import { encodeFormat, type Format } from "./formats/mod.ts";
import type { Method } from "./image-header.ts";
import type { Optimize } from "./kernels.ts";
import { packImage } from "./pack.ts";
import { readKernel } from "./prebuilt.ts";

export interface ImageOptions {
  /** Absolute path of the application's main module. */
  readonly entryPath: string;
  readonly config: ResolvedConfig;
  /** Arguments of the application. */
  readonly values?: readonly string[];
  /** Default true. */
  readonly minify?: boolean;
  /** With the recorder in it, for `libos run -t qemu --record`. Default false. */
  readonly record?: boolean;
  /** Plugins of the bundler that come before libos' own. */
  readonly plugins?: readonly Plugin[];
  /** Default: as the configuration says. */
  readonly optimize?: Optimize | undefined;
  /** Default `elf`. */
  readonly format?: Format;
  /** Told, before all is packed, how many bytes that are: it can take seconds, and minutes for large files. */
  readonly onPacking?: (bytes: number, optimize: Optimize) => void;
}

/** What each optimization means. */
const CHOICES: Readonly<
  Record<Optimize, { readonly method: Method; readonly keepsLines: boolean }>
> = {
  // A third smaller, and a tenth of a second more at each start in QEMU's emulation.
  size: { method: "lzma", keepsLines: false },
  speed: { method: "zstd", keepsLines: true },
};

export interface Image {
  /** The file, in its format. */
  readonly bytes: Uint8Array;
  /** Its JavaScript: a module without imports, in UTF-8. */
  readonly code: Uint8Array;
  /** The source map of its JavaScript, as JSON. */
  readonly map: string;
  /** What the user should know. */
  readonly warnings: readonly string[];
}

/** Bytecode where the compiler is there: the engine need not parse it at each start. */
async function encodeProgram(
  compiler: Uint8Array | undefined,
  code: Uint8Array,
  archive: Uint8Array,
  keepsLines: boolean,
): Promise<Uint8Array> {
  if (compiler === undefined) return encodePayload(code, archive);
  const options = { name: OUTPUT_NAME, keepsLines };
  return encodeBytecodePayload(await compileModule(compiler, code, options), archive);
}

/** Packet memory without devices: room for what the application takes by `kernel.memory`. */
const LONE_PACKET_BYTES = 64 << 10;

/** Words for the kernel (`bare-metal/SPEC.md`); those of the loader come after them. */
function commandLine({ hasDevices }: Composition, { image }: ResolvedConfig): string {
  const { onFailure, watchdogMs } = image;
  return [
    ...(hasDevices ? [] : [`packet=${LONE_PACKET_BYTES}`]),
    ...(onFailure === undefined ? [] : [`on-failure=${onFailure}`]),
    ...(watchdogMs === undefined ? [] : [`watchdog=${watchdogMs}`]),
  ].join(" ");
}

/**
 * The time that files get: SOURCE_DATE_EPOCH (reproducible-builds.org) where it is set.
 *
 * @throws ConfigError where it is no whole number of seconds.
 */
function fixedTime(): number | undefined {
  const text = process.env["SOURCE_DATE_EPOCH"];
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(seconds * 1_000_000)) return seconds;
  throw new ConfigError(
    `SOURCE_DATE_EPOCH: "${text}" is no time; give seconds since 1970, as of: date +%s`,
  );
}

function sorted(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Builds an image. The same files, configuration and kernel give the same bytes.
 *
 * @throws Error, with lines for a person, when the application can't be bundled or there is no kernel.
 */
export async function buildImage(options: ImageOptions): Promise<Image> {
  const { entryPath, config, values = [] } = options;
  const { minify = true, record = false, format = "elf", plugins = [] } = options;
  const { optimize = config.image.optimize } = options;
  const { balloon = false } = config.image;
  const { method, keepsLines } = CHOICES[optimize];
  const modified = fixedTime();
  const volumes = config.volumes.length > 0;
  const nodeEnv = config.env["NODE_ENV"] ?? NODE_ENV;
  const choices = { minify, record, volumes, balloon, nodeEnv, plugins };
  const bundle = await bundleApplication({ entryPath, ...choices });
  const kernel = readKernel(optimize, bundle.code);
  const { hasFiles, hasNetwork, hasProcess } = bundle.composition;
  const warnings = [...bundle.warnings];
  if (volumes && !hasFiles) warnings.push("the application uses no files: volumes are left out");
  const mounted = hasFiles ? config.volumes : [];
  const { entries, data } = collectVolumes(mounted, modified);
  const manifest: Manifest = {
    format: 3,
    name: nameOf(entryPath),
    memoryBytes: config.memoryBytes,
    env: sorted({ ...(hasProcess && { NODE_ENV: nodeEnv }), ...config.env }),
    values,
    hosts: sorted(config.hosts),
    net: hasNetwork && config.net !== "none",
    mounts: mounted.map(({ path }) => path.replace(/\/+$/, "") || "/"),
    entries,
  };
  const archive = encodeArchive(manifest, bundle.parts, data);
  const payload = await encodeProgram(kernel.compiler, bundle.code, archive, keepsLines);
  options.onPacking?.(kernel.elf.length + payload.length, optimize);
  const elf = packImage({
    kernel: kernel.elf,
    loaders: kernel.loaders,
    payload,
    commandLine: commandLine(bundle.composition, config),
    method,
  });
  return {
    bytes: encodeFormat(elf, format, kernel.bootCode),
    code: bundle.code,
    map: bundle.map,
    warnings,
  };
}
