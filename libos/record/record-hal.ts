/**
 * Recording: a HAL around a HAL that writes down every answer of the inner one, in order. Nothing
 * else enters a system, so these answers are enough to run it again (`replay-hal.ts`).
 *
 * Calls that nearly always answer the same (a frame was taken, the link is up) are written only
 * when they answer something else, together with the number of the call.
 */
import type { Hal } from "../hal/mod.ts";
import { TransmitDigest, type Hash } from "./digest.ts";
import {
  EntryWriter,
  FORMAT_VERSION,
  JOB,
  MAGIC,
  TAG,
  type HashName,
  type RecordingHeader,
  type RecordedNet,
} from "./format.ts";
import { recordBlock, recordNet } from "./record-devices.ts";
import { recordShare } from "./record-share.ts";
import { Recording } from "./recording.ts";

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
  /**
   * Wraps a job that the composition schedules beside the HAL: when it runs is the platform's, so it
   * is an input. A replay runs such jobs in the order in which they were wrapped.
   */
  scheduled(job: () => void): () => void;
  /**
   * Wraps a function whose result is the engine's own: a number, which becomes an answer.
   */
  computed(compute: (...values: number[]) => number): (...values: number[]) => number;
  /** Writes out what waits. */
  flush(): void;
  /**
   * Writes the end; nothing is recorded afterwards. Idempotent.
   *
   * @param byEngine The engine gave up (memory, stack, watchdog), where another one would go on.
   */
  end(exitCode: number, byEngine?: boolean): void;
}

export interface RecordOptions {
  /** Which function `hash` is. Default: SHA-256. */
  readonly hashName?: HashName;
  /** Room for entries that wait to be written. Default: 256 KiB. */
  readonly bufferBytes?: number;
  /** Told when entries wait, at most once for each job; `Recorder.flush` writes them out. */
  readonly onEntries?: () => void;
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
  { hashName, bufferBytes, onEntries }: RecordOptions = {},
): Recorder {
  const writer = new EntryWriter(write, bufferBytes);
  const recording = new Recording(writer, new TransmitDigest(hash, hal.memory));
  if (onEntries !== undefined) recording.onEntries = onEntries;
  writeHeader(writer, { ...headerOf(hal, app), ...(hashName && { hash: hashName }) });
  const end = (exitCode: number, byEngine = false): void => {
    if (recording.isEnded) return;
    recording.check();
    recording.isEnded = true;
    writer.byte(TAG.END);
    writer.varint(exitCode);
    writer.varint(recording.inputs);
    if (byEngine) writer.byte(1);
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
    scheduled: (job) => recording.handler(JOB.SCHEDULED, 0, job),
    computed: (compute) => recordComputed(compute, recording),
    flush: () => writer.flush(),
    end,
  };
}

function recordComputed(
  compute: (...values: number[]) => number,
  recording: Recording,
): (...values: number[]) => number {
  const { writer } = recording;
  const bytes = new DataView(new ArrayBuffer(8));
  const view = new Uint8Array(bytes.buffer);
  return (...values) => {
    const result = compute(...values);
    if (recording.isEnded) return result;
    bytes.setFloat64(0, result, true);
    writer.byte(TAG.MATH);
    writer.bytes(view, 0, view.length);
    return result;
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

/** Without `heapState`: when memory is full is not the same in another engine, and so in no recording. */
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
    net: hal.net.map((device, index) => recordNet(device, index, recording)),
    block: hal.block.map((device, index) => recordBlock(device, index, recording, hal)),
    shares: hal.shares.map((share, index) => recordShare(share, index, recording)),
    close: () => hal.close(),
  };
}
