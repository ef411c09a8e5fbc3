/** What `scripts/build-kernel.ts` built, or the package carries. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
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
  /** What a PC's BIOS boots from a disk. */
  readonly bootCode: Uint8Array;
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
      `there is no kernel at ${wanted}; build it in libos' repository: npm run build-kernel`,
    );
  }
  const path = found + COMPILER;
  const compiler = existsSync(path) ? readFileSync(path) : undefined;
  const text = new TextDecoder().decode(code);
  const { file } = chooseKernel(optimize, text, compiler !== undefined);
  const loaders = {
    none: read(found, "loader-x86_64-none.bin"),
    zstd: read(found, "loader-x86_64-zstd.bin"),
    lzma: read(found, "loader-x86_64-lzma.bin"),
  };
  const bootCode = read(found, "bios-x86_64.bin");
  return { elf: read(found, file), loaders, bootCode, compiler };
}

function read(folder: string, name: string): Uint8Array {
  if (existsSync(folder + name)) return readFileSync(folder + name);
  throw new Error(
    `there is no ${folder}${name}; build it in libos' repository: npm run build-kernel`,
  );
}
