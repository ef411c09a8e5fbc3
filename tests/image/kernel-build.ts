/** The kernel for the tests: built if it can be, or the reason why tests are skipped. */
import { spawnSync } from "node:child_process";
import {
  buildKernel,
  describeMissing,
  type KERNEL_PATHS,
  missingTools,
} from "../../scripts/build-kernel.ts";

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
  const kernels = await buildKernel((line) => console.error(`# kernel: ${line}`));
  return { kernel: kernels.full, kernels };
}
