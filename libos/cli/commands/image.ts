/** `libos image`: builds an image, and looks inside of one. */
import { readFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import { Readable } from "node:stream";
import {
  buildImage,
  formatOf,
  openImage,
  renderList,
  renderSizes,
  renderTree,
  sizesOf,
  type Format,
  type OpenImage,
  type Optimize,
} from "../../image/mod.ts";
import { ConfigError } from "../../config/mod.ts";
import { nameOf } from "../../image/bundle.ts";
import { createTraceFilter } from "../../run/qemu/source-positions.ts";
import { loadApplication, type ConfigFlags } from "../../run/load-config.ts";
import { Failure, messageOf } from "../failure.ts";
import { checkReplaceable, replaceFile } from "../files.ts";
import { readImageFile, reasonOf } from "../image-file.ts";
import { announcePacking, createOutput } from "../output.ts";

export interface ImageFlags extends ConfigFlags {
  readonly output?: string;
  readonly format?: Format;
  readonly minify: boolean;
  readonly optimize?: Optimize;
  readonly map?: boolean;
  readonly json?: boolean;
}

/** Builds. */
export async function build(
  entry: string | undefined,
  values: readonly string[],
  flags: ImageFlags,
): Promise<void> {
  const output = createOutput(flags.json === true);
  const { entryPath, config, inputs } = await loadApplication(entry, flags);
  const { minify, optimize } = flags;
  const format = flags.format ?? formatOf(flags.output ?? "") ?? "elf";
  const path = resolve(flags.output ?? `${nameOf(entryPath)}.${format}`);
  // Before the seconds that the build takes.
  const target = checkReplaceable(path, "-o", inputs);
  const mapTarget =
    flags.map === true ? checkReplaceable(`${path}.map`, "--map", inputs) : undefined;
  const onPacking = announcePacking.bind(undefined, output);
  const image = await attempt(() =>
    buildImage({ entryPath, config, values, minify, optimize, format, onPacking }),
  );
  for (const line of image.warnings) output.event("warning", line, {});
  replaceFile(target, image.bytes);
  if (mapTarget !== undefined) replaceFile(mapTarget, new TextEncoder().encode(image.map));
  const shown = relative(process.cwd(), path);
  const bytes = image.bytes.length;
  output.event("image", `${shown}: ${bytes.toLocaleString("en")} bytes`, { file: path, bytes });
}

/** `libos image ls FILE` */
export function list(file: string, flags: { readonly json?: boolean }): void {
  const image = open(file);
  print(flags.json === true, image.manifest.entries, () => renderList(image));
}

/** `libos image tree FILE` */
export function tree(file: string): void {
  print(false, undefined, () => renderTree(open(file)));
}

/** `libos image size FILE` */
export function size(file: string, flags: { readonly json?: boolean }): void {
  const image = open(file);
  const { fileBytes, method, memoryBytesMin } = image;
  const value = { fileBytes, method, memoryBytesMin, parts: sizesOf(image) };
  print(flags.json === true, value, () => renderSizes(image));
}

/** `libos image cat FILE PATH` */
export function cat(file: string, path: string): void {
  const bytes = open(file).read(path);
  if (bytes !== undefined) {
    process.stdout.write(bytes);
    return;
  }
  throw new Failure(`${file}: there is no file ${path}; look by: libos image ls ${file}`, 1);
}

/** `libos image trace MAP [LOG]`: the console's text, with the lines of the TypeScript. */
export async function trace(mapFile: string, logFile: string | undefined): Promise<void> {
  const map = readText(mapFile);
  if (!isSourceMap(map)) {
    throw new Failure(`${mapFile}: it is no source map; libos image --map writes one`, 1);
  }
  const filter = createTraceFilter(map, (text) => process.stdout.write(text));
  const log = logFile === undefined ? process.stdin : Readable.from([readText(logFile)]);
  for await (const text of log.setEncoding("utf8")) filter.take(String(text));
  filter.end();
}

function isSourceMap(text: string): boolean {
  try {
    const { sources, mappings } = JSON.parse(text) as Record<string, unknown>;
    return Array.isArray(sources) && typeof mappings === "string";
  } catch {
    return false;
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Failure(`${file}: ${reasonOf(error)}`, 1);
  }
}

function open(file: string): OpenImage {
  const { bytes, fileBytes } = readImageFile(file);
  const image = openImage(bytes, fileBytes);
  if (typeof image === "string") throw new Failure(`${file}: ${image}`, 1);
  return image;
}

function print(isJson: boolean, value: unknown, render: () => readonly string[]): void {
  const lines = isJson ? [JSON.stringify(value)] : render();
  if (lines.length > 0) process.stdout.write(`${lines.join("\n")}\n`);
}

async function attempt<Result>(job: () => Promise<Result>): Promise<Result> {
  try {
    return await job();
  } catch (error) {
    throw error instanceof ConfigError ? error : new Failure(messageOf(error), 1);
  }
}
