import type { Directory } from "./directory.ts";
import { S_IFMT } from "../vfs/modes.ts";

/**
 * A file, a directory or a symbolic link. One class for all three, so that the engine sees one
 * shape everywhere.
 */
export class Inode {
  /** `st_ino`: never given twice. */
  readonly number: number;
  /** Where it stands in the table of inodes: the node number of the VFS. */
  readonly slot: number;
  mode: number;
  uid: number;
  gid: number;
  /** Names that lead here; for a directory 2 and one for each directory in it, as on Unix. */
  linkCount = 0;
  /** Open handles and retained references; what has no name lives until this is 0. */
  references = 0;
  sizeBytes = 0;
  allocatedBytes = 0;
  accessedUs: number;
  modifiedUs: number;
  changedUs: number;
  readonly createdUs: number;
  /** Regular file: content by multiples of CHUNK_BYTES. What a chunk does not cover is a hole. */
  readonly chunks: (Uint8Array | undefined)[] = [];
  /** Directory: slots by name. */
  entries: Directory | undefined;
  /** Symbolic link: the target. */
  target: string | undefined;
  /** The directory and name last given to it: exact for a directory, the latest of several for a file. */
  parent: number;
  name: string;

  constructor(
    number: number,
    slot: number,
    mode: number,
    uid: number,
    gid: number,
    nowUs: number,
    parent: number,
    name: string,
  ) {
    this.number = number;
    this.slot = slot;
    this.mode = mode;
    this.uid = uid;
    this.gid = gid;
    this.accessedUs = nowUs;
    this.modifiedUs = nowUs;
    this.changedUs = nowUs;
    this.createdUs = nowUs;
    this.parent = parent;
    this.name = name;
  }

  get type(): number {
    return this.mode & S_IFMT;
  }
}
