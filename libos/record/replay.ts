/** What a replay is asked for, and how it ended. */
import type { Hal } from "../hal/mod.ts";
import type { RecordingHeader } from "./format.ts";

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
