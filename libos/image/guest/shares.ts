/** The volumes of the image as shares of the platform. */
import { createArchiveShare } from "./archive-share.ts";
import { archive } from "./manifest.ts";
import { machineParts } from "./parts.ts";

for (const [index, path] of archive.manifest.mounts.entries()) {
  machineParts.shares.push(createArchiveShare(`volume${index}`, path, archive));
}
