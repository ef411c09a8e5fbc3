/**
 * Recording: a HAL around a HAL that writes down every answer of the inner one, in order. Nothing
 * else enters a system, so these answers are enough to run it again (`replay-hal.ts`).
 *
 * Calls that nearly always answer the same (a frame was taken, the link is up) are written only
 * when they answer something else, together with the number of the call.
 */
import type {
  AcceptFrame,
  BlockDevice,
  BlockOperation,
  BlockStatus,
  Hal,
  NetDevice,
  ReceiveOffload,
  TransmitFrame,
} from "../hal/mod.ts";
import { TransmitDigest, type Hash } from "./digest.ts";
import {
  EntryWriter,
  FORMAT_VERSION,
  JOB,
  MAGIC,
  TAG,
  type RecordingHeader,
  type RecordedNet,
} from "./format.ts";
import { recordShare } from "./record-share.ts";

/** The recorder beside the recorded HAL. */
export interface Recorder {
  readonly hal: Hal;
  /** Inputs (jobs) written so far. */
  readonly inputs: number;
  /**
   * Lets inputs in. Until then they wait, so that what loads the application (whose timing is the
   * host's) can't mix with them.
   *
   * @param schedule Runs each waiting input as a job of its own.
   */
  open(schedule: (job: () => void) => void): void;
  /**
   * Sets who knows how many modules of the application have been loaded: a replay waits for as many,
   * since loading is the host's and takes its own time.
   */
  countLoads(loaded: () => number): void;
  /** Writes the end; nothing is recorded afterwards. Idempotent. */
  end(exitCode: number): void;
}

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

/**
 * Puts a recorder around `hal`.
 *
 * @param app Kept in the header for the replay's composition; it must be JSON.
 * @param write Takes the recording's bytes in order; the view is valid for the call.
 */
export function recordHal(
  hal: Hal,
  app: Readonly<Record<string, unknown>>,
  hash: Hash,
  write: (bytes: Uint8Array) => void,
): Recorder {
  const writer = new EntryWriter(write);
  const recording = new Recording(writer, new TransmitDigest(hash, hal.memory));
  writeHeader(writer, headerOf(hal, app));
  const end = (exitCode: number): void => {
    if (recording.isEnded) return;
    recording.check();
    recording.isEnded = true;
    writer.byte(TAG.END);
    writer.varint(exitCode);
    writer.varint(recording.inputs);
    writer.flush();
  };
  return {
    hal: recordedHal(hal, recording, end),
    get inputs(): number {
      return recording.inputs;
    },
    open(schedule): void {
      recording.isOpen = true;
      for (const input of recording.waiting) schedule(input);
      recording.waiting.clear();
    },
    countLoads(loaded): void {
      recording.loaded = loaded;
    },
    end,
  };
}

function headerOf(hal: Hal, app: Readonly<Record<string, unknown>>): RecordingHeader {
  return {
    platform: { ...hal.platform },
    regionBytes: hal.memory.regionBytes,
    entropyAvailable: hal.entropy.available,
    net: hal.net.map(({ info }): RecordedNet => ({
      ...info,
      hardwareAddress: [...info.hardwareAddress],
      offloads: { ...info.offloads },
    })),
    block: hal.block.map(({ info, transferSync }) => ({
      ...info,
      hasSync: transferSync !== undefined,
    })),
    shares: hal.shares.map(({ name, readOnly }) => ({ name, readOnly })),
    app,
  };
}

function writeHeader(writer: EntryWriter, header: RecordingHeader): void {
  for (const character of MAGIC) writer.byte(character.charCodeAt(0));
  writer.byte(FORMAT_VERSION);
  writer.text(JSON.stringify(header));
  writer.flush();
}

function recordedHal(hal: Hal, recording: Recording, end: (exitCode: number) => void): Hal {
  const { writer } = recording;
  return {
    platform: hal.platform,
    memory: hal.memory,
    clock: {
      nowUs: () => {
        const us = hal.clock.nowUs();
        return recording.isEnded ? us : recording.clock(us);
      },
      wallUs: () => {
        const us = hal.clock.wallUs();
        return recording.isEnded ? us : recording.wall(us);
      },
    },
    timer: {
      arm: (deadlineUs) => hal.timer.arm(deadlineUs),
      disarm: () => hal.timer.disarm(),
      onExpire: (handler) => hal.timer.onExpire(recording.handler(JOB.TIMER, 0, handler)),
    },
    entropy: {
      available: hal.entropy.available,
      fill: (target) => {
        hal.entropy.fill(target);
        if (recording.isEnded) return;
        writer.byte(TAG.ENTROPY);
        writer.varint(target.length);
        writer.bytes(target, 0, target.length);
      },
    },
    console: {
      write: (stream, bytes) => hal.console.write(stream, bytes),
      read: (accept) =>
        hal.console.read((bytes) => {
          if (!recording.isEnded) {
            writer.byte(TAG.CONSOLE);
            writer.varint(bytes.length);
            writer.bytes(bytes, 0, bytes.length);
          }
          accept(bytes);
        }),
      onReady: (handler) => hal.console.onReady(recording.handler(JOB.CONSOLE, 0, handler)),
    },
    power: {
      off: (exitCode) => {
        end(exitCode);
        hal.power.off(exitCode);
      },
      reset: () => {
        end(0);
        hal.power.reset();
      },
      onRequest: (handler) => hal.power.onRequest(recording.handler(JOB.POWER, 0, handler)),
    },
    net: hal.net.map((device, index) => new RecordedNetDevice(device, index, recording)),
    block: hal.block.map((device, index) => recordBlock(device, index, recording, hal)),
    shares: hal.shares.map((share, index) => recordShare(share, index, recording)),
    close: () => hal.close(),
  };
}

class RecordedNetDevice implements NetDevice {
  readonly info;
  readonly #device: NetDevice;
  readonly #index: number;
  readonly #recording: Recording;
  readonly #acceptAndRecord: AcceptFrame;
  #accept: AcceptFrame = () => {};
  #memory: Uint8Array;
  #transmitCalls = 0;
  #transmittedCalls = 0;
  #linkCalls = 0;
  #submitted = 0;

  constructor(device: NetDevice, index: number, recording: Recording) {
    this.info = device.info;
    this.#device = device;
    this.#index = index;
    this.#recording = recording;
    this.#memory = recording.digest.memoryBytes;
    this.#acceptAndRecord = (offset, length, offload) => this.#frame(offset, length, offload);
  }

  receive(accept: AcceptFrame, budget: number): number {
    if (this.#recording.isEnded) return this.#device.receive(accept, budget);
    this.#accept = accept;
    const count = this.#device.receive(this.#acceptAndRecord, budget);
    const { writer } = this.#recording;
    writer.byte(TAG.RECEIVED);
    writer.varint(this.#index);
    return count;
  }

  #frame(offset: number, length: number, offload: ReceiveOffload): void {
    const { writer } = this.#recording;
    writer.byte(TAG.FRAME);
    writer.varint(this.#index);
    writer.varint(length * 2 + (offload.checksumValid ? 1 : 0));
    writer.varint(offload.segmentBytes);
    writer.bytes(this.#memory, offset, length);
    this.#accept(offset, length, offload);
  }

  transmit(frame: TransmitFrame): boolean {
    const call = this.#transmitCalls++;
    const wasTaken = this.#device.transmit(frame);
    if (this.#recording.isEnded) return wasTaken;
    if (wasTaken) {
      this.#submitted++;
      this.#recording.digest.add(this.#index, frame);
    } else {
      this.#recording.deviation(TAG.TRANSMIT_FULL, this.#index, call, 0);
    }
    return wasTaken;
  }

  flush(): void {
    this.#device.flush();
  }

  transmitted(): number {
    const call = this.#transmittedCalls++;
    const count = this.#device.transmitted();
    if (count !== this.#submitted && !this.#recording.isEnded) {
      this.#recording.deviation(TAG.TRANSMITTED, this.#index, call, count);
    }
    return count;
  }

  linkUp(): boolean {
    const call = this.#linkCalls++;
    const isUp = this.#device.linkUp();
    if (!isUp && !this.#recording.isEnded) {
      this.#recording.deviation(TAG.LINK, this.#index, call, 0);
    }
    return isUp;
  }

  onReady(handler: () => void): void {
    this.#device.onReady(this.#recording.handler(JOB.NET, this.#index, handler));
  }
}

function recordBlock(
  device: BlockDevice,
  index: number,
  recording: Recording,
  hal: Hal,
): BlockDevice {
  const { writer } = recording;
  const { sectorBytes } = device.info;
  const reads = new Map<number, { offset: number; bytes: number }>();
  let submitCalls = 0;
  const writeStatus = (
    status: BlockStatus,
    data: { offset: number; bytes: number } | undefined,
  ) => {
    writer.byte(BLOCK_STATUSES.indexOf(status));
    writer.varint(data?.bytes ?? 0);
    if (data !== undefined) writer.bytes(hal.memory.bytes, data.offset, data.bytes);
  };
  const recorded: BlockDevice = {
    info: device.info,
    submit(operation, sector, count, offset, token) {
      const call = submitCalls++;
      const wasTaken = device.submit(operation, sector, count, offset, token);
      if (!wasTaken && !recording.isEnded) {
        recording.deviation(TAG.SUBMIT_FULL, index, call, 0);
      } else if (operation === "read") {
        reads.set(token, { offset, bytes: count * sectorBytes });
      }
      return wasTaken;
    },
    complete(accept) {
      const count = device.complete((token, status) => {
        if (!recording.isEnded) {
          writer.byte(TAG.COMPLETION);
          writer.varint(index);
          writer.signed(token);
          writeStatus(status, status === "ok" ? reads.get(token) : undefined);
        }
        reads.delete(token);
        accept(token, status);
      });
      if (!recording.isEnded) {
        writer.byte(TAG.COMPLETED);
        writer.varint(index);
      }
      return count;
    },
    onReady(handler) {
      device.onReady(recording.handler(JOB.BLOCK, index, handler));
    },
  };
  if (device.transferSync === undefined) return recorded;
  return {
    ...recorded,
    transferSync(operation: BlockOperation, sector: number, count: number, offset: number) {
      const status = device.transferSync!(operation, sector, count, offset);
      if (!recording.isEnded) {
        writer.byte(TAG.TRANSFER_SYNC);
        writer.varint(index);
        const isRead = operation === "read" && status === "ok";
        writeStatus(status, isRead ? { offset, bytes: count * sectorBytes } : undefined);
      }
      return status;
    },
  };
}
