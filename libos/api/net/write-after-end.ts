import type { Duplex } from "../shared/stream.ts";
import { endedByPeer } from "./errors.ts";
import type { WriteCallback } from "./flow.ts";

/**
 * After `end`, a socket that is not half open refuses writes with EPIPE.
 *
 * @param defer Runs a callback in a later turn.
 */
export function refuseWritesAfterEnd(stream: Duplex, defer: (callback: () => void) => void): void {
  stream.on("end", () => {
    if (stream.allowHalfOpen) return;
    stream.write = ((_chunk: unknown, encoding?: unknown, callback?: unknown): boolean => {
      const done = typeof encoding === "function" ? encoding : callback;
      const error = endedByPeer();
      if (typeof done === "function") {
        const tell = (): void => (done as WriteCallback)(error);
        // What is destroyed already emits no further error.
        if (stream.destroyed) defer(tell);
        else stream.prependOnceListener("error", tell);
      }
      stream.destroy(error);
      return false;
    }) as typeof stream.write;
  });
}
