/**
 * The observer of an image that records: every answer of the HAL, every reading of the clock and
 * every job of the composition is written to a virtio console, in the format of `libos/record`. The
 * same module answers from a recording when `libos replay` evaluates the image's program in another
 * engine: so both run the same composition.
 *
 * It is evaluated before everything else. What is read before there is a platform (packages look at
 * the time when they are loaded) is kept, and put into the recording's header.
 */
import type { BareMetal } from "../../../bare-metal/hal.ts";
import type { NativeMachine } from "../../../bare-metal/native.ts";
import { DEVICE_TYPE, VIRTIO_LIMITS } from "../../../components/virtio/mod.ts";
import type { DriverNeeds, VirtioTransport } from "../../../components/virtio/mod.ts";
import { createVirtioConsole, type VirtioConsole } from "../../../components/virtio-console/mod.ts";
import type { Clock, Hal } from "../../hal/mod.ts";
import type { TraceSink } from "../../kernel/mod.ts";
import { createDate, createRandom, RANDOM_SEED_BYTES } from "../../record/chance-and-date.ts";
import { murmurHash } from "../../record/murmur.ts";
import { recordHal, type Recorder } from "../../record/record-hal.ts";
import type { Manifest } from "../archive.ts";
import { describeBuiltins, type Builtins } from "./builtins.ts";
import type { Observer } from "./observe.ts";

/** What an image puts into the header of its recording, for the replay. */
export interface RecordedImage {
  readonly kind: "image";
  /** Without its entries: what was read of files was recorded. */
  readonly manifest: Manifest;
  readonly commandLine: string;
  /** Readings of both clocks before there was a platform, in order, in microseconds. */
  readonly early: readonly number[];
  /** Of `Math.random`. */
  readonly seed: readonly number[];
  /** What the engine offers, for a replay in another one. */
  readonly builtins: Builtins;
}

/** What a replay puts in the place of the machine, as `machine.replay`. */
export interface ReplayedMachine {
  readonly hal: Hal;
  readonly image: RecordedImage;
  readonly trace?: TraceSink | undefined;
  schedule(job: () => void): void;
  computed(): number;
}

const LIMITS = {
  /** Entries that wait in JavaScript, and then once more in the driver. */
  bufferBytes: 64 * 1024,
  /** The driver's buffers for DMA, in each direction. */
  port: { buffers: 8, bufferBytes: 8192, queueBytes: 64 * 1024 },
  /** Readings before there is a platform. */
  early: 4096,
} as const;
/** While the machine ends, the host gets as long to take the last entries as at other times. */
const PORT_TIMES = { ...VIRTIO_LIMITS, closeUs: VIRTIO_LIMITS.waitUs };
/** What ECMA-262 (21.3.2) leaves to the engine: the last digits differ from one to the other. */
const APPROXIMATED = (
  "acos acosh asin asinh atan atan2 atanh cbrt cos cosh exp expm1 hypot log log10 log1p log2 pow " +
  "sin sinh tan tanh"
).split(" ") as readonly "sin"[];
/** Of QuickJS alone: its memory or stack is used up, or a turn was interrupted. */
const ENGINE_ERROR = "InternalError";
/** The exit code of an error that nobody caught. */
const UNCAUGHT = 1;

/** @returns The observer of a machine, or of a replay where `machine.replay` says so. */
export function createObserver(native: NativeMachine): Observer {
  const { replay } = native as NativeMachine & { readonly replay?: ReplayedMachine };
  return replay === undefined ? new RecordingObserver(native) : replaying(native, replay);
}

/** Puts recorded time and chance behind JavaScript's own. */
function defineTimeAndChance(clock: Clock, seed: Uint8Array): void {
  const define = (target: object, name: string, value: unknown): void => {
    Object.defineProperty(target, name, { value, writable: true, configurable: true });
  };
  const RealDate = Date;
  const HalDate = createDate(clock);
  define(RealDate.prototype, "constructor", HalDate);
  define(globalThis, "Date", HalDate);
  const fill = (target: Uint8Array): void => target.set(seed);
  define(Math, "random", createRandom({ available: true, fill }));
}

/** Puts other functions behind those of `Math` whose results are the engine's own. */
function replaceMath(
  replace: (compute: (...values: number[]) => number) => (...values: number[]) => number,
): void {
  const { pow } = Math;
  for (const name of APPROXIMATED) {
    const replaced = replace(Math[name]);
    // Powers of two are exact in every engine, and code that packs bytes is full of them.
    const powerOf = (base: number, exponent: number): number =>
      base === 2 && Number.isInteger(exponent) ? pow(base, exponent) : replaced(base, exponent);
    const value = (name as string) === "pow" ? powerOf : replaced;
    Object.defineProperty(Math, name, { value, writable: true, configurable: true });
  }
}

class RecordingObserver implements Observer {
  readonly native: NativeMachine;
  readonly #machine: NativeMachine;
  readonly #builtins = describeBuiltins();
  readonly #seed = new Uint8Array(RANDOM_SEED_BYTES);
  readonly #early: number[] = [];
  #clock: Clock;
  #recorder: Recorder | undefined;
  #port: VirtioConsole | undefined;
  #isFlushing = false;
  /** What ends the image is the engine's own: so also where it has not even an error to tell of. */
  #isOfEngine = true;

  constructor(machine: NativeMachine) {
    this.#machine = machine;
    if (machine.entropy.available()) machine.entropy.fill(this.#seed);
    this.#clock = {
      nowUs: () => this.#keep(machine.clock.nowUs()),
      wallUs: () => this.#keep(machine.clock.wallUs()),
    };
    const clock = { nowUs: () => this.#clock.nowUs(), wallUs: () => this.#clock.wallUs() };
    const off = (exitCode: number): never => {
      this.#end(exitCode);
      machine.power.off(exitCode);
    };
    this.native = {
      ...machine,
      clock,
      power: { ...machine.power, off },
      onUncaught: (handler) => this.#listen(handler),
    };
    this.#listen(() => false);
    defineTimeAndChance(clock, this.#seed);
  }

  schedule(bareMetal: BareMetal, job: () => void): void {
    bareMetal.schedule(this.#recorder?.scheduled(job) ?? job);
  }

  /** The first console that is found takes the recording. */
  offer(transport: VirtioTransport, needs: DriverNeeds): void {
    if (transport.deviceType !== DEVICE_TYPE.CONSOLE || this.#port !== undefined) return;
    this.#port = createVirtioConsole(transport, needs, LIMITS.port, PORT_TIMES);
  }

  platform(manifest: Manifest, bareMetal: BareMetal, create: () => Hal): Hal {
    const hal = create();
    const port = this.#port;
    if (port === undefined) {
      this.#say("this image records, and found no virtio console for it: nothing is recorded");
      this.#clock = hal.clock;
      return hal;
    }
    const power: Hal["power"] = {
      off: (exitCode) => {
        port.close();
        hal.power.off(exitCode);
      },
      reset: () => {
        port.close();
        hal.power.reset();
      },
      onRequest: (handler) => hal.power.onRequest(handler),
    };
    const recorder = recordHal(
      { ...hal, power },
      { ...this.#describe(manifest) },
      murmurHash,
      (bytes) => port.write(1, bytes),
      {
        hashName: "murmur3-x86-128",
        bufferBytes: LIMITS.bufferBytes,
        onEntries: () => this.#flushSoon(bareMetal),
      },
    );
    this.#recorder = recorder;
    this.#clock = recorder.hal.clock;
    this.#machine.onFailure(() => this.#end(UNCAUGHT, this.#isOfEngine));
    replaceMath((compute) => recorder.computed(compute));
    recorder.open((job) => job());
    return recorder.hal;
  }

  #describe(manifest: Manifest): RecordedImage {
    return {
      kind: "image",
      manifest: { ...manifest, entries: [] },
      commandLine: this.#machine.commandLine,
      early: this.#early,
      seed: [...this.#seed],
      builtins: this.#builtins,
    };
  }

  #keep(us: number): number {
    if (this.#early.length < LIMITS.early) this.#early.push(us);
    return us;
  }

  /** After each job its entries go out, so that a crash loses those of its own job at the most. */
  #flushSoon(bareMetal: BareMetal): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    bareMetal.schedule(() => {
      this.#isFlushing = false;
      this.#recorder?.flush();
    });
  }

  /** Memory, stack and the watchdog throw InternalErrors, which only this engine knows. */
  #listen(handler: (error: unknown, isRejection: boolean) => boolean): void {
    const look = (error: unknown): void => {
      this.#isOfEngine = error instanceof Error && error.name === ENGINE_ERROR;
    };
    this.#machine.onUncaught((error, isRejection) => {
      look(error);
      try {
        const isHeard = handler(error, isRejection);
        if (isHeard) this.#isOfEngine = true;
        return isHeard;
      } catch (thrown) {
        look(thrown);
        throw thrown;
      }
    });
  }

  #end(exitCode: number, byEngine = false): void {
    this.#recorder?.end(exitCode, byEngine);
    this.#port?.close();
  }

  #say(text: string): void {
    // Before the globals are there; ASCII.
    const line = `libos: ${text}\n`;
    this.#machine.console.write(Uint8Array.from(line, (letter) => letter.charCodeAt(0)));
  }
}

function replaying(native: NativeMachine, replay: ReplayedMachine): Observer {
  const { hal, image, trace } = replay;
  let early = 0;
  // Before the platform is asked for, readings come from the header.
  let isComposed = false;
  const read = (later: () => number): number =>
    isComposed ? later() : (image.early[early++] ?? 0);
  const clock: Clock = {
    nowUs: () => read(() => hal.clock.nowUs()),
    wallUs: () => read(() => hal.clock.wallUs()),
  };
  defineTimeAndChance(clock, Uint8Array.from(image.seed));
  return {
    native: { ...native, clock },
    trace,
    schedule: (_bareMetal, job) => replay.schedule(job),
    offer: () => {},
    platform: () => {
      isComposed = true;
      replaceMath(() => () => replay.computed());
      return hal;
    },
  };
}
