/** A temporary folder of the host to share, with something beside it that nobody may reach. */
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import type { HostFolder } from "./harness.ts";

export interface TemporaryFolder extends HostFolder {
  /** Where the shared folder is. */
  readonly root: string;
  /** A file of 64 KiB for a disk, beside the shared folder. */
  readonly diskPath: string;
  /** Removes everything. */
  dispose(): void;
}

export function createTemporaryFolder(): TemporaryFolder {
  const base = fs.mkdtempSync(path.join(os.tmpdir(), "libos-contract-"));
  const root = path.join(base, "shared");
  const outside = { path: "secret", text: "nobody reads this" };
  const diskPath = path.join(base, "disk.img");
  fs.mkdirSync(root);
  fs.writeFileSync(path.join(base, outside.path), outside.text);
  fs.writeFileSync(diskPath, new Uint8Array(65_536));
  const at = (name: string): string => path.join(root, name);
  return {
    root,
    diskPath,
    outside,
    write: (name, text) => fs.writeFileSync(at(name), text),
    read: (name) => fs.readFileSync(at(name), "utf8"),
    mkdir: (name) => fs.mkdirSync(at(name)),
    symlink: (target, name) => fs.symlinkSync(target, at(name)),
    remove: (name) => fs.rmSync(at(name)),
    mkfifo: (name) => void execFileSync("mkfifo", [at(name)]),
    dispose: () => fs.rmSync(base, { recursive: true, force: true }),
  };
}
