/** Builds images of applications for the tests, in a folder that goes away. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildImage, type Image } from "../../libos/image/mod.ts";
import { loadApplication, type ConfigFlags } from "../../libos/run/load-config.ts";
import { buildCompiler } from "../../scripts/build-kernel.ts";
import { prepareKernel } from "./kernel-build.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Sees to the kernel and its compiler. @returns Why tests are skipped, or false. */
export async function prepareImages(): Promise<string | false> {
  const build = await prepareKernel();
  if ("skip" in build) return build.skip;
  buildCompiler((line) => console.error(`# ${line}`));
  return false;
}

/** An image in a file. */
export interface BuiltApp extends Image {
  readonly path: string;
}

export interface AppBuilder {
  /** @param entry A module or folder, relative to the repository. */
  build(entry: string, flags?: ConfigFlags, values?: readonly string[]): Promise<BuiltApp>;
  /** Writes bytes as a file and returns its path. */
  write(name: string, bytes: Uint8Array): string;
  dispose(): void;
}

export function createAppBuilder(): AppBuilder {
  const folder = mkdtempSync(join(tmpdir(), "libos-app-image-"));
  let count = 0;
  const write = (name: string, bytes: Uint8Array): string => {
    const path = join(folder, `${count++}-${name}`);
    writeFileSync(path, bytes);
    return path;
  };
  return {
    async build(entry, flags = {}, values = []) {
      const application = await loadApplication(join(ROOT, entry), flags);
      const image = await buildImage({ ...application, values });
      return { ...image, path: write("app.elf", image.bytes) };
    },
    write,
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}
