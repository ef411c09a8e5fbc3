/** The deno adapter under the contract suite, with streams and an exit of the test's own. */
import type { DenoReader, DenoWriter } from "../../host-adapters/deno/deno-api.ts";
import { createDenoHal, createDenoSchedule } from "../../host-adapters/deno/mod.ts";
import type { ContractHarness, StartOptions, SystemUnderTest } from "./harness.ts";
import { startOnHost } from "./host-harness.ts";
import process from "node:process";

/** A writer that keeps what it gets, at most 1000 bytes in a call: short writes happen. */
class Sink implements DenoWriter {
  readonly #chunks: number[] = [];

  writeSync(bytes: Uint8Array): number {
    const count = Math.min(bytes.length, 1000);
    for (const byte of bytes.subarray(0, count)) this.#chunks.push(byte);
    return count;
  }

  read(): Uint8Array {
    return Uint8Array.from(this.#chunks);
  }
}

/** A reader that hands over what is typed. */
class Keyboard implements DenoReader {
  readonly #typed: (Uint8Array | null)[] = [];
  #wake: (() => void) | undefined;

  type(bytes: Uint8Array | null): void {
    this.#typed.push(bytes);
    this.#wake?.();
  }

  async read(into: Uint8Array): Promise<number | null> {
    while (this.#typed.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const bytes = this.#typed.shift()!;
    if (bytes === null) return null;
    into.set(bytes);
    return bytes.length;
  }
}

async function start(options: StartOptions): Promise<SystemUnderTest> {
  const [stdout, stderr] = [new Sink(), new Sink()];
  const stdin = new Keyboard();
  let exitCode: number | undefined;
  return startOnHost(
    {
      schedule: createDenoSchedule(),
      createHal: (halOptions) =>
        createDenoHal({
          ...halOptions,
          streams: { stdin, stdout, stderr },
          exit: (code) => (exitCode ??= code),
        }),
      console: {
        output: (stream) => (stream === 1 ? stdout : stderr).read(),
        type: (bytes) => stdin.type(bytes.slice()),
        endInput: () => stdin.type(null),
      },
      power: {
        requestEnd: () => void process.kill(process.pid, "SIGTERM"),
        exitCode: () => exitCode,
      },
      end: () => stdin.type(null),
    },
    options,
  );
}

export const denoHarness: ContractHarness = {
  name: "deno",
  devices: ["net", "disk", "share"],
  start,
};
