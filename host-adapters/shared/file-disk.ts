/**
 * A block device over a file of the host.
 *
 * Reads and writes are done with synchronous calls in a job of their own, a few at a time: they end
 * in the host's page cache within microseconds, and `transferSync` can keep its promise to come
 * after every request that was submitted before, which it could not while a thread of the host's
 * pool still had some. Only `flush`, which waits for the medium, is asynchronous.
 */
import type {
  BlockDevice,
  BlockDeviceInfo,
  BlockOperation,
  BlockStatus,
  PacketMemory,
} from "../../libos/hal/mod.ts";
import type { HostFs } from "./host-fs.ts";
import type { Schedule } from "./jobs.ts";
import { checkRange } from "./packet-range.ts";

/** A file as a disk. Its length, rounded down to whole sectors, is the disk's. */
export interface FileDiskOptions {
  readonly path: string;
  /** Default "disk0", "disk1", … is up to the caller; here "disk0". */
  readonly name?: string;
  /** Default 512. */
  readonly sectorBytes?: 512 | 4096;
  readonly readOnly?: boolean;
}

export interface FileDisk extends BlockDevice {
  /** Does what was submitted, and closes the file. Idempotent. */
  close(): void;
}

const MAX_REQUEST_SECTORS = 1024;
const QUEUE_REQUESTS = 128;
/** Requests done in one job, so that a long queue does not hold up everything else. */
const REQUESTS_PER_JOB = 8;

interface Request {
  readonly operation: BlockOperation;
  readonly sector: number;
  readonly count: number;
  readonly offset: number;
  readonly token: number;
}

class HostFileDisk implements FileDisk {
  readonly info: BlockDeviceInfo;
  readonly #fs: HostFs;
  readonly #fd: number;
  readonly #memory: PacketMemory;
  readonly #schedule: Schedule;
  readonly #waiting: Request[] = [];
  readonly #completed: [number, BlockStatus][] = [];
  #flushing = 0;
  #wantsRoom = false;
  #isWorking = false;
  #isAnnounced = false;
  #isClosed = false;
  #handler: (() => void) | undefined;

  constructor(fs: HostFs, memory: PacketMemory, schedule: Schedule, options: FileDiskOptions) {
    const { name = "disk0", sectorBytes = 512, readOnly = false } = options;
    this.#fs = fs;
    this.#memory = memory;
    this.#schedule = schedule;
    this.#fd = fs.openSync(options.path, readOnly ? fs.constants.O_RDONLY : fs.constants.O_RDWR);
    const sectorCount = Math.floor(fs.fstatSync(this.#fd).size / sectorBytes);
    this.info = {
      name,
      sectorBytes,
      sectorCount,
      readOnly,
      discards: false,
      maxRequestSectors: MAX_REQUEST_SECTORS,
      queueRequests: QUEUE_REQUESTS,
    };
  }

  submit(
    operation: BlockOperation,
    sector: number,
    count: number,
    offset: number,
    token: number,
  ): boolean {
    this.#checkData(operation, count, offset);
    if (this.#isClosed) return false;
    const used = this.#waiting.length + this.#completed.length + this.#flushing;
    if (used >= QUEUE_REQUESTS) {
      this.#wantsRoom = true;
      return false;
    }
    this.#waiting.push({ operation, sector, count, offset, token });
    if (!this.#isWorking) {
      this.#isWorking = true;
      this.#schedule(this.#work);
    }
    return true;
  }

  complete(accept: (token: number, status: BlockStatus) => void): number {
    const completed = this.#completed.splice(0);
    for (const [token, status] of completed) accept(token, status);
    if (this.#wantsRoom && completed.length > 0) {
      this.#wantsRoom = false;
      this.#announce();
    }
    return completed.length;
  }

  onReady(handler: () => void): void {
    this.#handler = handler;
    if (this.#completed.length > 0) this.#announce();
  }

  transferSync(
    operation: BlockOperation,
    sector: number,
    count: number,
    offset: number,
  ): BlockStatus {
    this.#checkData(operation, count, offset);
    if (this.#isClosed) return "io-error";
    this.#finishWaiting();
    return this.#perform({ operation, sector, count, offset, token: 0 });
  }

  close(): void {
    if (this.#isClosed) return;
    this.#finishWaiting();
    this.#isClosed = true;
    this.#handler = undefined;
    // A flush of the thread pool still uses the descriptor, and closes it when it ends.
    if (this.#flushing === 0) this.#fs.closeSync(this.#fd);
  }

  readonly #work = (): void => {
    this.#isWorking = false;
    if (this.#isClosed) return;
    for (let done = 0; done < REQUESTS_PER_JOB && this.#waiting.length > 0; done++) {
      const request = this.#waiting.shift()!;
      if (request.operation === "flush") this.#flush(request.token);
      else this.#end(request.token, this.#perform(request));
    }
    if (this.#waiting.length > 0) {
      this.#isWorking = true;
      this.#schedule(this.#work);
    }
  };

  #flush(token: number): void {
    this.#flushing++;
    this.#fs.fdatasync(this.#fd, (error) => {
      this.#flushing--;
      if (!this.#isClosed) this.#end(token, error === null ? "ok" : "io-error");
      else if (this.#flushing === 0) this.#fs.closeSync(this.#fd);
    });
  }

  #finishWaiting(): void {
    for (const request of this.#waiting.splice(0)) this.#end(request.token, this.#perform(request));
  }

  #end(token: number, status: BlockStatus): void {
    this.#completed.push([token, status]);
    this.#announce();
  }

  #checkData(operation: BlockOperation, count: number, offset: number): void {
    if (operation !== "read" && operation !== "write") return;
    const length = Math.min(count, MAX_REQUEST_SECTORS) * this.info.sectorBytes;
    checkRange(this.info.name, offset, length, this.#memory.bytes.length);
  }

  #perform({ operation, sector, count, offset }: Request): BlockStatus {
    const { sectorBytes, sectorCount, readOnly } = this.info;
    if (operation === "flush") return this.#try(() => this.#fs.fdatasyncSync(this.#fd));
    const isInside = sector >= 0 && count >= 1 && sector + count <= sectorCount;
    if (!isInside || count > MAX_REQUEST_SECTORS) return "range";
    if (operation !== "read" && readOnly) return "read-only";
    if (operation === "discard") return "ok";
    return this.#try(() =>
      this.#transfer(operation, sector * sectorBytes, offset, count * sectorBytes),
    );
  }

  #transfer(operation: "read" | "write", position: number, offset: number, length: number): void {
    const { bytes } = this.#memory;
    for (let done = 0; done < length;) {
      const [at, rest, from] = [offset + done, length - done, position + done] as const;
      const count =
        operation === "read"
          ? this.#fs.readSync(this.#fd, bytes, at, rest, from)
          : this.#fs.writeSync(this.#fd, bytes, at, rest, from);
      if (count === 0) throw new Error(`${this.info.name}: the file became shorter`);
      done += count;
    }
  }

  #try(action: () => void): BlockStatus {
    try {
      action();
      return "ok";
    } catch {
      return "io-error";
    }
  }

  #announce(): void {
    if (this.#isAnnounced || this.#handler === undefined) return;
    this.#isAnnounced = true;
    this.#schedule(this.#runHandler);
  }

  readonly #runHandler = (): void => {
    this.#isAnnounced = false;
    this.#handler?.();
  };
}

/** Opens a file as a disk. @throws Error of the host when the file cannot be opened. */
export function createFileDisk(
  fs: HostFs,
  memory: PacketMemory,
  schedule: Schedule,
  options: FileDiskOptions,
): FileDisk {
  return new HostFileDisk(fs, memory, schedule, options);
}
