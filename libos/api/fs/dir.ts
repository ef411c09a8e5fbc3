import type { Buffer } from "buffer";
import { codedError, validateFunction, validateUint32 } from "../shared/errors.ts";
import { encodeName, toOptions, type ResultEncoding } from "./arguments.ts";
import type { Completion } from "./completion.ts";
import { S_IFDIR } from "../../../components/vfs/modes.ts";
import { Dirent } from "./dirent.ts";
import { defineAsyncDispose, defineDispose } from "./dispose.ts";
import { joinPath, toPath } from "./paths.ts";
import type { Entry, SyncNames } from "./sync-names.ts";

interface DirOptions {
  encoding?: ResultEncoding;
  bufferSize?: number;
  recursive?: boolean;
}

type DirCallback = (error: Error | null, entry?: Dirent | null) => void;

/** `fs.Dir`: an open directory. It shows the names that were there when it was opened. */
export class Dir {
  readonly #path: string;
  readonly #options: DirOptions;
  readonly #names: SyncNames;
  readonly #completion: Completion;
  /** Directories to list, relative to the first; and what is left of the one listed last. */
  readonly #pending: string[] = [];
  #entries: Entry[];
  #below = "";
  #next = 0;
  #closed = false;

  constructor(path: string, options: DirOptions, names: SyncNames, completion: Completion) {
    this.#path = path;
    this.#options = options;
    this.#names = names;
    this.#completion = completion;
    this.#entries = names.entriesOf(path, "opendir");
  }

  get path(): string {
    return this.#path;
  }

  readSync(): Dirent | null {
    if (this.#closed) throw closedError();
    while (this.#next >= this.#entries.length) {
      const below = this.#pending.shift();
      if (below === undefined) return null;
      this.#entries = this.#names.entriesOf(joinPath(this.#path, below), "opendir");
      this.#below = below;
      this.#next = 0;
    }
    const { name, type } = this.#entries[this.#next++]!;
    const relative = this.#below === "" ? name : `${this.#below}/${name}`;
    if (this.#options.recursive === true && type === S_IFDIR) this.#pending.push(relative);
    const parent = this.#below === "" ? this.#path : joinPath(this.#path, this.#below);
    return new Dirent(encodeName(name, this.#options.encoding), parent, type);
  }

  read(): Promise<Dirent | null>;
  read(callback: DirCallback): void;
  read(callback?: DirCallback): Promise<Dirent | null> | void {
    if (callback === undefined) return this.#completion.promise(() => this.readSync());
    validateFunction(callback, "callback");
    this.#completion.callback(callback as (...results: unknown[]) => void, () => this.readSync());
  }

  closeSync(): void {
    if (this.#closed) throw closedError();
    this.#closed = true;
  }

  close(): Promise<void>;
  close(callback: (error: Error | null) => void): void;
  close(callback?: (error: Error | null) => void): Promise<void> | void {
    if (callback === undefined) return this.#completion.promise(() => this.closeSync());
    validateFunction(callback, "callback");
    this.#completion.callback(callback as (...results: unknown[]) => void, () => this.closeSync());
  }

  /** The entries; leaving the loop closes the directory. */
  async *entries(): AsyncGenerator<Dirent, void> {
    try {
      for (;;) {
        const entry = await this.read();
        if (entry === null) return;
        yield entry;
      }
    } finally {
      if (!this.#closed) await this.close();
    }
  }

  [Symbol.asyncIterator](): AsyncGenerator<Dirent, void> {
    return this.entries();
  }
}

defineDispose(Dir.prototype, function () {
  this.closeSync();
});
defineAsyncDispose(Dir.prototype, function () {
  return this.close();
});

function closedError(): Error {
  return codedError("ERR_DIR_CLOSED", "Directory handle was closed");
}

/** `opendirSync`. */
export function createOpendir(
  names: SyncNames,
  completion: Completion,
): (path: string | Buffer, options?: unknown) => Dir {
  return (path, options) => {
    const name = toPath(path);
    const chosen = toOptions<DirOptions>(options, { encoding: "utf8" });
    if (chosen.bufferSize !== undefined) {
      validateUint32(chosen.bufferSize, "options.bufferSize", true);
    }
    return new Dir(name, chosen, names, completion);
  };
}
