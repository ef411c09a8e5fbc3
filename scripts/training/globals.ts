/** The globals that packages look at when they are loaded, as in an image. */
import { AbortController, AbortSignal } from "abort-controller";
import { Buffer } from "buffer";
import { Utf8Decoder } from "../../libos/image/guest/utf8-decoder.ts";
import { Utf8Encoder } from "../../libos/image/guest/utf8.ts";

declare global {
  /** Writes a line. */
  function print(line: string): void;
}

type Callback = (...values: unknown[]) => void;

/** What `setImmediate` was given: `engine/trainer.c` calls `turn` when no promise reaction is left. */
const immediates: Callback[] = [];

function turn(): boolean {
  const next = immediates.shift();
  next?.();
  return next !== undefined;
}

Object.assign(globalThis, {
  global: globalThis,
  AbortController,
  AbortSignal,
  Buffer,
  TextDecoder: Utf8Decoder,
  TextEncoder: Utf8Encoder,
  console: { log: print, warn: print, error: print },
  process: {
    env: {},
    nextTick: (call: Callback, ...values: unknown[]) =>
      void Promise.resolve().then(() => call(...values)),
  },
  queueMicrotask: (call: () => void) => void Promise.resolve().then(call),
  setImmediate: (call: Callback) => void immediates.push(call),
  turn,
});
