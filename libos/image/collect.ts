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

/** Of a folder that only leads to the mount of a volume. */
const WAY_PERMISSIONS = 0o755;

/** Gathers entries, and the bytes that they lie in. */
class Collector {
  readonly entries: ArchiveEntry[] = [];
  readonly parts: Uint8Array[] = [];
  size = 0;
  readonly #hostPaths: ReadonlyMap<string, string>;
  readonly #modified: number | undefined;

  /**
   * @param hostPaths The folders of volumes by the paths where they are mounted; "" is the root.
   * @param modified The time that every file gets; undefined: its own.
   */
  constructor(hostPaths: ReadonlyMap<string, string>, modified: number | undefined) {
    this.#hostPaths = hostPaths;
    this.#modified = modified;
  }

  /** Adds the volumes, each within that which holds its path. */
  addAll(): void {
    const paths = [...this.#hostPaths.keys()];
    for (const path of paths) {
      if (paths.some((outer) => path.startsWith(`${outer}/`))) continue;
      this.#add(this.#hostPaths.get(path), path, 0);
    }
  }

  /**
   * @param hostPath Undefined: the folder is there only for a volume that is mounted below it.
   * @param parentModified The time of the folder around it.
   */
  #add(hostPath: string | undefined, path: string, parentModified: number): void {
    const stat = hostPath === undefined ? undefined : lstatSync(hostPath);
    const modified =
      this.#modified ?? (stat === undefined ? parentModified : Math.floor(stat.mtimeMs / 1000));
    const permissions = stat === undefined ? WAY_PERMISSIONS : stat.mode & PERMISSIONS;
    const inner = this.#namesOfMounts(path);
    if (stat === undefined || stat.isDirectory()) {
      this.entries.push({ path: path || "/", mode: FOLDER | permissions, modified });
      const own = new Set(hostPath === undefined ? [] : readdirSync(hostPath));
      // By code units, on every system and in every locale.
      for (const name of [...new Set([...own, ...inner])].toSorted()) {
        const below = `${path}/${name}`;
        const isOwn = hostPath !== undefined && own.has(name);
        // A volume hides what lies where it is mounted.
        const from = this.#hostPaths.get(below) ?? (isOwn ? join(hostPath, name) : undefined);
        this.#add(from, below, modified);
      }
    } else if (inner.length > 0) {
      throw new Error(
        `volume: ${path}/${inner[0]} can't be mounted: ${hostPath} is no folder; give the volume another path`,
      );
    } else if (stat.isSymbolicLink()) {
      const target = readlinkSync(hostPath!);
      this.entries.push({ path, mode: LINK | PERMISSIONS, modified, target });
    } else if (stat.isFile()) {
      const bytes = readFileSync(hostPath!);
      const { size: at } = this;
      this.entries.push({ path, mode: FILE | permissions, modified, at, size: bytes.length });
      this.parts.push(bytes);
      this.size += bytes.length;
    }
  }

  /** @returns The names in a folder by which volumes below it are reached. */
  #namesOfMounts(path: string): string[] {
    return [...this.#hostPaths.keys()]
      .filter((mount) => mount.startsWith(`${path}/`))
      .map((mount) => mount.slice(path.length + 1).split("/", 1)[0]!);
  }
}

/**
 * Reads the folders of the volumes. Sockets, devices and the like are left out, and links are kept as
 * links: they are followed inside the image. A volume within another one hides what is there.
 *
 * @param modified Seconds since the Unix epoch for every file; undefined: each one's own.
 * @throws Error, one line, where a volume would lie in what is no folder.
 */
export function collectVolumes(volumes: readonly Volume[], modified?: number): Collected {
  const hostPaths = new Map(
    volumes.map(({ hostPath, path }) => [path.replace(/\/+$/, ""), hostPath] as const),
  );
  const collector = new Collector(hostPaths, modified);
  collector.addAll();
  const data = new Uint8Array(collector.size);
  let at = 0;
  for (const part of collector.parts) {
    data.set(part, at);
    at += part.length;
  }
  return { entries: collector.entries, data };
}
