import type * as nodeFs from "node:fs";
import { createFileStat } from "../../../components/vfs/mod.ts";
import { createCallbacks } from "./callbacks.ts";
import { createCompletion } from "./completion.ts";
import { constants } from "./constants.ts";
import type { FsContext, FsNeeds } from "./context.ts";
import { Dir } from "./dir.ts";
import { Dirent } from "./dirent.ts";
import { FS_LIMITS, type FsLimits } from "./limits.ts";
import { createPromises } from "./promises.ts";
import { createStreamClass, type StreamFs } from "./file-stream.ts";
import { initializeReadStream, ReadStreamMethods } from "./read-stream.ts";
import { Stats } from "./stats.ts";
import { createSyncOperations } from "./sync-operations.ts";
import { createWatchFile } from "./watch-file.ts";
import { createWatch, createWatchIterator } from "./watch.ts";
import { initializeWriteStream, WriteStreamMethods } from "./write-stream.ts";

export type { FsNeeds } from "./context.ts";
export { FS_LIMITS, type FsLimits } from "./limits.ts";

/** What Node's module has and ours leaves out; README.md says why. */
type Missing =
  "openAsBlob" | "mkdtempDisposableSync" | "lchmod" | "lchmodSync" | "glob" | "globSync";

/** The module `fs` as an application sees it: Node's shapes, codes and messages. */
export type Fs = Omit<typeof nodeFs, Missing | "default">;

/** `util.promisify` asks a function for this. */
const PROMISIFY: symbol = Symbol.for("nodejs.util.promisify.custom");

/**
 * Makes the `fs` of one system.
 *
 * Operations take effect when they are called. Callbacks and events come in a later turn, through
 * `defer`; promises are settled at once for the first `limits.promisesPerTurn` in a turn and in a
 * later turn for the others.
 *
 * @param needs The VFS and the services of the system; see `FsNeeds`.
 * @example
 * const fs = createFs({ vfs, defer, wallUs, random, setTimer });
 * fs.writeFileSync("/hello.txt", "hello\n");
 */
export function createFs(needs: FsNeeds, limits: FsLimits = FS_LIMITS): Fs {
  const context: FsContext = { ...needs, limits, stat: createFileStat() };
  const completion = createCompletion(context);
  const sync = createSyncOperations(context, completion);
  const callbacks = createCallbacks(sync, completion);
  const streamFs = callbacks as unknown as StreamFs;
  const ReadStream = createStreamClass(
    "ReadStream",
    ReadStreamMethods.prototype,
    initializeReadStream,
    streamFs,
  );
  const WriteStream = createStreamClass(
    "WriteStream",
    WriteStreamMethods.prototype,
    initializeWriteStream,
    streamFs,
  );
  const streams = {
    createReadStream: (path: unknown, options?: unknown) => new ReadStream(path, options),
    createWriteStream: (path: unknown, options?: unknown) => new WriteStream(path, options),
  };
  const promises = {
    ...createPromises(sync, completion, streams),
    watch: createWatchIterator(context),
  };
  const { nativeRealpathSync, entriesOf: _entriesOf, cp: _cp, ...visible } = sync;
  Object.assign(sync.realpathSync, { native: nativeRealpathSync });
  Object.assign(callbacks["realpath"]!, {
    native: (path: unknown, ...rest: unknown[]) =>
      completion.callback(rest.at(-1) as (error: Error | null) => void, () =>
        nativeRealpathSync(path, rest.length > 1 ? rest[0] : undefined),
      ),
  });
  definePromisified(callbacks);
  const fs = {
    ...callbacks,
    ...visible,
    ...streams,
    ...createWatchFile(context),
    watch: createWatch(context),
    promises,
    constants,
    F_OK: constants.F_OK,
    R_OK: constants.R_OK,
    W_OK: constants.W_OK,
    X_OK: constants.X_OK,
    Stats,
    Dirent,
    Dir,
    ReadStream,
    WriteStream,
    FileReadStream: ReadStream,
    FileWriteStream: WriteStream,
  };
  return fs as unknown as Fs;
}

/** Functions whose callback takes other values than one result say how a promise shows them. */
function definePromisified(callbacks: Record<string, (...values: unknown[]) => void>): void {
  const define = (name: string, promised: (...values: unknown[]) => Promise<unknown>) =>
    Object.defineProperty(callbacks[name], PROMISIFY, { value: promised });
  define("exists", (path) => new Promise((resolve) => callbacks["exists"]!(path, resolve)));
  for (const [name, count, data] of [
    ["read", "bytesRead", "buffer"],
    ["readv", "bytesRead", "buffers"],
    ["write", "bytesWritten", "buffer"],
    ["writev", "bytesWritten", "buffers"],
  ] as const) {
    define(name, (...values) => {
      return new Promise((resolve, reject) => {
        callbacks[name]!(...values, (error: Error | null, done: number, content: unknown) =>
          error === null ? resolve({ [count]: done, [data]: content }) : reject(error),
        );
      });
    });
  }
}
