/** The serial console as a `Console`. Input is read when its interrupt says so. */
import type { Console } from "../libos/hal/mod.ts";
import type { Jobs } from "./jobs.ts";
import type { NativeMachine } from "./native.ts";

/** The receive FIFO of an ns16550 has 16 bytes; one read takes more, for a faster device. */
const READ_BYTES = 256;

class SerialConsole implements Console {
  readonly #native: NativeMachine;
  readonly #jobs: Jobs;
  readonly #buffer = new Uint8Array(READ_BYTES);
  #isConnected = false;
  #handler: (() => void) | undefined;

  constructor(native: NativeMachine, jobs: Jobs) {
    this.#native = native;
    this.#jobs = jobs;
  }

  /** There is one line, so that both streams share it. */
  write(_stream: 1 | 2, bytes: Uint8Array): void {
    this.#native.console.write(bytes);
  }

  read(accept: (bytes: Uint8Array) => void): number {
    let calls = 0;
    for (;;) {
      const count = this.#native.console.read(this.#buffer);
      if (count === 0) return calls;
      accept(this.#buffer.subarray(0, count));
      calls++;
    }
  }

  onReady(handler: () => void): void {
    this.#handler = handler;
    if (this.#isConnected) return;
    this.#isConnected = true;
    const source = this.#native.interrupts.line(this.#native.console.line());
    if (source >= 0) this.#jobs.onSource(source, () => this.#handler?.());
    // What came before the interrupt was on is announced by nobody else.
    this.#jobs.post(() => this.#handler?.());
  }
}

/** Makes the console over the kernel's serial port. */
export function createSerialConsole(native: NativeMachine, jobs: Jobs): Console {
  return new SerialConsole(native, jobs);
}
