/**
 * Replay: a HAL that answers every call with what a recording holds, and calls the handlers in the
 * recorded order. The system above it does again exactly what it did; a digest over what it
 * transmits proves it.
 */
import type { Hal, PacketMemory, ShareDevice } from "../hal/mod.ts";
import { TransmitDigest, type Hash } from "./digest.ts";
import {
  EndOfRecording,
  EntryReader,
  EntryWriter,
  JOB,
  TAG,
  type RecordingHeader,
} from "./format.ts";
import { openRecording } from "./open-recording.ts";
import { replayShare } from "./record-share.ts";
import { replayBlock, replayNet, type AnswerLog } from "./replay-devices.ts";

/** How a replay ended. */
export interface ReplayResult {
  /** "complete": to the recorded end. "cut": to where the recording breaks off. */
  readonly how: "complete" | "cut" | "stopped" | "diverged";
  /** Inputs replayed. */
  readonly inputs: number;
  readonly frames: number;
  readonly bytes: number;
  /** Digests that were compared and were equal. */
  readonly checks: number;
  readonly digest: string;
  readonly nowUs: number;
  /** Of the recorded system, with "complete". */
  readonly exitCode: number;
  /** The recorded engine gave up at the end: its memory, its stack or the watchdog. */
  readonly byEngine: boolean;
  /** With "diverged": what was recorded, and what the system did instead. */
  readonly reason: string;
}

export interface ReplayOptions {
  /** Stops before this input, or at the first input at or after this time. */
  readonly untilInput?: number;
  readonly untilUs?: number;
  /** Called before the input at which the replay stops; a debugger stands here. */
  onStop?(input: number): void;
  /** How many modules of the application have been loaded (see `Recorder.noteLoads`). */
  loads(): number;
  /** Waits for the running job, its promise reactions and the host's queue to end. */
  settle(): Promise<void>;
  /**
   * A job threw. @returns True where the application dealt with it and goes on. Absent: `run` throws.
   */
  onThrow?(error: unknown): boolean;
  /** Takes what the system writes to its console. */
  write(stream: 1 | 2, bytes: Uint8Array): void;
}

export interface Replay {
  readonly header: RecordingHeader;
  readonly hal: Hal;
  /** Inputs so far, with the one that runs. */
  readonly inputs: number;
  /** The recorded time, without consuming a reading. */
  readonly nowUs: number;
  /**
   * Takes a job that the recorded system scheduled beside the HAL (`Recorder.scheduled`). It runs
   * when the recording says so; at most as many wait as the recorded system had waiting.
   */
  schedule(job: () => void): void;
  /** @returns The next recorded result of a function that was wrapped by `Recorder.computed`. */
  computed(): number;
  /** Runs all inputs. Call it once, after the system has been composed on `hal`. */
  run(): Promise<ReplayResult>;
  /**
   * The application ends the process in the middle of a job, by `process.exit` or an error that
   * nobody catches: the recording must end there too, with the same code.
   */
  finish(exitCode: number): ReplayResult;
  /**
   * Whether the running job is the last one, and this engine may go on in it though the recorded one
   * did not: that gave up, or was switched off. May be asked in the middle of a job.
   */
  readonly isPastRecording: boolean;
}

/** POSIX's number for an I/O error: what a share answers once the replay is over. */
const EIO = 5;

/** The exit code of an engine that gave up: that of every error that nobody caught. */
const UNCAUGHT = 1;

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

class ReplayMachine implements Replay, AnswerLog {
  readonly header: RecordingHeader;
  readonly reader: EntryReader;
  readonly hal: Hal;
  readonly digest: TransmitDigest;
  readonly memory: PacketMemory;
  readonly frameOffset: number;
  readonly #bytes: Uint8Array;
  readonly #options: ReplayOptions;
  readonly #handlers: Map<number, () => void> = new Map();
  readonly #scheduled: (() => void)[] = [];
  #nowUs = 0;
  #wallUs = 0;
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
    this.hal = this.#createHal();
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
    else if (this.reader.peek() === TAG.CHECK) this.#guard(() => this.#check());
    else if (this.reader.peek() === TAG.END) this.#guard(() => this.#readEnd());
    else return false;
    return true;
  }

  /** Leaves out what this engine does not come to. @returns False when it is not the last job. */
  #endWithEngine(): boolean {
    const position = this.#endOfEngine();
    if (position < 0) return false;
    this.reader.position = position;
    this.#guard(() => this.#readEnd());
    return true;
  }

  get isPastRecording(): boolean {
    return this.isOver || this.reader.isAtEnd || this.#endOfEngine() >= 0;
  }

  /**
   * Where the last entry begins, if this is the last job and the engine gave up in it; otherwise -1.
   * Answers may stand before it that this engine does not come to: what ran on the way out.
   */
  #endOfEngine(): number {
    const tail: number[] = [];
    const writer = new EntryWriter((bytes) => void tail.push(...bytes));
    writer.byte(TAG.END);
    writer.varint(UNCAUGHT);
    writer.varint(this.#inputs);
    writer.byte(1);
    writer.flush();
    const start = this.#bytes.length - tail.length;
    const end = new EntryReader(this.#bytes);
    end.position = start;
    return start >= this.reader.position && tail.every((byte) => byte === end.byte()) ? start : -1;
  }

  #result(how: ReplayResult["how"]): ReplayResult {
    return {
      how,
      inputs: this.#inputs,
      frames: this.digest.frames,
      bytes: this.digest.bytes,
      checks: this.#checks,
      digest: this.#digestText,
      nowUs: this.#nowUs,
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

  get nowUs(): number {
    return this.#nowUs;
  }

  get isOver(): boolean {
    return this.#how !== undefined;
  }

  /** One entry between jobs; for a JOB, the whole job. */
  async #step(): Promise<void> {
    if (this.isOver) return;
    if (this.reader.isAtEnd) {
      this.#end("cut");
      return;
    }
    const tag = this.reader.peek();
    if (tag === TAG.LOADS) {
      this.reader.byte();
      await this.#waitForLoads(this.reader.varint());
    } else if (tag === TAG.CHECK) {
      this.#guard(() => this.#check());
    } else if (tag === TAG.END) {
      this.#guard(() => this.#readEnd());
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
    if (this.#inputs + 1 === untilInput || (untilUs !== undefined && this.#nowUs >= untilUs)) {
      this.#end("stopped");
      onStop?.(this.#inputs + 1);
      return;
    }
    let handler: (() => void) | undefined;
    this.#guard(() => {
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
    if (frames < this.digest.frames && this.#endOfEngine() >= 0) {
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
  #guard(read: () => void): void {
    try {
      read();
    } catch (error) {
      if (!(error instanceof EndOfRecording)) throw error;
      this.#end("cut");
    }
  }

  /** A share whose calls end the replay where the recording breaks off in their answer. */
  #guardShare(share: ShareDevice): ShareDevice {
    return new Proxy(share, {
      get: (target, property) => {
        const value: unknown = Reflect.get(target, property, target);
        if (typeof value !== "function") return value;
        return (...values: unknown[]) => {
          let result: unknown = -EIO;
          this.#guard(() => {
            result = value.apply(target, values) as unknown;
          });
          return result;
        };
      },
    });
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
    this.#guard(() => {
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
    this.#guard(() => {
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

  #createHal(): Hal {
    const { header, reader } = this;
    return {
      // The recorded one: applications may send its name.
      platform: header.platform,
      memory: this.memory,
      clock: {
        nowUs: () =>
          this.take(TAG.CLOCK, "the time", this.#nowUs, () => (this.#nowUs += reader.varint())),
        wallUs: () =>
          this.take(TAG.WALL, "the date", this.#wallUs, () => (this.#wallUs += reader.signed())),
      },
      timer: {
        arm: () => {},
        disarm: () => {},
        onExpire: (handler) => this.onReady(JOB.TIMER, 0, handler),
      },
      entropy: {
        available: header.entropyAvailable,
        fill: (target) => {
          this.take(TAG.ENTROPY, `${target.length} random bytes`, undefined, () => {
            const bytes = reader.bytes(reader.varint());
            if (bytes.length === target.length) target.set(bytes);
            else this.diverge(`${target.length} random bytes asked for, ${bytes.length} recorded`);
            return undefined;
          });
        },
      },
      console: {
        write: (stream, bytes) => this.#options.write(stream, bytes),
        read: (accept) => {
          let calls = 0;
          while (!this.isOver && reader.peek() === TAG.CONSOLE) {
            this.#guard(() => {
              reader.byte();
              accept(reader.bytes(reader.varint()));
            });
            calls++;
          }
          return calls;
        },
        onReady: (handler) => this.onReady(JOB.CONSOLE, 0, handler),
      },
      power: {
        off: () => {},
        reset: () => {},
        onRequest: (handler) => this.onReady(JOB.POWER, 0, handler),
      },
      net: header.net.map((info, index) => replayNet(this, info, index)),
      block: header.block.map((info, index) => replayBlock(this, info, index)),
      shares: header.shares.map((info, index) => this.#guardShare(replayShare(info, index, this))),
      close: () => {},
    };
  }
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
