import type { Buffer } from "buffer";
import { constants } from "./constants.ts";

const { S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFREG, S_IFSOCK } = constants;

/** `fs.Dirent`: one name of a directory, with its type. */
export class Dirent {
  readonly name: string | Buffer;
  readonly parentPath: string | Buffer;
  /** Type bits of `st_mode`. */
  readonly #type: number;

  constructor(name: string | Buffer, parentPath: string | Buffer, type: number) {
    this.name = name;
    this.parentPath = parentPath;
    this.#type = type;
  }

  isDirectory(): boolean {
    return this.#type === S_IFDIR;
  }

  isFile(): boolean {
    return this.#type === S_IFREG;
  }

  isBlockDevice(): boolean {
    return this.#type === S_IFBLK;
  }

  isCharacterDevice(): boolean {
    return this.#type === S_IFCHR;
  }

  isSymbolicLink(): boolean {
    return this.#type === S_IFLNK;
  }

  isFIFO(): boolean {
    return this.#type === S_IFIFO;
  }

  isSocket(): boolean {
    return this.#type === S_IFSOCK;
  }
}
