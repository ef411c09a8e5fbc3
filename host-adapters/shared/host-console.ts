import type { Console } from "../../libos/hal/mod.ts";
import type { HostInput, HostInputControl, HostOutput } from "./host-platform.ts";
import type { Schedule } from "./jobs.ts";

/** Bytes of input that wait for `read`; at the bound the host's input is paused. */
const INPUT_LIMIT_BYTES = 65_536;

/** The console over a host's standard streams. */
export class HostConsole implements Console {
  readonly #output: HostOutput;
  readonly #hostInput: HostInput;
  readonly #schedule: Schedule;
  #input: Uint8Array[] = [];
  #inputBytes = 0;
  #control: HostInputControl | undefined;
  #handler: (() => void) | undefined;
  #isScheduled = false;

  constructor(output: HostOutput, input: HostInput, schedule: Schedule) {
    this.#output = output;
    this.#hostInput = input;
    this.#schedule = schedule;
  }

  write(stream: 1 | 2, bytes: Uint8Array): void {
    if (bytes.length > 0) this.#output.write(stream, bytes.slice());
  }

  read(accept: (bytes: Uint8Array) => void): number {
    const input = this.#input;
    this.#input = [];
    this.#inputBytes = 0;
    for (const bytes of input) accept(bytes);
    if (input.length > 0) this.#control?.resume();
    return input.length;
  }

  onReady(handler: () => void): void {
    this.#handler = handler;
    this.#control ??= this.#hostInput.start((bytes) => this.#add(bytes));
    if (this.#input.length > 0) this.#announce();
  }

  close(): void {
    this.#handler = undefined;
    this.#control?.stop();
  }

  #add(bytes: Uint8Array): void {
    this.#input.push(bytes);
    this.#inputBytes += bytes.length;
    if (this.#inputBytes >= INPUT_LIMIT_BYTES) this.#control?.pause();
    this.#announce();
  }

  #announce(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#schedule(() => {
      this.#isScheduled = false;
      this.#handler?.();
    });
  }
}
