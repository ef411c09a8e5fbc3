/** Collects the files of volumes for an image, in an order that depends on their names alone. */
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import type { Volume } from "../config/mod.ts";
import type { ArchiveEntry } from "./archive.ts";

export interface Collected {
  readonly entries: readonly ArchiveEntry[];
  readonly data: Uint8Array;
}

const [FOLDER, FILE, LINK, PERMISSIONS] = [0o040000, 0o100000, 0o120000, 0o777];

/** Gathers entries, and the bytes that they lie in. */
class Collector {
  readonly entries: ArchiveEntry[] = [];
  readonly parts: Uint8Array[] = [];
  size = 0;
  readonly #modified: number | undefined;

  /** @param modified The time that every file gets; undefined: its own. */
  constructor(modified: number | undefined) {
    this.#modified = modified;
  }

  add(hostPath: string, path: string): void {
    const stat = lstatSync(hostPath);
    const modified = this.#modified ?? Math.floor(stat.mtimeMs / 1000);
    const permissions = stat.mode & PERMISSIONS;
    if (stat.isDirectory()) {
      this.entries.push({ path: path || "/", mode: FOLDER | permissions, modified });
      // By code units, on every system and in every locale.
      for (const name of readdirSync(hostPath).toSorted()) {
        this.add(join(hostPath, name), `${path}/${name}`);
      }
    } else if (stat.isSymbolicLink()) {
      const target = readlinkSync(hostPath);
      this.entries.push({ path, mode: LINK | PERMISSIONS, modified, target });
    } else if (stat.isFile()) {
      const bytes = readFileSync(hostPath);
      const { size: at } = this;
      this.entries.push({ path, mode: FILE | permissions, modified, at, size: bytes.length });
      this.parts.push(bytes);
      this.size += bytes.length;
    }
  }
}

/**
 * Reads the folders of the volumes. Sockets, devices and the like are left out, and links are kept as
 * links: they are followed inside the image.
 *
 * @param modified Seconds since the Unix epoch for every file; undefined: each one's own.
 */
export function collectVolumes(volumes: readonly Volume[], modified?: number): Collected {
  const collector = new Collector(modified);
  for (const { hostPath, path } of volumes) collector.add(hostPath, path.replace(/\/+$/, ""));
  const data = new Uint8Array(collector.size);
  let at = 0;
  for (const part of collector.parts) {
    data.set(part, at);
    at += part.length;
  }
  return { entries: collector.entries, data };
}
