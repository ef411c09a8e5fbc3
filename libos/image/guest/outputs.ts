/**
 * `process.stdout` and `process.stderr`. They are made when somebody asks for them: a real Writable
 * where the application has streams, and otherwise as much of one as writing to it takes.
 */
import { EventEmitter } from "events";
import { native } from "./machine.ts";

type Done = (error?: Error | null) => void;

/** Makes one of them; `streams/outputs.ts` puts its own here. */
export const outputs: { make: (stream: 1 | 2) => object } = {
  make: () => new Output(),
};

/** Writes to the console of the machine. */
export function writeBytes(bytes: Uint8Array): void {
  native.console.write(bytes);
}

/** What packages use of a Writable that never waits. */
class Output extends EventEmitter {
  readonly writable = true;
  readonly #encoder = new TextEncoder();

  write(chunk: string | Uint8Array, ...rest: unknown[]): boolean {
    writeBytes(typeof chunk === "string" ? this.#encoder.encode(chunk) : chunk);
    const done = rest.at(-1);
    if (typeof done === "function") queueMicrotask(() => (done as Done)(null));
    return true;
  }

  end(chunk?: string | Uint8Array, ...rest: unknown[]): this {
    if (typeof chunk === "string" || chunk instanceof Uint8Array) this.write(chunk, ...rest);
    return this;
  }
}

/** Defines both on `process`. */
export function defineOutputs(process: object): void {
  for (const [name, fd] of [
    ["stdout", 1],
    ["stderr", 2],
  ] as const) {
    let made: object | undefined;
    Object.defineProperty(process, name, {
      configurable: true,
      enumerable: true,
      get: () => (made ??= Object.assign(outputs.make(fd), { fd, isTTY: false })),
    });
  }
}
