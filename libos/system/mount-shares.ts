/** Shares of the platform as parts of the file system. */
import { createShareFs } from "../../components/share-fs/mod.ts";
import type { Vfs } from "../../components/vfs/mod.ts";
import { errnoCode } from "../api/shared/errno.ts";
import type { Hal } from "../hal/mod.ts";

/** Which of the HAL's shares are mounted, and where. Folders on the way are made. */
export type Mounts = readonly { readonly share: string; readonly path: string }[];

/** @throws Error, one line, when a mount can't be. */
export function mountShares(vfs: Vfs, hal: Hal, mounts: Mounts): void {
  for (const { share: name, path } of mounts) {
    const share = hal.shares.find((candidate) => candidate.name === name);
    if (share === undefined) throw new Error(`mount ${path}: the platform has no share "${name}"`);
    let folder = "";
    for (const part of path.split("/").filter((text) => text !== "")) {
      folder += `/${part}`;
      vfs.mkdir(folder, 0o755);
    }
    const result = vfs.mount(folder || "/", createShareFs(share));
    if (result < 0) throw new Error(`mount ${path}: ${errnoCode(result)}`);
  }
}
