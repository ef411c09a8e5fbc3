/** Mounts the volumes, each at its path. */
import { mountShares } from "../../system/mount-shares.ts";
import { vfs } from "./files.ts";
import { hal } from "./hal.ts";
import { archive } from "./manifest.ts";

const mounts = archive.manifest.mounts.map((path, index) => ({ share: `volume${index}`, path }));
mountShares(vfs, hal, mounts);
