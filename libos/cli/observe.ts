/** The flags that look on: `--record`, `--pcap`, `--trace`. */
import { createHash } from "node:crypto";
import type { Hal } from "../hal/mod.ts";
import type { TraceSink } from "../kernel/mod.ts";
import {
  captureHal,
  createTextTrace,
  parseTraceFilter,
  PcapWriter,
  traceHal,
  type TraceFilter,
} from "../observe/mod.ts";
import { recordHal, type Recorder } from "../record/mod.ts";
import type { RecordedApp } from "../run/recorded-app.ts";
import { Failure } from "./failure.ts";
import { checkOutput, createOutputFile, type OutputFile } from "./files.ts";

export interface ObserveFlags {
  readonly pcap?: string;
  readonly trace?: string | true;
  readonly record?: string;
}

/**
 * Reads the flag `--trace`.
 *
 * @throws Failure A name that no event bears.
 */
export function readTraceFilter(flag: string | true): TraceFilter {
  try {
    return parseTraceFilter(flag === true ? "" : flag);
  } catch (error) {
    throw new Failure(`--trace: ${(error as Error).message}`, 2);
  }
}

/**
 * Looks whether the files that the flags name may be written, before anything of them is.
 *
 * @param inputs What the command reads.
 * @throws Failure with one line.
 */
export function checkObserveFlags({ record, pcap }: ObserveFlags, inputs: readonly string[]): void {
  if (record !== undefined) checkOutput(record, "--record", inputs);
  const others = record === undefined ? inputs : [...inputs, record];
  if (pcap !== undefined) checkOutput(pcap, "--pcap", others, "stream");
}

/** A HAL that is looked at. */
export interface Observed {
  readonly hal: Hal;
  readonly recorder: Recorder | undefined;
  readonly trace: TraceSink | undefined;
  /** Completes the files. Idempotent. */
  end(exitCode: number): void;
}

/**
 * Puts what the flags ask for around `inner`.
 *
 * @param app Kept in a recording, for its replay.
 * @throws Failure when a file can't be written, or a flag can't be read.
 */
export function observe(inner: Hal, flags: ObserveFlags, app: RecordedApp): Observed {
  // Before a file is opened: a wrong call must not empty one.
  const filter = flags.trace === undefined ? undefined : readTraceFilter(flags.trace);
  const files: OutputFile[] = [];
  const open = (path: string, flag: string): OutputFile => {
    const file = createOutputFile(path, flag);
    files.push(file);
    return file;
  };
  let hal = inner;
  let recorder: Recorder | undefined;
  if (flags.record !== undefined) {
    const file = open(flags.record, "--record");
    const hash = (bytes: Uint8Array): Uint8Array => createHash("sha256").update(bytes).digest();
    recorder = recordHal(hal, { ...app }, hash, (bytes) => file.write(bytes));
    hal = recorder.hal;
  }
  if (flags.pcap !== undefined) {
    const file = open(flags.pcap, "--pcap");
    // The inner clock: what a capture asks for is no input of the system.
    hal = captureHal(hal, inner.clock, new PcapWriter((bytes) => file.write(bytes)));
  }
  let trace: TraceSink | undefined;
  if (filter !== undefined) {
    trace = createTextTrace(inner.clock, filter, (line) => process.stderr.write(`${line}\n`));
    hal = traceHal(hal, trace);
  }
  let isEnded = false;
  const end = (exitCode: number): void => {
    if (isEnded) return;
    isEnded = true;
    recorder?.end(exitCode);
    for (const file of files) file.close();
  };
  return { hal, recorder, trace, end };
}
