/** What `scripts/build-kernel.ts` built, or the package carries. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Method } from "./image-header.ts";
import { chooseKernel, KERNELS, type Optimize } from "./kernels.ts";
import type { Loaders } from "./pack.ts";

/** From the sources, from `dist/` in the repository, and in the published package. */
const KERNEL_FOLDERS = ["../../build/kernel/", "../../../build/kernel/", "../../kernel/"];
/** The engine's compiler, of the same build. */
const COMPILER = "compiler.wasm";

/** Everything that an image is made of beside the application. */
export interface Prebuilt {
  readonly elf: Uint8Array;
  readonly loaders: Loaders;
  /** Absent where it was built without wasi-libc. */
  readonly compiler: Uint8Array | undefined;
}

/**
 * Reads the prebuilt kernel that a program needs.
 *
 * @throws Error that says how to build it, where there is none.
 */
export function readKernel(optimize: Optimize, code: Uint8Array): Prebuilt {
  const folders = KERNEL_FOLDERS.map((path) => fileURLToPath(new URL(path, import.meta.url)));
  const found = folders.find((folder) => existsSync(folder + KERNELS.full.file));
  if (found === undefined) {
    const wanted = folders[0]! + KERNELS.full.file;
    throw new Error(
      `there is no kernel at ${wanted}; build it in libos' repository: node scripts/build-kernel.ts`,
    );
  }
  const path = found + COMPILER;
  const compiler = existsSync(path) ? readFileSync(path) : undefined;
  const text = new TextDecoder().decode(code);
  const { file } = chooseKernel(optimize, text, compiler !== undefined);
  const loaders = {
    none: readLoader(found, "none"),
    deflate: readLoader(found, "deflate"),
    lzma: readLoader(found, "lzma"),
  };
  return { elf: readFileSync(found + file), loaders, compiler };
}

function readLoader(folder: string, method: Method): Uint8Array {
  const path = `${folder}loader-x86_64-${method}.bin`;
  if (existsSync(path)) return readFileSync(path);
  throw new Error(
    `there is no loader at ${path}; build it in libos' repository: node scripts/build-kernel.ts`,
  );
}
