/** Makes what is measured: the kernel, our images, the peer. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import {
  buildCompiler,
  buildKernel,
  describeMissing,
  missingTools,
} from "../../scripts/build-kernel.ts";
import { buildImage } from "../../libos/image/mod.ts";
import { loadApplication, type ConfigFlags } from "../../libos/run/load-config.ts";
import { encodeEmptyGuest } from "./empty-guest.ts";
import { preparePeer, type LinuxPeer } from "./peer/linux.ts";
import type { BuiltImage, Plan } from "./plan.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** Everything that is fetched or built is kept here. */
const CACHE = join(ROOT, "build/bench-image");

/** Applications of our images, by the name that rows use. */
const IMAGE_APPS: Readonly<Record<string, string>> = {
  hello: "bench/image/apps/hello.ts",
  bulk: "bench/image/apps/bulk.ts",
  block: "bench/image/apps/block-image.ts",
  website: "apps/website",
  dns: "apps/dns",
};
/** What is built for a small machine as well. */
const SMALL_APPS: readonly string[] = ["hello", "website"];
const SMALL_MEMORY = "6MB";
/** The peer runs the same sources, but for the disk, which Node reaches in another way. */
const PEER_APPS: Readonly<Record<string, string>> = {
  hello: IMAGE_APPS["hello"]!,
  bulk: IMAGE_APPS["bulk"]!,
  block: "bench/image/apps/block-node.ts",
};

/** Programs that are needed, by the Debian package that has them. */
const PROGRAMS: Readonly<Record<string, string>> = {
  "qemu-system-x86_64": "qemu-system-x86",
  ip: "iproute2",
  unshare: "util-linux",
  wrk: "wrk",
};

/** @returns A line that says what is missing and how to get it, or undefined. */
export function problemOf(): string | undefined {
  const missing = missingTools();
  if (missing.length > 0) return describeMissing(missing);
  const packages = Object.entries(PROGRAMS).flatMap(([program, name]) =>
    isOnPath(program) ? [] : [name],
  );
  if (packages.length === 0) return undefined;
  return `not installed: ${packages.join(" ")}; on Debian: sudo apt-get install ${packages.join(" ")}`;
}

function isOnPath(program: string): boolean {
  try {
    execFileSync("sh", ["-c", `command -v ${program}`], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/**
 * Builds what the rows need.
 *
 * @param skip Told what cannot be measured, and why.
 */
export async function prepare(
  wanted: Pick<Plan, "quick" | "only">,
  progress: (line: string) => void,
  skip: (what: string, reason: string) => void,
): Promise<Plan> {
  await prepareKernel(progress);
  const images: Record<string, BuiltImage> = {};
  for (const [name, entry] of Object.entries(IMAGE_APPS)) {
    images[name] = await buildBenchImage(name, entry);
    progress(`our ${name}: ${(images[name].bytes / 1000).toFixed(0)} KB`);
  }
  for (const name of SMALL_APPS) {
    const small = `${name}-small`;
    images[small] = await buildBenchImage(small, IMAGE_APPS[name]!, { memory: SMALL_MEMORY });
  }
  const emptyGuestPath = join(CACHE, "empty.elf");
  writeFileSync(emptyGuestPath, encodeEmptyGuest());
  const peer = await tryPeer(progress, skip);
  return { ...wanted, images, peer, emptyGuestPath, folder: CACHE };
}

/**
 * Builds the kernel and the engine's compiler, unless they are up to date. As for the tests, the engine
 * keeps what it was trained on: not every change above the kernel makes it another one.
 */
export async function prepareKernel(progress: (line: string) => void): Promise<void> {
  await buildKernel(progress, true);
  buildCompiler(progress);
}

/**
 * Builds an image.
 *
 * @param name Of the file.
 * @param entry Relative to the repository.
 */
export async function buildBenchImage(
  name: string,
  entry: string,
  flags: ConfigFlags = {},
): Promise<BuiltImage> {
  const { entryPath, config } = await loadApplication(resolve(ROOT, entry), flags);
  const { bytes } = await buildImage({ entryPath, config });
  mkdirSync(CACHE, { recursive: true });
  const path = join(CACHE, `${name}.elf`);
  writeFileSync(path, bytes);
  return { path, bytes: bytes.length };
}

/** The peer comes from Debian's archive: without a network or apt there is none. */
async function tryPeer(
  progress: (line: string) => void,
  skip: (what: string, reason: string) => void,
): Promise<LinuxPeer | undefined> {
  try {
    const sources = Object.entries(PEER_APPS).map(([name, entry]) => [name, join(ROOT, entry)]);
    const peer = await preparePeer(Object.fromEntries(sources), CACHE, progress);
    progress(`the peer: ${peer.description}, ${(peer.bytes / 1e6).toFixed(1)} MB`);
    return peer;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    skip("everything beside Linux", `the peer can't be made: ${reason.split("\n")[0]}`);
    return undefined;
  }
}
