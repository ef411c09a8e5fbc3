/**
 * The slice of Deno's own API that the adapter uses, so that the compiler of the published package
 * needs no types of Deno. `testing/deno-api-check.ts` holds it to the real one under `deno check`.
 */
export interface DenoApi {
  readonly version: { readonly v8: string };
  readonly build: { readonly arch: string };
  readonly stdin: DenoReader;
  readonly stdout: DenoWriter;
  readonly stderr: DenoWriter;
  addSignalListener(signal: DenoSignal, handler: () => void): void;
  removeSignalListener(signal: DenoSignal, handler: () => void): void;
  unrefTimer(id: number): void;
  exit(exitCode?: number): never;
}

export type DenoSignal = "SIGINT" | "SIGTERM";

export interface DenoReader {
  read(into: Uint8Array): Promise<number | null>;
}

export interface DenoWriter {
  writeSync(bytes: Uint8Array): number;
}

/** The globals of the web that the adapter uses. */
export interface DenoGlobals {
  readonly Deno: DenoApi;
  readonly Date: { now(): number };
  readonly performance: { now(): number };
  readonly crypto: { getRandomValues(target: Uint8Array): Uint8Array };
  setTimeout(callback: () => void, delayMs: number): number;
  clearTimeout(id: number): void;
  setInterval(callback: () => void, delayMs: number): number;
  clearInterval(id: number): void;
}
