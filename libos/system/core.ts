/**
 * What every system has: the kernel on a platform, the log, and the order in which parts end. A
 * composition adds the parts that its application uses, and nothing else is in it: an image is built
 * of the modules that are imported.
 */
import { createLog, formatEntry, type Log } from "../../components/log/mod.ts";
import type { CoreContext, NextTick } from "../api/shared/context.ts";
import type { Hal } from "../hal/mod.ts";
import {
  createKernel,
  HEAP_SCOPE,
  inHeapScope,
  KERNEL_LIMITS,
  type Kernel,
  type TraceSink,
} from "../kernel/mod.ts";

export interface CoreOptions {
  readonly hal: Hal;
  readonly trace?: TraceSink | undefined;
  /** Counts what keeps a host process alive; see `CoreContext`. */
  readonly hold?: (() => void) | undefined;
  readonly release?: (() => void) | undefined;
  /** The platform's `process.nextTick`; see `CoreContext`. */
  readonly nextTick?: NextTick | undefined;
}

/** A system without any part yet. */
export interface Core {
  readonly hal: Hal;
  readonly kernel: Kernel;
  readonly log: Log;
  /** What modules of the API stand on. */
  readonly context: CoreContext;
  /** `part` is told to end in good order, and says when it has; parts do so side by side. */
  beforeStop(part: (graceUs: number) => Promise<void>): void;
  /** `part` is stopped with the system: before what was composed earlier, on which it stands. */
  onStop(part: () => void): void;
  /**
   * Ends in good order: parts finish what they have begun, for as long as `graceUs`; then everything
   * stops, and the HAL is closed. Again: the same promise.
   */
  stop(graceUs?: number): Promise<void>;
}

const GRACE_US = 5_000_000;

/** Makes the core of a system. Any number of systems can live in one process. */
export function createCore(options: CoreOptions): Core {
  const { hal, hold, release, nextTick } = options;
  const kernel = createKernel(hal, KERNEL_LIMITS, options.trace);
  const log = createLog({ nowUs: () => kernel.nowUs() });
  const encoder = new TextEncoder();
  log.attach((entry) => hal.console.write(2, encoder.encode(`${formatEntry(entry)}\n`)), "warning");
  const ending: ((graceUs: number) => Promise<void>)[] = [];
  const parts: (() => void)[] = [];
  let stopped: Promise<void> | undefined;
  const stop = async (graceUs: number): Promise<void> => {
    await Promise.all(ending.map((part) => part(graceUs)));
    for (const part of parts.toReversed()) part();
    kernel.stop();
    hal.close();
  };
  return {
    hal,
    kernel,
    log,
    context: {
      timers: kernel.timers,
      memory: hal.memory,
      entropy: hal.entropy,
      nowUs: () => kernel.nowUs(),
      wallUs: () => hal.clock.wallUs(),
      heapState: kernel.heapState,
      defer: hal.heapState === undefined ? kernel.defer.bind(kernel) : deferInScope(kernel),
      wake: () => kernel.wake(),
      ...(hal.bytes && { bytes: hal.bytes }),
      ...(hold && { hold }),
      ...(release && { release }),
      ...(nextTick && { nextTick }),
    },
    beforeStop: (part) => void ending.push(part),
    onStop: (part) => void parts.push(part),
    stop: (graceUs = GRACE_US) => (stopped ??= stop(graceUs)),
  };
}

/** What the application defers runs in its scope, not in that of the turn. */
function deferInScope(kernel: Kernel): (callback: () => void) => void {
  const { heapState } = kernel;
  return (callback) => kernel.defer(() => inHeapScope(heapState, HEAP_SCOPE.APPLICATION, callback));
}
