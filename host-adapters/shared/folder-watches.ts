import type { HostFs, HostWatcher } from "./host-fs.ts";
import type { PinnedFile } from "./folder-walk.ts";
import type { Schedule } from "./jobs.ts";
import { ERRNO, negativeErrno } from "./linux-errno.ts";

/** Watches at one time; beyond it `watch` answers EMFILE. */
const MAX_WATCHES = 1024;
/** Changes that wait to be fetched; beyond it a watch reports one `rename` of "": look again. */
const MAX_CHANGES = 1024;

interface Change {
  readonly watch: number;
  readonly kind: "change" | "rename";
  readonly name: string;
}

interface Watch {
  readonly watcher: HostWatcher;
  readonly file: PinnedFile;
}

/** The watches of one share. Equal changes that nobody has fetched yet are reported once. */
export class FolderWatches {
  readonly #fs: HostFs;
  readonly #schedule: Schedule;
  readonly #watches: (Watch | undefined)[] = [];
  #changes = new Map<string, Change>();
  #handler: (() => void) | undefined;
  #isScheduled = false;

  constructor(fs: HostFs, schedule: Schedule) {
    this.#fs = fs;
    this.#schedule = schedule;
  }

  /**
   * Takes `file` over, and keeps it until the watch ends: Deno looks for it only later.
   *
   * @returns A watch number or `-errno`.
   */
  add(file: PinnedFile): number {
    let watch = 0;
    while (this.#watches[watch] !== undefined) watch++;
    try {
      if (watch >= MAX_WATCHES) return -ERRNO.EMFILE;
      this.#watches[watch] = { watcher: this.#start(watch, file.hostPath), file };
      return watch;
    } catch (error) {
      return negativeErrno(error);
    } finally {
      if (this.#watches[watch]?.file !== file) file.release();
    }
  }

  remove(watch: number): number {
    const found = this.#watches[watch];
    if (found === undefined) return -ERRNO.EBADF;
    this.#watches[watch] = undefined;
    found.watcher.close();
    found.file.release();
    return 0;
  }

  take(accept: (watch: number, kind: "change" | "rename", name: string) => void): number {
    const changes = this.#changes;
    this.#changes = new Map();
    let count = 0;
    for (const { watch, kind, name } of changes.values()) {
      if (this.#watches[watch] === undefined) continue;
      accept(watch, kind, name);
      count++;
    }
    return count;
  }

  onReady(handler: () => void): void {
    this.#handler = handler;
    if (this.#changes.size > 0) this.#announce();
  }

  close(): void {
    this.#handler = undefined;
    for (const watch of this.#watches.keys()) this.remove(watch);
    this.#watches.length = 0;
  }

  #start(watch: number, hostPath: string): HostWatcher {
    // Of a single file the host reports the name that we opened it by, which means nothing to anyone.
    const isFolder = this.#fs.existsSync(`${hostPath}/.`);
    const watcher = this.#fs.watch(hostPath, { persistent: false }, (kind, name) =>
      this.#report({ watch, kind, name: isFolder ? (name ?? "") : "" }),
    );
    watcher.on("error", () => this.#report({ watch, kind: "rename", name: "" }));
    return watcher;
  }

  #report(change: Change): void {
    if (this.#watches[change.watch] === undefined) return;
    const { watch } = change;
    const kept: Change =
      this.#changes.size < MAX_CHANGES ? change : { watch, kind: "rename", name: "" };
    this.#changes.set(`${watch} ${kept.kind} ${kept.name}`, kept);
    this.#announce();
  }

  #announce(): void {
    if (this.#isScheduled || this.#handler === undefined) return;
    this.#isScheduled = true;
    this.#schedule(() => {
      this.#isScheduled = false;
      this.#handler?.();
    });
  }
}
