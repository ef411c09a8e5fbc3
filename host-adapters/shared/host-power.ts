import type { Power } from "../../libos/hal/mod.ts";
import type { HostOutput, HostProcess } from "./host-platform.ts";
import type { Schedule } from "./jobs.ts";

/** The exit code of a shell for a process that SIGINT ended. */
const INTERRUPTED_EXIT_CODE = 130;

/** Power over a host's process: signals ask for the end, `off` is the process's exit. */
export class HostPower implements Power {
  readonly #process: HostProcess;
  readonly #output: HostOutput;
  readonly #schedule: Schedule;
  readonly #closeSystem: () => void;
  #handler: (() => void) | undefined;
  #removeSignals: (() => void) | undefined;
  #isAsked = false;
  #isOff = false;

  constructor(
    hostProcess: HostProcess,
    output: HostOutput,
    schedule: Schedule,
    closeSystem: () => void,
  ) {
    this.#process = hostProcess;
    this.#output = output;
    this.#schedule = schedule;
    this.#closeSystem = closeSystem;
  }

  off(exitCode: number): void {
    if (this.#isOff) return;
    this.#isOff = true;
    this.#closeSystem();
    this.#output.whenWritten(() => this.#process.exit(exitCode));
  }

  reset(): void {
    this.off(0);
  }

  onRequest(handler: () => void): void {
    this.#handler = handler;
    this.#removeSignals ??= this.#process.onSignal((signal) => this.#onSignal(signal));
  }

  close(): void {
    this.#handler = undefined;
    this.#removeSignals?.();
    this.#removeSignals = undefined;
  }

  #onSignal(signal: "SIGINT" | "SIGTERM"): void {
    // Whoever presses Ctrl-C twice has waited long enough.
    if (this.#isAsked && signal === "SIGINT") {
      this.#process.exit(INTERRUPTED_EXIT_CODE);
      return;
    }
    this.#isAsked = true;
    this.#schedule(() => this.#handler?.());
  }
}
