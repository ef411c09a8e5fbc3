/**
 * Ends a replay that does not come out of the last recorded input: where the image's engine gave up
 * (a full heap, the watchdog) or was switched off, this engine goes on, maybe for ever. A thread looks
 * on, since such a job lets nothing else run.
 */
import { Worker } from "node:worker_threads";
import type { Replay } from "../../record/mod.ts";
import { OUTPUT_NAME } from "../../image/bundle.ts";
import { createPositionMapper } from "../qemu/source-positions.ts";
import type { ImageProgram } from "./program.ts";
import { mapOfEvaluated } from "./replay-image.ts";

/** What the thread calls in this one, by its name in the global object. */
const STUCK = "libosReplayIsStuck";
/** How often this thread says that it lives, in milliseconds; the thread's patience is its own. */
const ALIVE_MS = 100;

/** What the thread is told. */
export interface Watched {
  /** One number that both see: how often this one has said that it lives. */
  readonly alive: Int32Array;
  /** The global function that is asked, with a place in the program or "". */
  readonly stuck: string;
  /** What the program's script is called. */
  readonly program: string;
}

/** Watches a replay until the process ends; it keeps nothing alive. */
export function watchEnd(program: ImageProgram, replay: Replay): void {
  const alive = new Int32Array(new SharedArrayBuffer(4));
  const extension = import.meta.url.endsWith(".ts") ? ".ts" : ".js";
  const watched: Watched = { alive, stuck: STUCK, program: OUTPUT_NAME };
  const worker = new Worker(new URL(`./watch-end-thread${extension}`, import.meta.url), {
    workerData: watched,
  });
  worker.unref();
  setInterval(() => Atomics.add(alive, 0, 1), ALIVE_MS).unref();
  const mapped = createPositionMapper(mapOfEvaluated(program));
  // @returns Whether the job is to be terminated: then the process ends.
  const onStuck = (place: string): boolean => {
    if (!replay.isPastRecording) return false;
    const where = place === "" ? "" : `, at ${mapped(place)}`;
    process.stderr.write(
      `libos: the image ended in input ${replay.inputs}; its engine gave up there or was switched ` +
        `off, and this one goes on${where}\n`,
    );
    setImmediate(() => process.exit(1));
    return true;
  };
  Object.defineProperty(globalThis, STUCK, { value: onStuck });
}
