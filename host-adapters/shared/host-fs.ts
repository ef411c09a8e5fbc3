/**
 * The slice of `node:fs` that shares and file-backed disks need; `node:fs` itself is one (in Node,
 * and in Deno, whose own API has neither positional reads nor O_NOFOLLOW).
 */
export interface HostFs {
  readonly constants: Readonly<Record<HostOpenFlag, number>>;
  openSync(path: string, flags: number, mode?: number): number;
  closeSync(fd: number): void;
  readSync(fd: number, into: Uint8Array, offset: number, length: number, position: number): number;
  writeSync(fd: number, from: Uint8Array, offset: number, length: number, position: number): number;
  ftruncateSync(fd: number, length: number): void;
  fsyncSync(fd: number): void;
  fdatasyncSync(fd: number): void;
  fdatasync(fd: number, done: (error: Error | null) => void): void;
  fstatSync(fd: number): HostStat;
  lstatSync(path: string): HostStat;
  readdirSync(path: string, options: { withFileTypes: true }): HostEntry[];
  readlinkSync(path: string): string;
  realpathSync(path: string): string;
  mkdirSync(path: string, mode: number): unknown;
  unlinkSync(path: string): void;
  rmdirSync(path: string): void;
  renameSync(from: string, to: string): void;
  linkSync(existing: string, path: string): void;
  symlinkSync(target: string, path: string): void;
  chmodSync(path: string, mode: number): void;
  lutimesSync(path: string, accessed: number, modified: number): void;
  statfsSync(path: string): HostStatfs;
  existsSync(path: string): boolean;
  watch(
    path: string,
    options: { persistent: boolean },
    listener: (kind: "change" | "rename", name: string | null) => void,
  ): HostWatcher;
}

export type HostOpenFlag =
  | "O_RDONLY"
  | "O_WRONLY"
  | "O_RDWR"
  | "O_CREAT"
  | "O_EXCL"
  | "O_TRUNC"
  | "O_APPEND"
  | "O_NOFOLLOW"
  | "O_DIRECTORY"
  | "O_NONBLOCK";

/** What kind of file it is. */
export interface HostFileType {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
  isFIFO(): boolean;
  isSocket(): boolean;
  isCharacterDevice(): boolean;
  isBlockDevice(): boolean;
}

export interface HostStat extends HostFileType {
  readonly mode: number;
  readonly size: number;
  readonly ino: number;
  readonly nlink: number;
  readonly atimeMs: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly birthtimeMs: number;
}

export interface HostEntry extends HostFileType {
  readonly name: string;
}

export interface HostStatfs {
  readonly bsize: number;
  readonly blocks: number;
  readonly bavail: number;
  readonly files: number;
  readonly ffree: number;
}

export interface HostWatcher {
  close(): void;
  on(event: "error", listener: (error: Error) => void): unknown;
}
