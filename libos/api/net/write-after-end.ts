import type { Duplex } from "../shared/stream.ts";
import { endedByPeer } from "./errors.ts";
import type { WriteCallback } from "./flow.ts";

/** After `end`, a socket that is not half open refuses writes with EPIPE. */
export function refuseWritesAfterEnd(stream: Duplex): void {
  stream.on("end", refuse);
}

function refuse(this: Duplex): void {
  if (!this.allowHalfOpen) this.write = writeAfterEnd as typeof this.write;
}

function writeAfterEnd(
  this: Duplex,
  _chunk: unknown,
  encoding?: unknown,
  callback?: unknown,
): boolean {
  const done = typeof encoding === "function" ? encoding : callback;
  const error = endedByPeer();
  if (typeof done === "function")
    this.prependOnceListener("error", () => (done as WriteCallback)(error));
  this.destroy(error);
  return false;
}
