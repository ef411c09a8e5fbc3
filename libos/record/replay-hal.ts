/**
 * Replay: a HAL that answers every call with what a recording holds, and calls the handlers in the
 * recorded order. The system above it does again exactly what it did; a digest over what it
 * transmits proves it.
 */
import type {
  AcceptFrame,
  BlockDevice,
  BlockDeviceInfo,
  BlockStatus,
  Hal,
  NetDevice,
  NetDeviceInfo,
  PacketMemory,
  ReceiveOffload,
  TransmitFrame,
} from "../hal/mod.ts";
import { TransmitDigest, type Hash } from "./digest.ts";
import {
  EndOfRecording,
  EntryReader,
  FORMAT_VERSION,
  JOB,
  MAGIC,
  TAG,
  type RecordingHeader,
  type RecordedNet,
} from "./format.ts";
import { BLOCK_STATUSES } from "./record-hal.ts";
import { replayShare, type ShareLog } from "./record-share.ts";

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
  /** Takes what the system writes to its console. */
  write(stream: 1 | 2, bytes: Uint8Array): void;
}

export interface Replay {
  readonly header: RecordingHeader;
  readonly hal: Hal;
  /** Runs all inputs. Call it once, after the system has been composed on `hal`. */
  run(): Promise<ReplayResult>;
}

/** How often the next input waits for the application before that counts as a divergence. */
const MAX_SETTLE_ROUNDS = 2000;

/**
 * Opens a recording.
 *
 * @throws Error, one line, when the bytes are no recording or of another version.
 */
export function openRecording(bytes: Uint8Array): { header: RecordingHeader; reader: EntryReader } {
  const reader = new EntryReader(bytes);
  try {
    for (const character of MAGIC) {
      if (reader.byte() !== character.charCodeAt(0)) throw new EndOfRecording("");
    }
    const version = reader.byte();
    if (version !== FORMAT_VERSION) {
      throw new Error(
        `the recording has format version ${version}; this libos reads version ${FORMAT_VERSION}`,
      );
    }
    return { header: JSON.parse(reader.text()) as RecordingHeader, reader };
  } catch (error) {
    if (error instanceof EndOfRecording || error instanceof SyntaxError) {
      throw new Error("this is not a recording of libos, or its beginning is missing", {
        cause: error,
      });
    }
    throw error;
  }
}

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

class ReplayMachine implements Replay, ShareLog {
  readonly header: RecordingHeader;
  readonly reader: EntryReader;
  readonly hal: Hal;
  readonly digest: TransmitDigest;
  readonly memory: PacketMemory;
  readonly frameOffset: number;
  readonly #options: ReplayOptions;
  readonly #handlers: Map<number, () => void> = new Map();
  #nowUs = 0;
  #wallUs = 0;
  #inputs = 0;
  #checks = 0;
  #digestText = "";
  #exitCode = 0;
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
    return {
      how: this.#how,
      inputs: this.#inputs,
      frames: this.digest.frames,
      bytes: this.digest.bytes,
      checks: this.#checks,
      digest: this.#digestText,
      nowUs: this.#nowUs,
      exitCode: this.#exitCode,
      reason: this.#reason,
    };
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
      handler = this.#handlers.get(kind * 256 + index);
      if (handler === undefined) this.diverge(`no handler is set for job ${kind}, ${index}`);
    });
    handler?.();
  }

  #check(): void {
    this.reader.byte();
    const frames = this.reader.varint();
    const expected = hex(this.reader.bytes(8));
    const actual = hex(this.digest.check());
    if (frames !== this.digest.frames) {
      this.diverge(`${this.digest.frames} frames were transmitted where ${frames} were recorded`);
    } else if (expected !== actual) {
      this.diverge(`the transmitted bytes differ (digest ${actual}, recorded ${expected})`);
    } else {
      this.#checks++;
      this.#digestText = actual;
    }
  }

  #readEnd(): void {
    this.reader.byte();
    this.#exitCode = this.reader.varint();
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

  /** Consumes an entry with `tag` by `read`, or ends the replay and answers `otherwise`. */
  take<Value>(tag: number, what: string, otherwise: Value, read: () => Value): Value {
    if (this.isOver) return otherwise;
    if (this.reader.isAtEnd) {
      this.#end("cut");
      return otherwise;
    }
    if (this.reader.peek() !== tag) {
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
    return this.take(TAG.SHARE, `share ${index}: ${what}`, -5, () => {
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
      platform: { ...header.platform, name: "replay" },
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
      net: header.net.map((info, index) => new ReplayedNetDevice(this, info, index)),
      block: header.block.map((info, index) => replayBlock(this, info, index)),
      shares: header.shares.map((info, index) => replayShare(info, index, this)),
      close: () => {},
    };
  }
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

class ReplayedNetDevice implements NetDevice {
  readonly info: NetDeviceInfo;
  readonly #replay: ReplayMachine;
  readonly #index: number;
  readonly #offload: ReceiveOffload = { checksumValid: false, segmentBytes: 0 };
  #submitted = 0;
  #transmitCalls = 0;
  #transmittedCalls = 0;
  #linkCalls = 0;

  constructor(replay: ReplayMachine, info: RecordedNet, index: number) {
    this.#replay = replay;
    this.#index = index;
    this.info = {
      ...info,
      hardwareAddress: Uint8Array.from(info.hardwareAddress),
      offloads: info.offloads as unknown as NetDeviceInfo["offloads"],
    };
  }

  receive(accept: AcceptFrame, _budget: number): number {
    const replay = this.#replay;
    const what = `frames of ${this.info.name}`;
    let count = 0;
    while (!replay.isOver && replay.reader.peek() === TAG.FRAME) {
      const length = replay.take(TAG.FRAME, what, 0, () => this.#readFrame());
      if (length === 0) return count;
      accept(replay.frameOffset, length, this.#offload);
      count++;
    }
    return replay.take(TAG.RECEIVED, what, count, () => {
      replay.reader.varint();
      return count;
    });
  }

  /** @returns The frame's length; its bytes lie at `frameOffset`. */
  #readFrame(): number {
    const { reader, memory, frameOffset } = this.#replay;
    reader.varint();
    const lengthAndFlag = reader.varint();
    const length = Math.floor(lengthAndFlag / 2);
    this.#offload.checksumValid = lengthAndFlag % 2 === 1;
    this.#offload.segmentBytes = reader.varint();
    memory.copyIn(frameOffset, reader.bytes(length), 0, length);
    return length;
  }

  transmit(frame: TransmitFrame): boolean {
    const call = this.#transmitCalls++;
    if (this.#replay.deviation(TAG.TRANSMIT_FULL, this.#index, call) >= 0) return false;
    if (this.#replay.isOver) return true;
    this.#submitted++;
    this.#replay.digest.add(this.#index, frame);
    return true;
  }

  flush(): void {}

  transmitted(): number {
    const call = this.#transmittedCalls++;
    const recorded = this.#replay.deviation(TAG.TRANSMITTED, this.#index, call);
    return recorded >= 0 ? recorded : this.#submitted;
  }

  linkUp(): boolean {
    return this.#replay.deviation(TAG.LINK, this.#index, this.#linkCalls++) < 0;
  }

  onReady(handler: () => void): void {
    this.#replay.onReady(JOB.NET, this.#index, handler);
  }
}

function replayBlock(replay: ReplayMachine, recorded: unknown, index: number): BlockDevice {
  const { reader } = replay;
  const info = recorded as BlockDeviceInfo & { readonly hasSync: boolean };
  const offsets = new Map<number, number>();
  let submitCalls = 0;
  const readStatus = (offset: number | undefined): BlockStatus => {
    const status = BLOCK_STATUSES[reader.byte()] ?? "io-error";
    const data = reader.bytes(reader.varint());
    if (offset !== undefined && data.length > 0) {
      replay.memory.copyIn(offset, data, 0, data.length);
    }
    return status;
  };
  const device: BlockDevice = {
    info,
    submit(_operation, _sector, _count, offset, token) {
      if (replay.deviation(TAG.SUBMIT_FULL, index, submitCalls++) >= 0) return false;
      offsets.set(token, offset);
      return true;
    },
    complete(accept) {
      let count = 0;
      while (!replay.isOver && reader.peek() === TAG.COMPLETION) {
        const [token, status] = replay.take<[number, BlockStatus]>(
          TAG.COMPLETION,
          `completions of ${info.name}`,
          [0, "io-error"],
          () => {
            reader.varint();
            const ofToken = reader.signed();
            return [ofToken, readStatus(offsets.get(ofToken))];
          },
        );
        offsets.delete(token);
        accept(token, status);
        count++;
      }
      return replay.take(TAG.COMPLETED, `completions of ${info.name}`, count, () => {
        reader.varint();
        return count;
      });
    },
    onReady: (handler) => replay.onReady(JOB.BLOCK, index, handler),
  };
  if (!info.hasSync) return device;
  return {
    ...device,
    transferSync: (_operation, _sector, _count, offset) =>
      replay.take<BlockStatus>(TAG.TRANSFER_SYNC, `sectors of ${info.name}`, "io-error", () => {
        reader.varint();
        return readStatus(offset);
      }),
  };
}
