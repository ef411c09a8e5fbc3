import type { ShareDevice, ShareStat } from "../../libos/hal/mod.ts";
import type { ChangeKind, ChangeListener } from "../vfs/mod.ts";
import { S_IFDIR, S_IFMT } from "../vfs/modes.ts";

/** One watch of the device, which looks at one folder or file. */
interface DeviceWatch {
  readonly owner: number;
  readonly listener: ChangeListener;
  readonly recursive: boolean;
  /** Where it looks, and that place relative to what the application watches. */
  readonly path: string;
  readonly prefix: string;
}

/**
 * Watches over a device that reports one folder at a time: a recursive watch is one watch of the
 * device for each folder, and new folders join when they are reported.
 */
export class ShareWatches {
  readonly #device: ShareDevice;
  readonly #foldersMax: number;
  readonly #stat: ShareStat;
  readonly #watches = new Map<number, DeviceWatch>();
  #nextOwner = 0;

  constructor(device: ShareDevice, foldersMax: number, stat: ShareStat) {
    this.#device = device;
    this.#foldersMax = foldersMax;
    this.#stat = stat;
    device.onReady(() => this.#drain());
  }

  /** @returns A watch number, or a negated error number. */
  add(path: string, isDirectory: boolean, recursive: boolean, listener: ChangeListener): number {
    const owner = this.#nextOwner++;
    const started = this.#start(path, "", owner, recursive && isDirectory, listener);
    return started < 0 ? started : owner;
  }

  remove(owner: number): void {
    for (const [watch, found] of this.#watches) {
      if (found.owner !== owner) continue;
      this.#watches.delete(watch);
      this.#device.unwatch(watch);
    }
  }

  #start(
    path: string,
    prefix: string,
    owner: number,
    recursive: boolean,
    listener: ChangeListener,
  ): number {
    const watch = this.#device.watch(path);
    if (watch < 0) return watch;
    this.#watches.set(watch, { owner, listener, recursive, path, prefix });
    if (!recursive) return watch;
    const entries = this.#device.readdir(path);
    if (typeof entries === "number") return watch;
    for (const { name, type } of entries) {
      if (type === S_IFDIR) this.#startBelow(path, prefix, name, owner, listener);
    }
    return watch;
  }

  #startBelow(
    path: string,
    prefix: string,
    name: string,
    owner: number,
    listener: ChangeListener,
  ): void {
    const place = path === "" ? name : `${path}/${name}`;
    let folders = 0;
    for (const found of this.#watches.values()) {
      if (found.owner !== owner) continue;
      if (found.path === place) return;
      folders++;
    }
    if (folders < this.#foldersMax) this.#start(place, `${prefix}${name}/`, owner, true, listener);
  }

  #drain(): void {
    this.#device.changes((watch, kind, name) => this.#report(watch, kind, name));
  }

  #report(watch: number, kind: ChangeKind, name: string): void {
    const found = this.#watches.get(watch);
    if (found === undefined) return;
    const { path, prefix, owner, listener } = found;
    if (found.recursive && kind === "rename" && name !== "" && !name.includes("/")) {
      const place = path === "" ? name : `${path}/${name}`;
      const isThere = this.#device.stat(place, this.#stat) === 0;
      if (isThere && (this.#stat.mode & S_IFMT) === S_IFDIR) {
        this.#startBelow(path, prefix, name, owner, listener);
      } else this.#endBelow(place, owner);
    }
    listener(kind, prefix + name);
  }

  /** Ends the watches of folders that are gone. */
  #endBelow(place: string, owner: number): void {
    for (const [watch, found] of this.#watches) {
      const isBelow = found.path === place || found.path.startsWith(`${place}/`);
      if (found.owner !== owner || !isBelow) continue;
      this.#watches.delete(watch);
      this.#device.unwatch(watch);
    }
  }
}
