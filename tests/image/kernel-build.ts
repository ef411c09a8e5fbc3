/** The kernel for the tests: built if it can be, or the reason why tests are skipped. */
import { spawnSync } from "node:child_process";
import { buildKernel, describeMissing, missingTools } from "../../scripts/build-kernel.ts";

/** A kernel, or why there is none. */
export type KernelBuild = { readonly kernel: string } | { readonly skip: string };

/** Builds the kernel unless it is up to date; a failure of the build is an error, not a skip. */
export async function prepareKernel(): Promise<KernelBuild> {
  const missing = missingTools();
  if (missing.length > 0) return { skip: describeMissing(missing) };
  if (spawnSync("qemu-system-x86_64", ["--version"]).status !== 0) {
    return { skip: "images are not booted without QEMU: apt-get install qemu-system-x86" };
  }
  return { kernel: await buildKernel((line) => console.error(`# kernel: ${line}`)) };
}
