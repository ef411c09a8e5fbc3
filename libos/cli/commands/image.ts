/** `libos image`: builds an image, and looks inside of one. */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { relative, resolve } from "node:path";
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
import { nameOf } from "../../image/bundle.ts";
import { loadApplication, type ConfigFlags } from "../../run/load-config.ts";
import { Failure } from "../failure.ts";
import { createOutput } from "../output.ts";

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
  const { entryPath, config } = await loadApplication(entry, flags);
  const { minify, optimize } = flags;
  const format = flags.format ?? formatOf(flags.output ?? "") ?? "elf";
  const path = resolve(flags.output ?? `${nameOf(entryPath)}.${format}`);
  const image = await attempt(() =>
    buildImage({ entryPath, config, values, minify, optimize, format }),
  );
  for (const line of image.warnings) output.event("warning", line, {});
  save(path, image.bytes);
  if (flags.map === true) save(`${path}.map`, new TextEncoder().encode(image.map));
  const shown = relative(process.cwd(), path);
  const bytes = image.bytes.length;
  output.event("image", `${shown}: ${bytes.toLocaleString("en")} bytes`, { file: path, bytes });
}

/** What was there before stays whole until the new file is. */
function save(path: string, bytes: Uint8Array): void {
  const draft = `${path}.${process.pid}.new`;
  try {
    writeFileSync(draft, bytes);
    renameSync(draft, path);
  } catch (error) {
    throw new Failure(`${path}: ${messageOf(error)}`, 1);
  }
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
  print(flags.json === true, sizesOf(image), () => renderSizes(image));
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

function open(file: string): OpenImage {
  if (!existsSync(file)) throw new Failure(`${file}: no such file`, 1);
  const image = openImage(readFileSync(file));
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
    throw new Failure(messageOf(error), 1);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
