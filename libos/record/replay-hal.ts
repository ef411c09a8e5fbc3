/**
 * Replay: a HAL that answers every call with what a recording holds, and calls the handlers in the
 * recorded order. The system above it does again exactly what it did; a digest over what it
 * transmits proves it.
 */
import type { Hal, PacketMemory } from "../hal/mod.ts";
import { TransmitDigest, type Hash } from "./digest.ts";
import { findEngineEnd } from "./engine-end.ts";
import { EndOfRecording, EntryReader, JOB, TAG, type RecordingHeader } from "./format.ts";
import { openRecording } from "./open-recording.ts";
import { createReplayHal, EIO, type ReplayLog } from "./replay-platform.ts";
import type { Replay, ReplayOptions, ReplayResult } from "./replay.ts";

/** How often the next input waits for the application before that counts as a divergence. */
const MAX_SETTLE_ROUNDS = 2000;

/**
 * Makes the HAL that replays `bytes`.
 *
 * @param memory A region as large as the recorded one.
 * @param frameOffset Where in the slab, outside of that region, 128 KiB are free for received frames.
 */
export function createReplay(
  bytes: Uint8Array,
  memory: PacketMemory,
  frameOffset: number,
  hash: Hash,
  options: ReplayOptions,
): Replay {
  return new ReplayMachine(bytes, memory, frameOffset, hash, options);
}

class ReplayMachine implements Replay, ReplayLog {
  readonly header: RecordingHeader;
  readonly reader: EntryReader;
  readonly hal: Hal;
  readonly digest: TransmitDigest;
  readonly memory: PacketMemory;
  readonly frameOffset: number;
  nowUs = 0;
  readonly #bytes: Uint8Array;
  readonly #options: ReplayOptions;
  readonly #handlers: Map<number, () => void> = new Map();
  readonly #scheduled: (() => void)[] = [];
  #inputs = 0;
  #checks = 0;
  #digestText = "";
  #exitCode = 0;
  #byEngine = false;
  #how: ReplayResult["how"] | undefined;
  #reason = "";

  constructor(
    bytes: Uint8Array,
    memory: PacketMemory,
    frameOffset: number,
    hash: Hash,
    options: ReplayOptions,
  ) {
    const { header, reader } = openRecording(bytes);
    this.header = header;
    this.reader = reader;
    this.#bytes = bytes;
    this.memory = memory;
    this.frameOffset = frameOffset;
    this.digest = new TransmitDigest(hash, memory);
    this.#options = options;
    this.hal = createReplayHal(this, (stream, text) => this.#options.write(stream, text));
  }

  async run(): Promise<ReplayResult> {
    while (this.#how === undefined) {
      await this.#options.settle();
      await this.#step();
    }
    return this.#result(this.#how);
  }

  finish(exitCode: number): ReplayResult {
    while (this.#how === undefined) {
      if (this.#stepToEnd() || this.#endWithEngine()) continue;
      this.diverge("the application ends where more was recorded");
    }
    if (this.#how === "complete" && exitCode !== this.#exitCode && !this.#byEngine) {
      this.#how = "diverged";
      this.#reason = `the exit code is ${exitCode}, and ${this.#exitCode} was recorded`;
    }
    return this.#result(this.#how);
  }

  /** Reads an entry that may stand behind the last answer. @returns False when it is another one. */
  #stepToEnd(): boolean {
    if (this.reader.isAtEnd) this.#end("cut");
    else if (this.reader.peek() === TAG.CHECK) this.guard(() => this.#check());
    else if (this.reader.peek() === TAG.END) this.guard(() => this.#readEnd());
    else return false;
    return true;
  }

  /** Leaves out what this engine does not come to. @returns False when it is not the last job. */
  #endWithEngine(): boolean {
    const position = this.#engineEnd();
    if (position < 0) return false;
    this.reader.position = position;
    this.guard(() => this.#readEnd());
    return true;
  }

  get isPastRecording(): boolean {
    return this.isOver || this.reader.isAtEnd || this.#engineEnd() >= 0;
  }

  #engineEnd(): number {
    return findEngineEnd(this.#bytes, this.reader.position, this.#inputs);
  }

  #result(how: ReplayResult["how"]): ReplayResult {
    return {
      how,
      inputs: this.#inputs,
      frames: this.digest.frames,
      bytes: this.digest.bytes,
      checks: this.#checks,
      digest: this.#digestText,
      nowUs: this.nowUs,
      exitCode: this.#exitCode,
      byEngine: this.#byEngine,
      reason: this.#reason,
    };
  }

  schedule(job: () => void): void {
    this.#scheduled.push(job);
  }

  computed(): number {
    return this.take(TAG.MATH, "the result of a mathematical function", NaN, () => {
      const bytes = this.reader.bytes(8);
      return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0, true);
    });
  }

  get inputs(): number {
    return this.#inputs;
  }

  get isOver(): boolean {
    return this.#how !== undefined;
  }

  /** One entry between jobs; for a JOB, the whole job. */
  async #step(): Promise<void> {
    if (this.isOver || this.#stepToEnd()) return;
    const tag = this.reader.peek();
    if (tag === TAG.LOADS) {
      this.reader.byte();
      await this.#waitForLoads(this.reader.varint());
    } else if (tag === TAG.JOB) {
      this.#job();
    } else {
      await this.#waitForConsumer();
    }
  }

  /** What comes next is an answer, so the application has still to ask for it. */
  async #waitForConsumer(): Promise<void> {
    const { position } = this.reader;
    for (let round = 0; round < MAX_SETTLE_ROUNDS; round++) {
      await this.#options.settle();
      if (this.isOver || this.reader.position !== position) return;
    }
    this.diverge("nothing was asked for");
  }

  async #waitForLoads(count: number): Promise<void> {
    for (let round = 0; round < MAX_SETTLE_ROUNDS; round++) {
      if (this.#options.loads() >= count) return;
      await this.#options.settle();
    }
    this.diverge(`${this.#options.loads()} modules are loaded where ${count} were`);
  }

  #job(): void {
    const { untilInput, untilUs, onStop } = this.#options;
    if (this.#inputs + 1 === untilInput || (untilUs !== undefined && this.nowUs >= untilUs)) {
      this.#end("stopped");
      onStop?.(this.#inputs + 1);
      return;
    }
    let handler: (() => void) | undefined;
    this.guard(() => {
      this.reader.byte();
      const kind = this.reader.byte();
      const index = this.reader.varint();
      this.#inputs++;
      handler =
        kind === JOB.SCHEDULED ? this.#scheduled.shift() : this.#handlers.get(kind * 256 + index);
      if (handler === undefined) this.diverge(`no handler is set for job ${kind}, ${index}`);
    });
    const { onThrow } = this.#options;
    try {
      handler?.();
    } catch (error) {
      if (onThrow?.(error) !== true) throw error;
    }
  }

  #check(): void {
    this.reader.byte();
    const frames = this.reader.varint();
    const expected = hex(this.reader.bytes(8));
    if (frames < this.digest.frames && this.#engineEnd() >= 0) {
      // Where the recorded engine gave up, this one went on and has transmitted more.
      return;
    }
    if (frames !== this.digest.frames) {
      this.diverge(`${this.digest.frames} frames were transmitted where ${frames} were recorded`);
      return;
    }
    const actual = hex(this.digest.check());
    if (expected !== actual) {
      this.diverge(`the transmitted bytes differ (digest ${actual}, recorded ${expected})`);
    } else {
      this.#checks++;
      this.#digestText = actual;
    }
  }

  #readEnd(): void {
    this.reader.byte();
    const exitCode = this.reader.varint();
    const inputs = this.reader.varint();
    if (inputs !== this.#inputs) {
      this.diverge(`${this.#inputs} inputs were replayed where ${inputs} were recorded`);
      return;
    }
    this.#exitCode = exitCode;
    this.#byEngine = !this.reader.isAtEnd && this.reader.byte() === 1;
    this.#end("complete");
  }

  #end(how: ReplayResult["how"]): void {
    this.#how ??= how;
  }

  /** The system did something else than was recorded. The first report counts. */
  diverge(what: string): void {
    if (this.isOver) return;
    this.#reason = `input ${this.#inputs}, byte ${this.reader.position} of the recording: ${what}`;
    this.#end("diverged");
  }

  /** Runs `read`; a recording that breaks off in it ends the replay. */
  guard(read: () => void): void {
    try {
      read();
    } catch (error) {
      if (!(error instanceof EndOfRecording)) throw error;
      this.#end("cut");
    }
  }

  /** Consumes an entry with `tag` by `read`, or ends the replay and answers `otherwise`. */
  take<Value>(tag: number, what: string, otherwise: Value, read: () => Value): Value {
    if (this.isOver) return otherwise;
    if (this.reader.isAtEnd) {
      this.#end("cut");
      return otherwise;
    }
    if (this.reader.peek() !== tag) {
      // The recorded engine did not come here: this one goes on where that gave up.
      this.#endWithEngine();
      this.diverge(`the system asks for ${what}; recorded is entry ${this.reader.peek()}`);
      return otherwise;
    }
    let value = otherwise;
    this.guard(() => {
      this.reader.byte();
      value = read();
    });
    return value;
  }

  /** Consumes a deviation of `device` at its call number `call`. @returns Its value, or -1. */
  deviation(tag: number, device: number, call: number): number {
    if (this.isOver || this.reader.peek() !== tag) return -1;
    const { position } = this.reader;
    let value = -1;
    this.guard(() => {
      this.reader.byte();
      if (this.reader.varint() === device && this.reader.varint() === call) {
        value = this.reader.varint();
      }
    });
    if (value < 0 && !this.isOver) this.reader.position = position;
    return value;
  }

  result(index: number, what: string): number {
    return this.take(TAG.SHARE, `share ${index}: ${what}`, -EIO, () => {
      this.reader.varint();
      return this.reader.signed();
    });
  }

  nextIsChange(_index: number): boolean {
    if (this.isOver || this.reader.peek() !== TAG.SHARE_CHANGE) return false;
    this.reader.byte();
    this.reader.varint();
    return true;
  }

  onReady(kind: number, index: number, handler: () => void): void {
    this.#handlers.set(kind * 256 + index, handler);
  }
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
