/** The file systems that are compared: each has the synchronous and the promised half of `fs`. */
import nodeFs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Volume, createFsFromVolume } from "memfs";
import { createMemfs } from "../../components/memfs/mod.ts";
import { createVfs } from "../../components/vfs/mod.ts";
import { createFs } from "../../libos/api/fs/mod.ts";

/** As much of `fs` as is measured. */
export type BenchFs = Pick<
  typeof nodeFs,
  | "accessSync"
  | "appendFileSync"
  | "chmodSync"
  | "closeSync"
  | "existsSync"
  | "fstatSync"
  | "linkSync"
  | "mkdirSync"
  | "openSync"
  | "promises"
  | "readFileSync"
  | "readSync"
  | "readdirSync"
  | "readlinkSync"
  | "realpathSync"
  | "renameSync"
  | "rmSync"
  | "rmdirSync"
  | "statSync"
  | "symlinkSync"
  | "truncateSync"
  | "unlinkSync"
  | "utimesSync"
  | "writeFileSync"
  | "writeSync"
>;

/** One file system with a folder for the benchmark. */
export interface Side {
  readonly fs: BenchFs;
  readonly folder: string;
  remove(): void;
}

/** libos: memfs, vfs and the API, with the event loop as the kernel's turn. */
export function createOurs(): Side {
  const wallUs = () => Date.now() * 1000;
  const fs = createFs({
    vfs: createVfs({ root: createMemfs({ wallUs }) }),
    wallUs,
    defer: (callback) => void setImmediate(callback),
    random: (target) => target.fill(0),
    setTimer: (callback, delayMs) => {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
  });
  fs.mkdirSync("/bench");
  return { fs, folder: "/bench", remove: () => fs.rmSync("/bench", { recursive: true }) };
}

/** The npm package memfs, on a volume of its own. */
export function createNpmMemfs(): Side {
  const fs = createFsFromVolume(new Volume()) as unknown as BenchFs;
  fs.mkdirSync("/bench");
  return { fs, folder: "/bench", remove: () => fs.rmSync("/bench", { recursive: true }) };
}

const TMPFS_MAGIC = 0x01021994;
const SHARED_MEMORY = "/dev/shm";

/** @returns Why `node:fs` can't be measured on a tmpfs here, or undefined when it can. */
export function tmpfsProblem(): string | undefined {
  try {
    const { type } = nodeFs.statfsSync(SHARED_MEMORY);
    return type === TMPFS_MAGIC ? undefined : `${SHARED_MEMORY} is no tmpfs`;
  } catch {
    return `there is no ${SHARED_MEMORY} on ${os.platform()}`;
  }
}

/** `node:fs` on a tmpfs. */
export function createNodeOnTmpfs(): Side {
  const folder = nodeFs.mkdtempSync(path.join(SHARED_MEMORY, "libos-bench-"));
  return { fs: nodeFs, folder, remove: () => nodeFs.rmSync(folder, { recursive: true }) };
}
