/** What the parts of the recorder share. */
import type { BlockStatus } from "../hal/mod.ts";
import type { TransmitDigest } from "./digest.ts";
import { TAG, type EntryWriter } from "./format.ts";

export const BLOCK_STATUSES: readonly BlockStatus[] = ["ok", "io-error", "read-only", "range"];

/** How long entries may wait in the buffer while jobs go on, in microseconds of the clock. */
const WRITE_OUT_US = 50_000;

/** What the parts of the recorder share. */
export class Recording {
  readonly writer: EntryWriter;
  readonly digest: TransmitDigest;
  inputs = 0;
  /** How many modules of the application have been loaded. */
  loaded: () => number = () => 0;
  #notedLoads = 0;
  isOpen = false;
  isEnded = false;
  /** Told when entries wait, at most once for each job: they may be written out between jobs. */
  onEntries: () => void = () => {};
  /** Handlers that were called before the recording was opened. */
  readonly waiting: Set<() => void> = new Set();
  lastClockUs = 0;
  #lastWallUs = 0;
  #writtenOutUs = 0;
  #checkedFrames = 0;

  constructor(writer: EntryWriter, digest: TransmitDigest) {
    this.writer = writer;
    this.digest = digest;
  }

  /** Begins an input: a handler of the system is about to be called. */
  job(kind: number, index: number): void {
    if (this.digest.isDue) this.check();
    if (this.writer.isDue || this.lastClockUs - this.#writtenOutUs > WRITE_OUT_US) {
      this.#writtenOutUs = this.lastClockUs;
      this.writer.flush();
    }
    const loads = this.loaded();
    if (loads !== this.#notedLoads) {
      this.#notedLoads = loads;
      this.writer.byte(TAG.LOADS);
      this.writer.varint(loads);
    }
    this.inputs++;
    this.writer.byte(TAG.JOB);
    this.writer.byte(kind);
    this.writer.varint(index);
    this.onEntries();
  }

  clock(us: number): number {
    this.writer.byte(TAG.CLOCK);
    this.writer.varint(us - this.lastClockUs);
    this.lastClockUs = us;
    return us;
  }

  wall(us: number): number {
    this.writer.byte(TAG.WALL);
    this.writer.signed(us - this.#lastWallUs);
    this.#lastWallUs = us;
    return us;
  }

  /** An answer that differs from what the replay would assume. */
  deviation(tag: number, device: number, call: number, value: number): void {
    this.writer.byte(tag);
    this.writer.varint(device);
    this.writer.varint(call);
    this.writer.varint(value);
  }

  check(): void {
    if (this.digest.frames === this.#checkedFrames) return;
    this.#checkedFrames = this.digest.frames;
    this.writer.byte(TAG.CHECK);
    this.writer.varint(this.digest.frames);
    const digest = this.digest.check();
    this.writer.bytes(digest, 0, digest.length);
  }

  /** Wraps a handler, so that its calls become inputs. */
  handler(kind: number, index: number, handler: () => void): () => void {
    const input = (): void => {
      if (!this.isOpen) {
        this.waiting.add(input);
        return;
      }
      if (!this.isEnded) this.job(kind, index);
      handler();
    };
    return input;
  }
}
