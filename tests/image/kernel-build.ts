/** The kernel for the tests: built if it can be, or the reason why tests are skipped. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import {
  buildKernel,
  describeMissing,
  type KERNEL_PATHS,
  loaderPath,
  missingTools,
} from "../../scripts/build-kernel.ts";
import type { Method } from "../../libos/image/image-header.ts";
import { packImage } from "../../libos/image/pack.ts";

/** The kernel with a parser, which runs the tests' sources, and all of them; or why there is none. */
export type KernelBuild =
  { readonly kernel: string; readonly kernels: typeof KERNEL_PATHS } | { readonly skip: string };

/** Builds the kernel unless it is up to date; a failure of the build is an error, not a skip. */
export async function prepareKernel(): Promise<KernelBuild> {
  const missing = missingTools();
  if (missing.length > 0) return { skip: describeMissing(missing) };
  if (spawnSync("qemu-system-x86_64", ["--version"]).status !== 0) {
    return { skip: "images are not booted without QEMU: apt-get install qemu-system-x86" };
  }
  const kernels = await buildKernel((line) => console.error(`# kernel: ${line}`), true);
  return { kernel: kernels.full, kernels };
}

/** A kernel and a payload as one file. */
export function joinedImage(
  kernel: string,
  payload: Uint8Array,
  commandLine: string,
  method: Method = "zstd",
): Uint8Array {
  return packImage({
    kernel: readFileSync(kernel),
    payload,
    commandLine,
    method,
    loaders: {
      none: readFileSync(loaderPath("none")),
      zstd: readFileSync(loaderPath("zstd")),
      lzma: readFileSync(loaderPath("lzma")),
    },
  });
}
