import { EventEmitter } from "events";
import { createFileStat } from "../../../components/vfs/mod.ts";
import { validateFunction, validateUint32 } from "../shared/errors.ts";
import type { FsContext } from "./context.ts";
import { toPath } from "./paths.ts";
import { BigIntStats, Stats } from "./stats.ts";

type AnyStats = Stats | BigIntStats;
type StatListener = (current: AnyStats, previous: AnyStats) => void;

interface WatchFileOptions {
  interval?: number;
  bigint?: boolean;
  persistent?: boolean;
}

const INTERVAL_MS = 5007;

/** `fs.StatWatcher`: looks at a file again and again, and tells when it has changed. */
export class StatWatcher extends EventEmitter {
  readonly #context: FsContext;
  readonly #path: string;
  readonly #intervalMs: number;
  readonly #asBigInt: boolean;
  #previous: AnyStats;
  #cancel: (() => void) | undefined;

  constructor(context: FsContext, path: string, intervalMs: number, asBigInt: boolean) {
    super();
    this.#context = context;
    this.#path = path;
    this.#intervalMs = intervalMs;
    this.#asBigInt = asBigInt;
    this.#previous = this.#look();
    // A file that is not there is told once, as Node does.
    if (isAbsent(this.#previous)) {
      const absent = this.#previous;
      context.defer(() => this.emit("change", absent, absent));
    }
    this.#arm();
  }

  /** What is there now; all zero when there is nothing. */
  #look(): AnyStats {
    const stat = createFileStat();
    if (this.#context.vfs.stat(this.#path, stat) < 0) stat.blockBytes = 0;
    return this.#asBigInt ? new BigIntStats(stat) : new Stats(stat);
  }

  #arm(): void {
    this.#cancel = this.#context.setTimer(() => {
      const previous = this.#previous;
      const current = this.#look();
      this.#previous = current;
      this.#arm();
      if (differs(current, previous)) this.emit("change", current, previous);
    }, this.#intervalMs);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}

function isAbsent(stats: AnyStats): boolean {
  return Number(stats.ino) === 0 && Number(stats.nlink) === 0;
}

/** Node tells a change of content, of attributes, and of existence; a mere read is none. */
function differs(a: AnyStats, b: AnyStats): boolean {
  return (
    a.mtimeMs !== b.mtimeMs ||
    a.ctimeMs !== b.ctimeMs ||
    a.size !== b.size ||
    a.ino !== b.ino ||
    a.nlink !== b.nlink ||
    a.mode !== b.mode
  );
}

/** `fs.watchFile` and `fs.unwatchFile`: one watcher for each path, with any number of listeners. */
export interface WatchFile {
  watchFile(path: unknown, options: unknown, listener?: unknown): StatWatcher;
  unwatchFile(path: unknown, listener?: unknown): void;
}

export function createWatchFile(context: FsContext): WatchFile {
  const watchers = new Map<string, StatWatcher>();

  function absolute(path: unknown): string {
    const name = toPath(path, "filename");
    return name.startsWith("/") ? name : `${context.vfs.cwd()}/${name}`;
  }

  return {
    watchFile(path, options, listener) {
      const given = typeof options === "function" ? options : listener;
      const name = absolute(path);
      const chosen = (typeof options === "object" ? options : undefined) as WatchFileOptions;
      const { interval = INTERVAL_MS, bigint = false } = chosen ?? {};
      validateFunction(given, "listener");
      validateUint32(interval, "interval");
      let watcher = watchers.get(name);
      if (watcher === undefined) {
        watcher = new StatWatcher(context, name, interval, bigint);
        watchers.set(name, watcher);
      }
      watcher.on("change", given as StatListener);
      return watcher;
    },
    unwatchFile(path, listener) {
      const name = absolute(path);
      const watcher = watchers.get(name);
      if (watcher === undefined) return;
      if (typeof listener === "function") watcher.off("change", listener as StatListener);
      else watcher.removeAllListeners("change");
      if (watcher.listenerCount("change") > 0) return;
      watcher.stop();
      watchers.delete(name);
    },
  };
}
