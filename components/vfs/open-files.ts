import { EBADF, EMFILE } from "./errno.ts";
import type { Mount } from "./mounts.ts";

/** What stands behind descriptors 0, 1 and 2: the console, as bytes without positions. */
export interface StreamFile {
  /** @returns Bytes read, 0 at the end of input, or a negated error number. */
  read(target: Uint8Array, targetOffset: number, length: number): number;
  /** @returns Bytes written, or a negated error number. */
  write(source: Uint8Array, sourceOffset: number, length: number): number;
}

/** An open file description (POSIX.1-2017, 3.258). */
export interface OpenFile {
  readonly mount: Mount;
  readonly node: number;
  readonly handle: number;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly append: boolean;
  readonly isDirectory: boolean;
  /** The offset for the next read or write that names none. */
  position: number;
}

/** File descriptors: the lowest free number is given first (POSIX.1-2017, 2.14). */
export class OpenFiles {
  readonly #files: (OpenFile | undefined)[] = [];
  readonly #limit: number;
  #lowest: number;
  #count = 0;

  /**
   * @param limit The first number that is no descriptor (POSIX OPEN_MAX).
   * @param first The lowest number that is given; the ones below belong to streams.
   */
  constructor(limit: number, first: number) {
    this.#limit = limit;
    this.#lowest = first;
    for (let fd = 0; fd < first; fd++) this.#files.push(undefined);
  }

  /** How many files are open. */
  get count(): number {
    return this.#count;
  }

  /** @returns True when a descriptor is left. */
  get hasRoom(): boolean {
    return this.#lowest < this.#limit;
  }

  get(fd: number): OpenFile | undefined {
    return this.#files[fd];
  }

  /** @returns The descriptor, or EMFILE. */
  add(file: OpenFile): number {
    const fd = this.#lowest;
    if (fd >= this.#limit) return -EMFILE;
    this.#files[fd] = file;
    this.#count++;
    let next = fd + 1;
    while (next < this.#files.length && this.#files[next] !== undefined) next++;
    this.#lowest = next;
    return fd;
  }

  /** Frees a descriptor. @returns 0, or EBADF. */
  remove(fd: number): number {
    if (this.#files[fd] === undefined) return -EBADF;
    this.#files[fd] = undefined;
    this.#count--;
    if (fd < this.#lowest) this.#lowest = fd;
    return 0;
  }

  /** Calls `visit` for every open file. */
  forEach(visit: (file: OpenFile, fd: number) => void): void {
    this.#files.forEach((file, fd) => {
      if (file !== undefined) visit(file, fd);
    });
  }
}
