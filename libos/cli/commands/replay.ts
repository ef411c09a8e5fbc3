import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { relative } from "node:path";
import { setImmediate as hostSetImmediate } from "node:timers";
import { createSlab } from "../../../host-adapters/shared/mod.ts";
import type { PacketMemory } from "../../hal/mod.ts";
import type { TraceSink } from "../../kernel/mod.ts";
import { createTextTrace, traceHal } from "../../observe/mod.ts";
import {
  createReplay,
  murmurHash,
  openRecording,
  type Hash,
  type RecordingHeader,
  type Replay,
  type ReplayResult,
} from "../../record/mod.ts";
import {
  hostApplication,
  reportUncaught,
  type ApplicationHost,
} from "../../run/run-application.ts";
import { splitProgram, type ImageProgram } from "../../run/image-replay/program.ts";
import {
  createImageStage,
  mapOfEvaluated,
  withoutHost,
  type ImageStage,
} from "../../run/image-replay/replay-image.ts";
import { watchEnd } from "../../run/image-replay/watch-end.ts";
import { createPositionMapper } from "../../run/qemu/source-positions.ts";
import { openInspector } from "../../run/inspector.ts";
import type { RecordedApp } from "../../run/recorded-app.ts";
import { createSystem } from "../../system/mod.ts";
import { Failure } from "../failure.ts";
import { readTraceFilter } from "../observe.ts";

export interface ReplayFlags {
  readonly entry?: string;
  readonly inspect?: string | true;
  readonly until?: string;
  readonly trace?: string | true;
  readonly json?: boolean;
}

/** Room in the slab for the longest received frame. */
const FRAME_BYTES = 128 * 1024;

/** `libos replay`: the recorded application again, offline, in this process. */
export async function replay(file: string, flags: ReplayFlags): Promise<void> {
  const { program, recording } = splitFile(file, readRecording(file));
  const until = flags.until === undefined ? {} : parseUntil(flags.until);
  const header = readHeader(file, recording);
  const stage = program === undefined ? undefined : createImageStage(program, header);
  if (stage !== undefined && flags.entry !== undefined) {
    throw new Failure("--entry: the recording of an image holds its program; leave it out", 2);
  }
  if (flags.inspect !== undefined) openInspector(flags.inspect, true);
  const applications: ApplicationHost[] = [];
  const { memory, frameOffset } = stage ?? createMemory(header);
  const machine = createReplay(recording, memory, frameOffset, hashOf(header), {
    ...until,
    onStop: (input) => stopInDebugger(input),
    loads: () => applications[0]?.loader.loaded ?? 0,
    settle: () => new Promise((resolve) => hostSetImmediate(resolve)),
    onThrow: (error) => stage?.hears(error, false) ?? false,
    // A machine has one console for both.
    write: (stream, text) =>
      (stream === 1 || stage !== undefined ? process.stdout : process.stderr).write(text),
  });
  const endByApplication = (exitCode: number): void => {
    const result = machine.finish(exitCode);
    report(file, result, flags);
    if (result.how === "diverged") process.exitCode = 1;
  };
  if (program === undefined || stage === undefined) {
    const app = header.app as unknown as RecordedApp;
    const entryPath = flags.entry ?? app.entryPath;
    if (!existsSync(entryPath)) {
      throw new Failure(`${entryPath}: the recorded app is not here; say where: --entry MODULE`, 2);
    }
    const application = composeAgain(machine, app, entryPath, flags);
    applications.push(application);
    reportUncaught(() => {});
    process.argv = [process.argv[0]!, entryPath, ...app.values];
    process.env = { ...app.config.env };
    process.on("exit", endByApplication);
    await startUntilBegun(application);
  } else {
    endWhereNobodyHears(program, stage, () => adviseDevTools(file, machine.inputs, flags));
    process.on("exit", endByApplication);
    if (flags.inspect === undefined) watchEnd(program, machine);
    void stage.run({
      replay: machine,
      trace: traceOf(machine, flags),
      write: (bytes) => process.stdout.write(bytes),
      off: (exitCode) => process.exit(exitCode),
    });
  }
  const result = await machine.run();
  process.off("exit", endByApplication);
  report(file, result, flags);
  // What the image's engine gave up ends as the image did.
  const exitCode = result.how === "complete" && result.byEngine ? result.exitCode : 0;
  process.exit(result.how === "diverged" ? 1 : exitCode);
}

/** Takes the program of an image off, where there is one. */
function splitFile(
  file: string,
  bytes: Uint8Array,
): { readonly program: ImageProgram | undefined; readonly recording: Uint8Array } {
  try {
    return splitProgram(bytes) ?? { program: undefined, recording: bytes };
  } catch (error) {
    throw new Failure(`${file}: ${(error as Error).message}`, 2);
  }
}

function createMemory({ regionBytes }: RecordingHeader): {
  readonly memory: PacketMemory;
  readonly frameOffset: number;
} {
  const slab = createSlab(regionBytes + FRAME_BYTES);
  const memory = slab.region(regionBytes);
  return { memory, frameOffset: slab.region(FRAME_BYTES).regionOffset + 2 };
}

function hashOf({ hash }: RecordingHeader): Hash {
  if (hash === "murmur3-x86-128") return murmurHash;
  return (input) => createHash("sha256").update(input).digest();
}

/** Reports what nobody caught in an image's program, and ends as the image did. */
function endWhereNobodyHears(program: ImageProgram, stage: ImageStage, advise: () => void): void {
  const mapped = createPositionMapper(mapOfEvaluated(program));
  const report = (error: unknown): never => {
    const stack = (error as { stack?: unknown } | undefined)?.stack;
    const text = typeof stack === "string" ? withoutHost(stack) : `Uncaught ${String(error)}`;
    process.stderr.write(`${mapped(text)}\n`);
    advise();
    process.exit(1);
  };
  process.on("uncaughtException", report);
  process.on("unhandledRejection", (error) => {
    try {
      if (!stage.hears(error, true)) report(error);
    } catch (thrown) {
      report(thrown);
    }
  });
}

function adviseDevTools(file: string, input: number, flags: ReplayFlags): void {
  if (flags.inspect !== undefined || flags.json === true) return;
  process.stderr.write(
    input === 0
      ? `libos: thrown while the application was loaded, before any input; ` +
          `to go there in DevTools: libos replay ${file} --inspect\n`
      : `libos: thrown in input ${input}; to stand before it in DevTools: ` +
          `libos replay ${file} --inspect --until ${input}\n`,
  );
}

function traceOf(machine: Replay, flags: ReplayFlags): TraceSink | undefined {
  if (flags.trace === undefined) return undefined;
  const filter = readTraceFilter(flags.trace);
  const clock = { nowUs: () => machine.nowUs, wallUs: () => 0 };
  return createTextTrace(clock, filter, (line) => process.stderr.write(`${line}\n`));
}

function composeAgain(
  machine: Replay,
  app: RecordedApp,
  entryPath: string,
  flags: ReplayFlags,
): ApplicationHost {
  const trace = traceOf(machine, flags);
  const hal = trace === undefined ? machine.hal : traceHal(machine.hal, trace);
  const system = createSystem({
    hal,
    network: app.network,
    mounts: app.mounts,
    hosts: app.config.hosts,
    ...(trace && { trace }),
  });
  // Ctrl-C was an input of the recorded run, with this answer.
  hal.power.onRequest(() => void system.stop());
  return hostApplication(system, entryPath);
}

/** Inputs begin when evaluation has begun; an application may await them at its top level. */
function startUntilBegun(application: ApplicationHost): Promise<void> {
  return new Promise((resolve) => {
    void application.start(resolve);
  });
}

function readRecording(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reasons: Record<string, string> = { ENOENT: "no such file", EISDIR: "it is a folder" };
    const reason = reasons[code ?? ""] ?? String(code);
    throw new Failure(`${file}: ${reason}; give what libos run --record wrote`, 2);
  }
}

function readHeader(file: string, bytes: Uint8Array): RecordingHeader {
  try {
    return openRecording(bytes).header;
  } catch (error) {
    throw new Failure(`${file}: ${(error as Error).message}`, 2);
  }
}

function parseUntil(text: string): { untilInput: number } | { untilUs: number } {
  const match = /^(\d+(?:\.\d+)?)(us|ms|s)?$/.exec(text);
  if (match === null) {
    throw new Failure(`--until: "${text}" is no input and no time; write 1042, 1.5s or 200ms`, 2);
  }
  const value = Number(match[1]);
  if (match[2] === undefined) return { untilInput: value };
  return { untilUs: value * { us: 1, ms: 1000, s: 1_000_000 }[match[2] as "us" | "ms" | "s"] };
}

/** The debugger stops here: the next input is about to be delivered to the system. */
function stopInDebugger(input: number): void {
  process.stderr.write(`libos: stopped before input ${input}\n`);
  // eslint-disable-next-line no-debugger -- this is what --until with --inspect asks for
  debugger;
}

function report(file: string, result: ReplayResult, flags: ReplayFlags): void {
  if (flags.json) {
    process.stdout.write(`${JSON.stringify(result)}\n`);
  } else {
    process.stderr.write(`libos: ${describe(relative(process.cwd(), file), result)}\n`);
  }
}

function describe(file: string, result: ReplayResult): string {
  const { inputs, frames, bytes, checks, digest } = result;
  const amount = `${inputs} inputs, ${frames} frames, ${bytes} bytes transmitted`;
  const proof = `${checks} checks${digest === "" ? "" : `, last digest ${digest}`}`;
  switch (result.how) {
    case "complete":
      return `${file}: replayed to its end: ${amount}; the same bytes (${proof})`;
    case "cut":
      return `${file}: replayed to where it was cut off: ${amount}; the same bytes (${proof})`;
    case "stopped":
      return `${file}: stopped at ${(result.nowUs / 1e6).toFixed(6)} s: ${amount}`;
    case "diverged":
      return `${file}: the replay differs from the recording: ${result.reason}`;
  }
}
