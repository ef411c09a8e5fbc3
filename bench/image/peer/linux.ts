/**
 * The peer: Debian's cloud kernel with Node, as the leanest initramfs that we know of. One archive
 * holds Node as npm publishes it, the shared libraries that it asks for, the modules of virtio, and
 * busybox for the few commands of /init.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { constants, zstdCompress } from "node:zlib";
import { build } from "esbuild";
import { encodeCpio, type CpioEntry } from "./cpio.ts";
import { newestPackage, unpackPackage } from "./debian.ts";
import { initScript, MODULES } from "./init.ts";

const run = promisify(execFile);
const compress = promisify(zstdCompress);

const KERNEL_PACKAGES = "^linux-image-6\\.1\\..*-cloud-amd64$";
/** What the kernel's decompressor allows is more; Debian's own initramfs tools use less. */
const ZSTD_LEVEL = 19;
const [FOLDER_MODE, FILE_MODE, LINK_MODE] = [0o040755, 0o100755, 0o120777];

/** What QEMU boots. */
export interface LinuxPeer {
  readonly kernelPath: string;
  readonly initramfsPath: string;
  /** Of both files. */
  readonly bytes: number;
  readonly description: string;
}

/** Applications by name: each module is bundled into `/apps/NAME.js`. */
export type PeerApps = Readonly<Record<string, string>>;

/**
 * Makes the peer, unless it is there.
 *
 * @param cache A folder that is kept between runs.
 */
export async function preparePeer(
  apps: PeerApps,
  cache: string,
  progress: (line: string) => void,
): Promise<LinuxPeer> {
  const kernelPackage = await newestPackage(KERNEL_PACKAGES);
  const packages = join(cache, "packages");
  const kernel = await unpackPackage(kernelPackage, packages, progress);
  const busybox = await unpackPackage("busybox-static", packages, progress);
  const boot = join(kernel.folder, "boot");
  const kernelName = readdirSync(boot).find((name) => name.startsWith("vmlinuz-"));
  if (kernelName === undefined) throw new Error(`there is no kernel in ${kernelPackage}`);
  const system: CpioEntry[] = [
    ...(await nodeFiles()),
    {
      path: "bin/busybox",
      mode: FILE_MODE,
      data: readFileSync(join(busybox.folder, "bin/busybox")),
    },
    { path: "bin/sh", mode: LINK_MODE, data: Buffer.from("busybox") },
    ...moduleFiles(kernel.folder),
  ];
  const own: CpioEntry[] = [
    ...(await appFiles(apps)),
    { path: "init", mode: FILE_MODE, data: Buffer.from(initScript()) },
  ];
  // Linux unpacks archives that follow one another: the large one is compressed once.
  const initramfs = Buffer.concat([
    await compressOnce(encodeCpio([...foldersOf(system), ...system]), cache, progress),
    await compress(encodeCpio([...foldersOf(own), ...own])),
  ]);
  const initramfsPath = join(cache, "initramfs");
  writeFileSync(initramfsPath, initramfs);
  const kernelPath = join(boot, kernelName);
  const bytes = readFileSync(kernelPath).length + initramfs.length;
  const description = `Debian's ${kernelPackage.replace("linux-image-", "")}, Node ${process.version}`;
  return { kernelPath, initramfsPath, bytes, description };
}

/** Compresses as well as it gets, unless the same was compressed before. */
async function compressOnce(
  archive: Uint8Array,
  cache: string,
  progress: (line: string) => void,
): Promise<Uint8Array> {
  const digest = createHash("sha256").update(archive).digest("hex").slice(0, 16);
  const path = join(cache, `initramfs-${digest}.zst`);
  if (existsSync(path)) return readFileSync(path);
  progress(`compressing the peer's initramfs, ${archive.length >> 20} MB; about a minute, once`);
  const packed = await compress(archive, {
    params: { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL },
  });
  writeFileSync(`${path}.${process.pid}`, packed);
  renameSync(`${path}.${process.pid}`, path);
  return packed;
}

/** Node, and the libraries of which its loader tells. */
async function nodeFiles(): Promise<CpioEntry[]> {
  const { stdout } = await run("ldd", [process.execPath]);
  const libraries = [...stdout.matchAll(/(?:=> |^\s*)(\/\S+) \(0x/gm)].map((match) => match[1]!);
  return [
    { path: "bin/node", mode: FILE_MODE, data: readFileSync(realpathSync(process.execPath)) },
    ...libraries.map((path) => ({
      path: path.slice(1),
      mode: FILE_MODE,
      data: readFileSync(realpathSync(path)),
    })),
  ];
}

function moduleFiles(folder: string): CpioEntry[] {
  const root = join(folder, "lib/modules");
  const files = readdirSync(root, { recursive: true, encoding: "utf8" });
  return MODULES.map((name) => {
    const file = files.find((path) => path.endsWith(`/${name}.ko`));
    if (file === undefined) throw new Error(`the kernel's package has no module ${name}`);
    const data = readFileSync(join(root, file));
    return { path: `modules/${name}.ko`, mode: FILE_MODE, data };
  });
}

/** Plain JavaScript: Node is spared the stripping of types. */
async function appFiles(apps: PeerApps): Promise<CpioEntry[]> {
  return Promise.all(
    Object.entries(apps).map(async ([name, entryPath]) => {
      const { outputFiles } = await build({
        entryPoints: [entryPath],
        bundle: true,
        platform: "node",
        format: "cjs",
        write: false,
      });
      return { path: `apps/${name}.js`, mode: FILE_MODE, data: outputFiles[0]!.contents };
    }),
  );
}

/** The folders of all paths, each before what it holds, and those that /init mounts on. */
function foldersOf(entries: readonly CpioEntry[]): CpioEntry[] {
  const folders = new Set(["dev", "proc", "sys", "tmp"]);
  for (const { path } of entries) {
    const parts = dirname(path).split("/");
    parts.forEach((_, index) => folders.add(parts.slice(0, index + 1).join("/")));
  }
  folders.delete(".");
  return [...folders].toSorted().map((path) => ({ path, mode: FOLDER_MODE }));
}
