import type { Buffer } from "buffer";
import { EventEmitter } from "events";
import {
  abortError,
  codedError,
  systemError,
  validateAbortSignal,
  validateBoolean,
  validateFunction,
  validateInteger,
  validateOneOf,
  type AbortSignalLike,
} from "../shared/errors.ts";
import { encodeName, toOptions, type ResultEncoding } from "./arguments.ts";
import type { FsContext } from "./context.ts";
import { toPath } from "./paths.ts";

interface WatchOptions {
  encoding?: ResultEncoding;
  recursive?: boolean;
  persistent?: boolean;
  signal?: AbortSignalLike;
}

interface WatchIteratorOptions extends WatchOptions {
  maxQueue?: number;
  overflow?: "ignore" | "throw";
}

/** One change, as `fs.promises.watch` tells it. */
export interface WatchEvent {
  readonly eventType: "change" | "rename";
  readonly filename: string | Buffer;
}

type WatchListener = (eventType: string, filename: string | Buffer) => void;

/**
 * `fs.FSWatcher`: emits "change" for each change, in later turns and in order. A change that equals
 * the one waiting before it is told once, as inotify does.
 */
export class FSWatcher extends EventEmitter {
  readonly #context: FsContext;
  readonly #encoding: ResultEncoding;
  readonly #waiting: { kind: "change" | "rename"; name: string }[] = [];
  #watch = -1;

  constructor(context: FsContext, encoding: ResultEncoding) {
    super();
    this.#context = context;
    this.#encoding = encoding;
  }

  /** @throws SystemError when `path` can't be watched. */
  start(path: string, recursive: boolean): void {
    const watch = this.#context.vfs.watch(path, recursive, (kind, name) => this.#note(kind, name));
    if (watch < 0) throw Object.assign(systemError(watch, "watch", path), { filename: path });
    this.#watch = watch;
  }

  #note(kind: "change" | "rename", name: string): void {
    const last = this.#waiting.at(-1);
    if (last !== undefined && last.kind === kind && last.name === name) return;
    if (this.#waiting.length >= this.#context.limits.watcherEvents) return;
    this.#waiting.push({ kind, name });
    if (this.#waiting.length === 1) this.#context.defer(() => this.#emitNext());
  }

  #emitNext(): void {
    const event = this.#waiting.shift();
    if (event === undefined || this.#watch < 0) return;
    if (this.#waiting.length > 0) this.#context.defer(() => this.#emitNext());
    this.emit("change", event.kind, encodeName(event.name, this.#encoding));
  }

  /** Ends the watch. No change is told afterwards; "close" follows. */
  close(): void {
    if (this.#watch < 0) return;
    this.#context.vfs.unwatch(this.#watch);
    this.#watch = -1;
    this.#waiting.length = 0;
    this.#context.defer(() => this.emit("close"));
  }

  /** A watcher never keeps a system alive, so this changes nothing. */
  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}

/** `fs.watch`. */
export function createWatch(
  context: FsContext,
): (path: unknown, options?: unknown, listener?: unknown) => FSWatcher {
  return (path, options, listener) => {
    if (typeof options === "function") listener = options;
    const name = toPath(path, "filename");
    const chosen = toOptions<WatchOptions>(options, {});
    validated(chosen);
    const watcher = new FSWatcher(context, chosen.encoding);
    if (listener !== undefined) {
      validateFunction(listener, "listener");
      watcher.on("change", listener as WatchListener);
    }
    watcher.start(name, chosen.recursive ?? false);
    const { signal } = chosen;
    if (signal?.aborted === true) context.defer(() => watcher.close());
    else if (signal !== undefined) {
      const abort = () => watcher.close();
      signal.addEventListener("abort", abort, { once: true });
      watcher.once("close", () => signal.removeEventListener("abort", abort));
    }
    return watcher;
  };
}

/** `fs.promises.watch`: the changes as an async iterator, which ends with `signal` only. */
export function createWatchIterator(
  context: FsContext,
): (path: unknown, options?: unknown) => AsyncGenerator<WatchEvent, void> {
  return async function* watch(path, options) {
    const name = toPath(path, "filename");
    const chosen = toOptions<WatchIteratorOptions>(options, {});
    validated(chosen);
    const { signal, maxQueue = context.limits.watcherEvents, overflow = "ignore" } = chosen;
    validateInteger(maxQueue, "options.maxQueue", 1);
    validateOneOf(overflow, "options.overflow", ["ignore", "throw"]);
    if (signal?.aborted === true) throw abortError(signal.reason);

    const queue: WatchEvent[] = [];
    let failure: Error | undefined;
    let wake = () => {};
    const watcher = new FSWatcher(context, chosen.encoding);
    const abort = () => {
      failure = abortError(signal?.reason);
      wake();
    };
    watcher.on("change", (eventType: WatchEvent["eventType"], filename: string | Buffer) => {
      if (queue.length < maxQueue) queue.push({ eventType, filename });
      else if (overflow === "throw") failure = overflowError(maxQueue);
      wake();
    });
    watcher.start(name, chosen.recursive ?? false);
    signal?.addEventListener("abort", abort, { once: true });
    try {
      for (;;) {
        if (failure !== undefined) throw failure;
        const event = queue.shift();
        if (event !== undefined) yield event;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      signal?.removeEventListener("abort", abort);
      watcher.close();
    }
  };
}

function validated(options: WatchOptions): void {
  if (options.recursive !== undefined) validateBoolean(options.recursive, "options.recursive");
  validateAbortSignal(options.signal, "options.signal");
}

function overflowError(maxQueue: number): Error {
  const text = `fs.watch maxQueue of ${maxQueue} was exceeded`;
  return codedError("ERR_FS_WATCH_QUEUE_OVERFLOW", text);
}
