/** From an application to the bytes of its image. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { encodePayload } from "../../bare-metal/payload.ts";
import type { ResolvedConfig } from "../config/mod.ts";
import { encodeArchive, type Manifest } from "./archive.ts";
import { bundleApplication, nameOf } from "./bundle.ts";
import { collectVolumes } from "./collect.ts";
import { joinImage } from "./elf.ts";

export interface ImageOptions {
  /** Absolute path of the application's main module. */
  readonly entryPath: string;
  readonly config: ResolvedConfig;
  /** Arguments of the application. */
  readonly values?: readonly string[];
  /** Default true. */
  readonly minify?: boolean;
}

export interface Image {
  /** The ELF file. */
  readonly bytes: Uint8Array;
  /** The source map of its JavaScript, as JSON. */
  readonly map: string;
  /** What the user should know. */
  readonly warnings: readonly string[];
}

/** From the sources, from `dist/` in the repository, and in the published package. */
const KERNEL_PATHS = [
  "../../build/kernel/libos-x86_64.elf",
  "../../../build/kernel/libos-x86_64.elf",
  "../../kernel/libos-x86_64.elf",
];

/**
 * Reads the prebuilt kernel.
 *
 * @throws Error that says how to build it, where there is none.
 */
export function readKernel(): Uint8Array {
  const paths = KERNEL_PATHS.map((path) => fileURLToPath(new URL(path, import.meta.url)));
  const found = paths.find((path) => existsSync(path));
  if (found !== undefined) return readFileSync(found);
  throw new Error(
    `there is no kernel at ${paths[0]}; build it in libos' repository: node scripts/build-kernel.ts`,
  );
}

/** Below this the kernel's own share of packet memory, a quarter of what is free, is too little. */
const SMALL_MACHINE_BYTES = 16 << 20;
/** The network stack's rings, loopback included, take 1.5 MB of the half that is not for devices. */
const PACKET_BYTES_MIN = 3 << 20;

/** Words for the kernel (`bare-metal/SPEC.md`); those of the loader come after them. */
function commandLine({ memoryBytes }: ResolvedConfig): string {
  return memoryBytes < SMALL_MACHINE_BYTES ? `packet=${PACKET_BYTES_MIN}` : "";
}

/** The time that files get: SOURCE_DATE_EPOCH (reproducible-builds.org) where it is set. */
function fixedTime(): number | undefined {
  const text = process.env["SOURCE_DATE_EPOCH"];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
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
  const { entryPath, config, values = [], minify = true } = options;
  const kernel = readKernel();
  const bundle = await bundleApplication({ entryPath, minify });
  const { entries, data } = collectVolumes(config.volumes, fixedTime());
  const manifest: Manifest = {
    format: 1,
    name: nameOf(entryPath),
    memoryBytes: config.memoryBytes,
    env: sorted(config.env),
    values,
    hosts: sorted(config.hosts),
    net: config.net !== "none",
    mounts: config.volumes.map(({ path }) => path.replace(/\/+$/, "") || "/"),
    entries,
    code: bundle.parts,
  };
  const text = new TextEncoder().encode(JSON.stringify(manifest));
  const payload = encodePayload(bundle.code, encodeArchive(text, data));
  return {
    bytes: joinImage(kernel, payload, commandLine(config)),
    map: bundle.map,
    warnings: bundle.warnings,
  };
}
