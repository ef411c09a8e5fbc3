/**
 * The turn: drain ready devices, run expired timers, run deferred calls, flush transmits, arm the
 * next deadline. Between turns the platform idles.
 *
 * A turn runs as a job of the platform (a handler of the contract), on an empty stack. Code of the
 * application also runs outside of turns, as promise reactions; what it asks for (a write, a
 * close) takes effect at once, and `wake` sees to a turn that flushes it.
 */
import type { Hal } from "../hal/mod.ts";
import { assert } from "./assert.ts";
import { HEAP_SCOPE } from "./heap-state.ts";
import { createMemory, type Memory } from "./memory.ts";
import { createTaskTree, type Task } from "./tasks.ts";
import { createTimerQueue, type Timers } from "./timers.ts";
import type { TraceSink } from "./trace.ts";

export interface KernelLimits {
  /** Tasks alive at one time; beyond it `spawn` throws. */
  readonly maxTasks: number;
  /** How often a turn asks each device again before it ends; the rest waits for the next turn. */
  readonly maxDrainRounds: number;
}

export const KERNEL_LIMITS: KernelLimits = { maxTasks: 10_000, maxDrainRounds: 8 };

/** Counters of the turn. */
export interface KernelCounters {
  turns: number;
  /** Microseconds spent in turns; an estimate while many of them are short. */
  busyUs: number;
  /** Turns that ended with work left, because a device had more than `maxDrainRounds` batches. */
  overruns: number;
}

export interface Kernel {
  readonly hal: Hal;
  readonly memory: Memory;
  readonly timers: Timers;
  readonly tasks: Task;
  readonly trace: TraceSink | undefined;
  readonly counters: Readonly<KernelCounters>;
  /**
   * `Hal.heapState`; where the platform has none, bytes that nobody reads. A turn runs in the system's
   * scope: who calls the application from inside one says so here.
   */
  readonly heapState: Uint8Array;
  /**
   * Microseconds since boot. Constant during a turn (sampled at its start), so that a data path
   * reads a field; outside of turns it asks the clock.
   */
  nowUs(): number;
  /**
   * Makes a device part of the turn.
   *
   * @param source Announces that there is something to drain.
   * @param drain Takes what is ready, in a bounded batch. @returns True when more may be left.
   */
  attach(source: { onReady(handler: () => void): void }, drain: () => boolean): void;
  /** Calls `flush` at the end of every turn, in the order of registration. */
  onFlush(flush: () => void): void;
  /** Runs `callback` in a later turn: never before the running job has ended. */
  defer(callback: () => void): void;
  /** Sees to a turn soon. Cheap, and idempotent until that turn. */
  wake(): void;
  /** Cancels all tasks, and no turn runs afterwards. Idempotent. */
  stop(): void;
}

/**
 * Reading the clock costs as much as a small turn, so a busy system measures one turn of 16, and
 * each that begins a millisecond after the last one measured, and charges it for those in between.
 */
const UNMEASURED_MAX = 15;
const MEASURE_INTERVAL_US = 1_000;

/** What a turn does, as tasks: so that `ps` says where the time goes. */
interface Phases {
  /** Draining devices, with all that runs above them: protocols, and the application's handlers. */
  readonly devices: Task;
  readonly timers: Task;
  /** Deferred calls. */
  readonly calls: Task;
  readonly transmit: Task;
}

function spawnPhases(root: Task): Phases {
  const kernel = root.spawn("kernel", untilCancelled);
  return {
    devices: kernel.spawn("devices", untilCancelled),
    timers: kernel.spawn("timers", untilCancelled),
    calls: kernel.spawn("calls", untilCancelled),
    transmit: kernel.spawn("transmit", untilCancelled),
  };
}

/** The main function of a task that has none of its own: what it is charged for runs elsewhere. */
function untilCancelled(task: Task): Promise<void> {
  return new Promise((resolve) => task.onCancel(resolve));
}

class SystemKernel implements Kernel {
  readonly hal: Hal;
  readonly memory: Memory;
  readonly timers: Timers;
  readonly tasks: Task;
  readonly trace: TraceSink | undefined;
  readonly heapState: Uint8Array;
  readonly counters: KernelCounters = { turns: 0, busyUs: 0, overruns: 0 };
  readonly #limits: KernelLimits;
  readonly #drains: (() => boolean)[] = [];
  readonly #flushes: (() => void)[] = [];
  readonly #queue;
  readonly #phases: Phases;
  #deferred: (() => void)[] = [];
  #turnUs = -1;
  #unmeasured = 0;
  /** A turn that begins then or later is measured. */
  #measureUs = 0;
  #armedUs = Infinity;
  #stopped = false;

  constructor(hal: Hal, limits: KernelLimits, trace: TraceSink | undefined) {
    this.hal = hal;
    this.trace = trace;
    this.heapState = hal.heapState ?? new Uint8Array(2);
    this.#limits = limits;
    this.memory = createMemory(hal.memory);
    this.#queue = createTimerQueue(() => this.#armForTimers());
    this.timers = this.#queue;
    this.tasks = createTaskTree({
      timers: this.#queue,
      nowUs: () => hal.clock.nowUs(),
      maxTasks: limits.maxTasks,
    });
    this.#phases = spawnPhases(this.tasks);
    hal.timer.onExpire(() => {
      this.#armedUs = Infinity;
      this.#turn();
    });
  }

  nowUs(): number {
    return this.#turnUs >= 0 ? this.#turnUs : this.hal.clock.nowUs();
  }

  attach(source: { onReady(handler: () => void): void }, drain: () => boolean): void {
    this.#drains.push(drain);
    source.onReady(() => this.#turn());
  }

  onFlush(flush: () => void): void {
    this.#flushes.push(flush);
  }

  defer(callback: () => void): void {
    this.#deferred.push(callback);
    this.wake();
  }

  wake(): void {
    if (this.#turnUs < 0) this.#arm(0);
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.tasks.cancel();
    this.hal.timer.disarm();
  }

  #turn(): void {
    if (this.#stopped) return;
    assert(this.#turnUs < 0, "a turn began inside a turn: a handler ran on a used stack");
    const nowUs = this.hal.clock.nowUs();
    this.#turnUs = nowUs;
    const isMeasured = this.#unmeasured >= UNMEASURED_MAX || nowUs >= this.#measureUs;
    if (!isMeasured) this.#unmeasured++;
    const { heapState } = this;
    const scopeBefore = heapState[0]!;
    heapState[0] = HEAP_SCOPE.SYSTEM;
    const phases = this.#phases;
    const deferredBefore = this.#deferred.length;
    let phaseUs = nowUs;
    try {
      const isOverrun = this.#drain();
      if (isMeasured) phaseUs = this.#charge(phases.devices, phaseUs);
      if (this.#queue.nextDeadlineUs() <= nowUs) {
        this.#queue.run(nowUs);
        if (isMeasured) phaseUs = this.#charge(phases.timers, phaseUs);
      }
      if (deferredBefore > 0) {
        this.#runDeferred(deferredBefore);
        if (isMeasured) phaseUs = this.#charge(phases.calls, phaseUs);
      }
      const flushes = this.#flushes;
      for (let index = 0; index < flushes.length; index++) flushes[index]!();
      if (isOverrun) {
        this.counters.overruns++;
        this.#arm(0);
      }
    } finally {
      this.counters.turns++;
      if (isMeasured) this.#endMeasure(this.#charge(phases.transmit, phaseUs), nowUs);
      this.#turnUs = -1;
      if (this.#deferred.length > 0) this.#arm(0);
      else this.#armForTimers();
      heapState[0] = scopeBefore;
    }
  }

  /**
   * Charges the time since `sinceUs` to a phase's task, for this turn and for those before it that
   * were not measured. @returns The time now.
   */
  #charge(phase: Task, sinceUs: number): number {
    const nowUs = this.hal.clock.nowUs();
    phase.account.turns += this.#unmeasured + 1;
    phase.account.busyUs += (nowUs - sinceUs) * (this.#unmeasured + 1);
    return nowUs;
  }

  #endMeasure(endUs: number, startUs: number): void {
    this.counters.busyUs += (endUs - startUs) * (this.#unmeasured + 1);
    this.#unmeasured = 0;
    this.#measureUs = endUs + MEASURE_INTERVAL_US;
  }

  #drain(): boolean {
    const drains = this.#drains;
    for (let round = 0; round < this.#limits.maxDrainRounds; round++) {
      let isMore = false;
      // By index: an iterator for each turn costs an interpreter more than the calls do.
      for (let index = 0; index < drains.length; index++) if (drains[index]!()) isMore = true;
      if (!isMore) return false;
      // What has ended is let go of between turns.
      if (this.heapState[1] !== 0) break;
    }
    return true;
  }

  /** Runs the first `count` calls; what this turn itself has deferred waits for the next one. */
  #runDeferred(count: number): void {
    const batch = this.#deferred;
    this.#deferred = count === batch.length ? [] : batch.slice(count);
    for (let index = 0; index < count; index++) {
      try {
        batch[index]!();
      } catch (error) {
        // The rest of the batch is not lost by one callback's throw.
        this.#deferred = [...batch.slice(index + 1, count), ...this.#deferred];
        throw error;
      }
    }
  }

  #armForTimers(): void {
    if (this.#turnUs >= 0) return;
    const deadlineUs = this.#queue.nextDeadlineUs();
    if (deadlineUs < this.#armedUs) {
      this.#arm(deadlineUs);
    } else if (deadlineUs > this.#armedUs && this.#armedUs > 0) {
      if (deadlineUs === Infinity) {
        this.#armedUs = Infinity;
        this.hal.timer.disarm();
      } else {
        this.#armedUs = deadlineUs;
        this.hal.timer.arm(deadlineUs);
      }
    }
  }

  /** Arms for `deadlineUs` unless the alarm is set for an earlier time; 0 means "at once". */
  #arm(deadlineUs: number): void {
    if (this.#stopped || deadlineUs >= this.#armedUs) return;
    this.#armedUs = deadlineUs;
    this.hal.timer.arm(deadlineUs);
  }
}

/** Makes the kernel of one system over `hal`; it takes the contract's timer for itself. */
export function createKernel(
  hal: Hal,
  limits: KernelLimits = KERNEL_LIMITS,
  trace?: TraceSink,
): Kernel {
  return new SystemKernel(hal, limits, trace);
}
