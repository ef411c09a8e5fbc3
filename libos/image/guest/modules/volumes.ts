/** The volumes as the platform has them, by path: for who reads files without a file system. */
import type { ShareDevice } from "../../../hal/mod.ts";
import { hal } from "../hal.ts";
import { archive } from "../manifest.ts";
import { modules } from "../parts.ts";

modules.volumes = new Map<string, ShareDevice>(
  archive.manifest.mounts.map((path, index) => [path, hal.shares[index]!]),
);
