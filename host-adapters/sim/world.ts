/**
 * A simulated world: virtual time that jumps from event to event, and nothing in it that does not
 * follow from its seed.
 *
 * Read first: `event-queue.ts`. What always holds: an event runs at its own virtual time, which is
 * never before the time of an event that has run; a handler of a system runs in an event of its own.
 */
import { createImmediateSchedule } from "../shared/jobs.ts";
import { createRandom, type Random } from "../shared/random.ts";
import { installGuard } from "./determinism-guard.ts";
import { EventQueue, type SimEvent } from "./event-queue.ts";
import { createSimDisk, type SimDisk, type SimDiskOptions } from "./sim-disk.ts";
import { createSimHal, type SimHal, type SimHalOptions } from "./sim-hal.ts";
import { createSimNetwork, type SimNetwork, type SimNetworkOptions } from "./sim-network.ts";
import { createSimFolder, type SimFolder, type SimFolderOptions } from "./sim-share.ts";
import { type TraceValues, WorldTrace } from "./world-trace.ts";

/** How a world is made. */
export interface SimulationOptions {
  /** Everything random follows from it. An integer in 0 .. 2^53 - 1. */
  readonly seed: number;
  /**
   * True keeps a running hash of what happens; a function gets each line besides: virtual time in
   * microseconds, who, what, values. The same seed gives the same lines, byte for byte.
   */
  readonly trace?: boolean | ((line: string) => void);
  /**
   * The host's `Date.now`, `Math.random`, `performance.now`, `crypto.getRandomValues`, `setTimeout`
   * and `setInterval` throw in handlers and their promise reactions. Default false.
   */
  readonly guard?: boolean;
  /** The wall clock at the world's start, microseconds since 1970; default 2026-01-01T00:00:00Z. */
  readonly wallStartUs?: number;
  /** The command that repeats this run; errors print it. Default: the seed alone. */
  readonly replayCommand?: string;
}

/** When a run ends. Without anything it ends when nothing is left to happen. */
export interface RunOptions {
  /** Stops before the first event later than this, and sets the clock to it. */
  readonly untilUs?: number;
  /** Asked before each event: true stops. */
  readonly until?: () => boolean;
  /** Events after which the run is held to be a livelock, and throws. Default 10,000,000. */
  readonly maxEvents?: number;
}

/** Why and where a run ended. */
export interface RunResult {
  readonly reason: "idle" | "until" | "time";
  readonly nowUs: number;
  /** Events in this run. */
  readonly events: number;
}

/** An error inside of a simulation: its message says how to see it again, `cause` is the error. */
export class SimulationError extends Error {
  override readonly name: string = "SimulationError";
}

/** What the parts of a world see of it. */
export interface World {
  readonly seed: number;
  readonly nowUs: number;
  readonly wallStartUs: number;
  readonly isTracing: boolean;
  random(name: string): Random;
  /** Queues an event; times in the past mean now. */
  at(timeUs: number, event: SimEvent): void;
  trace(source: string, event: string, values: TraceValues): void;
}

/** A world with everything that can be put into it. */
export interface Simulation {
  readonly seed: number;
  /** Virtual microseconds since the world began. */
  readonly nowUs: number;
  /** The running hash of the trace; "" without `trace`. */
  readonly traceHash: string;
  /** A stream of random numbers for the test's own use. */
  random(name: string): Random;
  createHal(options: SimHalOptions): SimHal;
  createNetwork(options?: SimNetworkOptions): SimNetwork;
  createDisk(options: SimDiskOptions): SimDisk;
  createFolder(options: SimFolderOptions): SimFolder;
  /** Calls back at a virtual time, as a handler: for the test's own events. */
  at(timeUs: number, callback: () => void): void;
  /** Runs code that uses callbacks only. @throws SimulationError */
  runSync(options?: RunOptions): RunResult;
  /**
   * Runs code with promises: each handler's reactions (and what it gave to `process.nextTick`) end
   * before the next event. Rejects with SimulationError.
   */
  run(options?: RunOptions): Promise<RunResult>;
}

const WALL_START_US = Date.UTC(2026, 0, 1) * 1000;
const MAX_EVENTS = 10_000_000;

type StepOutcome = RunResult | "handler" | "internal";

/** Taken once: an application's globals may be replaced by a system's own while it runs. */
const hostSetImmediate = (globalThis as { setImmediate?: (callback: () => void) => unknown })
  .setImmediate;

class SimulatedWorld implements World, Simulation {
  readonly seed: number;
  readonly wallStartUs: number;
  nowUs = 0;
  readonly #queue = new EventQueue();
  readonly #trace: WorldTrace | undefined;
  readonly #options: SimulationOptions;
  #networkCount = 0;

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.seed = options.seed;
    this.wallStartUs = options.wallStartUs ?? WALL_START_US;
    const { trace = false } = options;
    if (trace !== false) this.#trace = new WorldTrace(trace === true ? undefined : trace);
  }

  get isTracing(): boolean {
    return this.#trace !== undefined;
  }

  get traceHash(): string {
    return this.#trace?.hash ?? "";
  }

  random(name: string): Random {
    return createRandom(this.seed, name);
  }

  trace(source: string, event: string, values: TraceValues): void {
    this.#trace?.line(this.nowUs, source, event, values);
  }

  at(timeUs: number, event: SimEvent | (() => void)): void {
    const queued = typeof event === "function" ? { isHandler: true, run: event } : event;
    this.#queue.add(Math.max(timeUs, this.nowUs), queued);
  }

  createHal(options: SimHalOptions): SimHal {
    return createSimHal(this, options);
  }

  createNetwork(options: SimNetworkOptions = {}): SimNetwork {
    return createSimNetwork(this, { name: `net${this.#networkCount++}`, ...options });
  }

  createDisk(options: SimDiskOptions): SimDisk {
    return createSimDisk(this, options);
  }

  createFolder(options: SimFolderOptions): SimFolder {
    return createSimFolder(this, options);
  }

  runSync(options: RunOptions = {}): RunResult {
    const removeGuard = this.#options.guard === true ? installGuard() : undefined;
    try {
      for (let events = 0; ; events++) {
        const outcome = this.#step(options, events);
        if (typeof outcome === "object") return outcome;
      }
    } finally {
      removeGuard?.();
    }
  }

  run(options: RunOptions = {}): Promise<RunResult> {
    const setImmediate = hostImmediate();
    const isGuarded = this.#options.guard === true;
    const schedule = createImmediateSchedule(setImmediate);
    return new Promise((resolve, reject) => {
      let events = 0;
      let removeGuard: (() => void) | undefined;
      const step = (): void => {
        try {
          const outcome = this.#stepToHandler(options, events, () => events++);
          if (outcome === undefined) return next();
          removeGuard?.();
          resolve(outcome);
        } catch (error) {
          removeGuard?.();
          reject(error);
        }
      };
      const next = isGuarded
        ? (): void => {
            // Both run in one pass of the event loop, so that only the handler and its reactions
            // come under the guard, and not the timers of a test runner.
            setImmediate(() => {
              removeGuard = installGuard();
              step();
            });
            setImmediate(() => removeGuard?.());
          }
        : (): void => schedule(step);
      next();
    });
  }

  /** Runs events up to and with one that calls a handler. @returns The result at the run's end. */
  #stepToHandler(options: RunOptions, from: number, count: () => void): RunResult | undefined {
    for (let events = from; ; events++) {
      const outcome = this.#step(options, events);
      if (typeof outcome === "object") return outcome;
      count();
      if (outcome === "handler") return undefined;
    }
  }

  #step(options: RunOptions, events: number): StepOutcome {
    try {
      return this.#runNext(options, events);
    } catch (error) {
      if (error instanceof SimulationError) throw error;
      throw this.#failure(error instanceof Error ? error.message : String(error), error);
    }
  }

  #runNext(options: RunOptions, events: number): StepOutcome {
    const queue = this.#queue;
    if (options.until?.() === true) return { reason: "until", nowUs: this.nowUs, events };
    while (queue.next?.isStale?.(queue.nextUs) === true) this.#queue.shift();
    const untilUs = options.untilUs ?? Infinity;
    const event = queue.next;
    if (event === undefined || queue.nextUs > untilUs) {
      const reason = event === undefined ? "idle" : "time";
      if (untilUs !== Infinity) this.nowUs = Math.max(this.nowUs, untilUs);
      return { reason, nowUs: this.nowUs, events };
    }
    const maxEvents = options.maxEvents ?? MAX_EVENTS;
    if (events >= maxEvents) {
      throw this.#failure(`no end after ${maxEvents} events (a livelock?)`, undefined);
    }
    this.nowUs = queue.nextUs;
    queue.shift();
    event.run();
    return event.isHandler ? "handler" : "internal";
  }

  #failure(message: string, cause: unknown): SimulationError {
    const { replayCommand } = this.#options;
    const again = replayCommand === undefined ? "" : `; again with: ${replayCommand}`;
    const at = `at ${this.nowUs} µs of virtual time`;
    return new SimulationError(`${message} (simulation with seed ${this.seed}, ${at}${again})`, {
      cause,
    });
  }
}

function hostImmediate(): (callback: () => void) => unknown {
  if (hostSetImmediate === undefined) {
    throw new Error("this host has no setImmediate: only runSync is possible");
  }
  return hostSetImmediate;
}

/** Makes an empty world at time 0. */
export function createSimulation(options: SimulationOptions): Simulation {
  return new SimulatedWorld(options);
}

export type { SimEvent } from "./event-queue.ts";
