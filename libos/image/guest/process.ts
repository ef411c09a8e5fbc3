/** The global `process` of an image: as much of Node's as applications and their packages use. */
import { EventEmitter } from "events";
import type { Clock } from "../../hal/mod.ts";

/** What `process` stands on. */
export interface ProcessNeeds {
  readonly clock: Clock;
  readonly arch: string;
  readonly engine: string;
  /** JavaScript's heap. */
  readonly heap: { usedBytes(): number; limitBytes(): number };
  /** RAM of the machine in bytes. */
  readonly ramBytes: number;
  /** Ends the image at once. */
  off(exitCode: number): void;
}

/** Node's names of processors. */
const NODE_ARCH: Readonly<Record<string, string>> = { x86_64: "x64", aarch64: "arm64" };
/** The Node whose shapes the modules have. */
const NODE_VERSION = "24.0.0";

/** So long an array of calls that have run is kept; an even number. */
const FORGET_AT = 2048;

type Callback = (...values: unknown[]) => void;

/**
 * `nextTick`: calls run in order, after the running job and before promise reactions made later.
 *
 * Streams make several calls for each message, so that there is no closure for a call: callbacks
 * and their values lie in turns in one array.
 */
function createNextTick(): (callback: Callback, ...values: unknown[]) => void {
  let waiting: unknown[] = [];
  const run = (): void => {
    let index = 0;
    try {
      // What the calls ask for meanwhile goes behind them, into the same array.
      while (index < waiting.length) {
        if (index === FORGET_AT) {
          waiting = waiting.slice(index);
          index = 0;
        }
        index += 2;
        call(waiting[index - 2] as Callback, waiting[index - 1] as unknown[]);
      }
      waiting = [];
    } catch (error) {
      // What nobody catches ends the image, but the rest is not forgotten on the way.
      waiting = waiting.slice(index);
      if (waiting.length > 0) queueMicrotask(run);
      throw error;
    }
  };
  return (callback, ...values) => {
    if (waiting.length === 0) queueMicrotask(run);
    waiting.push(callback, values);
  };
}

/** As `callback(...values)`, which the engine takes three times as long for. */
function call(callback: Callback, values: readonly unknown[]): void {
  switch (values.length) {
    case 0:
      return callback();
    case 1:
      return callback(values[0]);
    case 2:
      return callback(values[0], values[1]);
    default:
      return callback(...values);
  }
}

class ImageProcess extends EventEmitter {
  env: Record<string, string> = {};
  argv: string[] = ["libos", "app"];
  readonly argv0 = "libos";
  readonly execArgv: string[] = [];
  readonly execPath = "/libos";
  readonly title = "libos";
  readonly pid = 1;
  readonly ppid = 0;
  /** Paths, errors and signals are Linux's, and that is what packages ask for. */
  readonly platform = "linux";
  readonly arch: string;
  readonly version: string = `v${NODE_VERSION}`;
  readonly versions: Readonly<Record<string, string>>;
  readonly release: object = { name: "libos" };
  exitCode: number | string | undefined;
  readonly nextTick: ReturnType<typeof createNextTick> = createNextTick();
  readonly hrtime: object;
  readonly #needs: ProcessNeeds;
  #isExiting = false;

  constructor(needs: ProcessNeeds) {
    super();
    this.#needs = needs;
    this.arch = NODE_ARCH[needs.arch] ?? needs.arch;
    this.versions = { node: NODE_VERSION, libos: "0.1.0", engine: needs.engine };
    this.hrtime = createHrtime(needs.clock);
  }

  cwd(): string {
    return "/";
  }

  uptime(): number {
    return this.#needs.clock.nowUs() / 1e6;
  }

  /** In bytes. Nobody but the image has memory of the machine: all of it is resident. */
  memoryUsage(): Record<"rss" | "heapTotal" | "heapUsed" | "external" | "arrayBuffers", number> {
    const { heap, ramBytes } = this.#needs;
    const [heapUsed, heapTotal] = [heap.usedBytes(), heap.limitBytes()];
    // Buffers lie in the heap.
    return { rss: ramBytes, heapTotal, heapUsed, external: 0, arrayBuffers: 0 };
  }

  umask(): number {
    return 0o22;
  }

  emitWarning(warning: string | Error): void {
    const text = typeof warning === "string" ? `Warning: ${warning}` : String(warning);
    console.error(text);
  }

  /** Ends the image after the handlers of `exit`; what is queued in sockets is lost, as in Node. */
  exit(code?: number | string): void {
    if (code !== undefined) this.exitCode = code;
    if (!this.#isExiting) {
      this.#isExiting = true;
      this.emit("exit", exitCodeOf(this));
    }
    this.#needs.off(exitCodeOf(this));
  }
}

/** The exit code as a number: 0 unless the application set one. */
export function exitCodeOf(image: { readonly exitCode: number | string | undefined }): number {
  const code = Number(image.exitCode ?? 0);
  return Number.isInteger(code) ? code & 0xff : 1;
}

/** `process.hrtime` and its `bigint`. */
function createHrtime(clock: Clock): object {
  const hrtime = (since?: readonly [number, number]): [number, number] => {
    const us = clock.nowUs() - (since === undefined ? 0 : since[0] * 1e6 + since[1] / 1e3);
    const seconds = Math.floor(us / 1e6);
    return [seconds, Math.round((us - seconds * 1e6) * 1e3)];
  };
  return Object.assign(hrtime, { bigint: () => BigInt(clock.nowUs()) * 1000n });
}

/** Makes `process`. */
export function createProcess(needs: ProcessNeeds): ImageProcess {
  return new ImageProcess(needs);
}

export type { ImageProcess };
