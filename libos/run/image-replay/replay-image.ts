/** The program of an image in a realm of this process, on the recorded HAL. */
import { Script } from "node:vm";
import { createPlainMemory } from "../../../host-adapters/shared/plain-memory.ts";
import type { NativeMachine } from "../../../bare-metal/native.ts";
import type { PacketMemory } from "../../hal/mod.ts";
import type { TraceSink } from "../../kernel/mod.ts";
import { encodeArchive } from "../../image/archive.ts";
import type { RecordedImage, ReplayedMachine } from "../../image/guest/record.ts";
import type { RecordingHeader, Replay } from "../../record/mod.ts";
import { OUTPUT_NAME } from "../../image/bundle.ts";
import { hostText } from "./host-text.ts";
import type { ImageProgram } from "./program.ts";
import { createRealm, type Realm } from "./realm.ts";

/** Room for the longest received frame, which also leaves the region at a page's boundary. */
const FRAME_BYTES = 128 * 1024;
const PAGE_BYTES = 4096;

/** @returns What the image put into its recording's header, if it is an image's. */
export function recordedImage({ app }: RecordingHeader): RecordedImage | undefined {
  return app["kind"] === "image" ? (app as unknown as RecordedImage) : undefined;
}

/** The place in which an image's program runs again. */
export interface ImageStage {
  /** Packet memory of the recorded size. */
  readonly memory: PacketMemory;
  /** Where in `memory` received frames are put, outside of its region. */
  readonly frameOffset: number;
  /** Evaluates the program; resolves when its main module has been evaluated. */
  run(options: StageOptions): Promise<void>;
  /**
   * Asks the application about an error that nobody caught, as the kernel does.
   *
   * @returns True where it dealt with it. What its handler throws ends it.
   */
  hears(error: unknown, isRejection: boolean): boolean;
}

type Uncaught = Parameters<NativeMachine["onUncaught"]>[0];

export interface StageOptions {
  readonly replay: Replay;
  readonly trace: TraceSink | undefined;
  readonly write: (bytes: Uint8Array) => void;
  /** The application ends the image. */
  readonly off: (exitCode: number) => never;
}

/** Prepares a realm like that of the recorded image. */
export function createImageStage(program: ImageProgram, header: RecordingHeader): ImageStage {
  const image = recordedImage(header)!;
  // A machine's local time is UTC.
  process.env["TZ"] = "UTC";
  const realm = createRealm(image.builtins);
  const regionBytes = Math.ceil(header.regionBytes / PAGE_BYTES) * PAGE_BYTES;
  // Of the realm itself, as the application sees it.
  const slab = construct<Uint8Array>(realm, "Uint8Array", FRAME_BYTES + regionBytes);
  const memory = createPlainMemory(slab, FRAME_BYTES, header.regionBytes);
  let uncaught: Uncaught | undefined;
  return {
    memory,
    frameOffset: 2,
    hears(error, isRejection) {
      const handler = uncaught;
      // Not asked again about what happens in it.
      uncaught = undefined;
      if (handler?.(error, isRejection) !== true) return false;
      uncaught = handler;
      return true;
    },
    run: (options) => {
      const onUncaught = (handler: Uncaught): void => void (uncaught = handler);
      const machine = { ...createMachine(header, image, options), onUncaught };
      Object.defineProperty(realm.global, "machine", { value: machine, configurable: true });
      return evaluate(program, realm);
    },
  };
}

function construct<Value>({ global }: Realm, name: string, ...values: unknown[]): Value {
  const constructor = Reflect.get(global, name) as new (...values: unknown[]) => Value;
  return new constructor(...values);
}

/** One line precedes the code where it is evaluated; in a source map each line ends with ";". */
export function mapOfEvaluated({ map }: ImageProgram): string {
  const parsed = JSON.parse(map) as { mappings: string };
  return JSON.stringify({ ...parsed, mappings: `;${parsed.mappings}` });
}

/** @returns A stack without the calls of this process: those of the program have no URL. */
export function withoutHost(stack: string): string {
  const isHost = (line: string): boolean => /^\s+at .*(?:file:\/\/|node:)/.test(line);
  return stack
    .split("\n")
    .filter((line) => !isHost(line))
    .join("\n");
}

/** Evaluates the module as an async function: both run synchronously up to the first `await`. */
function evaluate(program: ImageProgram, { context }: Realm): Promise<void> {
  const map = Buffer.from(mapOfEvaluated(program)).toString("base64");
  const url = `data:application/json;base64,${map}`;
  const text = `(async () => { "use strict";\n${program.code}\n})\n//# sourceMappingURL=${url}`;
  const script = new Script(text, { filename: OUTPUT_NAME });
  return (script.runInContext(context) as () => Promise<void>)();
}

/** As much of the kernel as the composition uses above the drivers. */
function createMachine(
  header: RecordingHeader,
  image: RecordedImage,
  { replay, trace, write, off }: StageOptions,
): Partial<NativeMachine> & { readonly replay: ReplayedMachine } {
  const { hal } = replay;
  const none = new Uint8Array(0);
  return {
    arch: header.platform.arch,
    engine: header.platform.engine,
    commandLine: image.commandLine,
    packetBytes: none,
    heapState: new Uint8Array(2),
    attachment: encodeArchive(image.manifest, {}, none),
    dmaBytes: 0,
    pciConfigBytes: 0,
    hasPorts: false,
    onPoll: () => {},
    onFailure: () => {},
    clock: hal.clock,
    entropy: {
      available: () => hal.entropy.available,
      fill: (target) => hal.entropy.fill(target),
      add: () => {},
    },
    text: hostText,
    console: { write, read: () => 0, line: () => 0 },
    power: { off, reset: () => off(0) },
    memory: hal.memory,
    firmware: { table: () => undefined },
    replay: {
      hal,
      image,
      trace,
      schedule: (job) => replay.schedule(job),
      computed: () => replay.computed(),
    },
  };
}
