/** dist/kernel/: what images are made of beside JavaScript, where it was built; the package carries it. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { inRoot } from "./paths.mjs";

const BUILT = inRoot("build", "kernel");
const PUBLISHED = inRoot("dist", "kernel");

/** Kernels without their symbols, loaders, boot code, and the compiler of bytecode. */
function isPublished(/** @type {string} */ name) {
  return /\.(?:elf|bin|wasm)$/.test(name) && !name.endsWith(".debug.elf");
}

/** Copies what is newer, and removes what is gone. Without a kernel there is nothing to do. */
export function copyKernel() {
  if (!existsSync(inRoot("dist"))) return;
  const built = existsSync(BUILT) ? readdirSync(BUILT).filter(isPublished) : [];
  if (built.length === 0) {
    rmSync(PUBLISHED, { recursive: true, force: true });
    return;
  }
  mkdirSync(PUBLISHED, { recursive: true });
  for (const name of readdirSync(PUBLISHED)) {
    if (!built.includes(name)) rmSync(inRoot("dist", "kernel", name), { recursive: true });
  }
  for (const name of built) {
    const [from, to] = [inRoot("build", "kernel", name), inRoot("dist", "kernel", name)];
    if (existsSync(to) && statSync(to).mtimeMs >= statSync(from).mtimeMs) continue;
    copyFileSync(from, to);
  }
}
