/**
 * What a host with an event loop (Node, Deno) must offer, so that `host-hal.ts` can make a `Hal` of
 * it. Each adapter implements this by its own runtime's functions, and no more than this.
 */
import type { Platform } from "../../libos/hal/mod.ts";
import type { HostFs } from "./host-fs.ts";

/** A time-out of the host. */
export type HostTimeout = object | number;

/** The functions of one host. They are taken once, so that an application may replace globals. */
export interface HostPlatform {
  readonly platform: Platform;
  /** Milliseconds with fractions since some moment; never decreases. */
  nowMs(): number;
  /** Milliseconds since 1970. */
  wallMs(): number;
  /** Calls back on an empty stack, with promise reactions drained, soon. Keeps the process alive. */
  setImmediate(callback: () => void): unknown;
  /** Calls back after at least about `delayMs`, 1 .. 2^31 - 1. Does not keep the process alive. */
  setTimeout(callback: () => void, delayMs: number): HostTimeout;
  clearTimeout(timeout: HostTimeout): void;
  /** Keeps the process alive until the returned function is called. */
  keepAlive(): () => void;
  /** Fills up to 65,536 bytes. */
  getRandomValues(target: Uint8Array): void;
  readonly output: HostOutput;
  readonly input: HostInput;
  readonly process: HostProcess;
  readonly fs: HostFs;
}

/** The host's standard output and diagnostics. */
export interface HostOutput {
  /** Writes all bytes, in order; they now belong to the host. A reader that is gone is no error. */
  write(stream: 1 | 2, bytes: Uint8Array): void;
  /** Calls back when everything written before has left the process. */
  whenWritten(done: () => void): void;
}

/** The host's standard input. */
export interface HostInput {
  /**
   * Begins to read. `accept` takes each piece, and at the end an empty one; `bytes` are its to keep.
   *
   * @returns What stops (`true`) and resumes (`false`) the reading; at the end it is stopped for good.
   */
  start(accept: (bytes: Uint8Array) => void): HostInputControl;
}

/** The flow of an input that was started. */
export interface HostInputControl {
  pause(): void;
  resume(): void;
  /** Ends the reading for good. */
  stop(): void;
}

/** The host's process. */
export interface HostProcess {
  /** Calls back for SIGINT and SIGTERM, instead of ending. @returns What takes it away again. */
  onSignal(handler: (signal: "SIGINT" | "SIGTERM") => void): () => void;
  exit(exitCode: number): void;
}
