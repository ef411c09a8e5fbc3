import { Readable } from "../shared/stream.ts";
import { unconstructed } from "./unconstructed.ts";

interface LazyState {
  _readableState: unknown;
}

/**
 * A `Readable` whose state is made when somebody first asks for it: with a listener, a read, or a
 * look at one of the stream's properties. Most requests have no body, nobody reads them, and their
 * streams would cost more than everything else that is made for them.
 */
export const LazyReadable: typeof Readable = unconstructed(Readable, {
  _readableState: {
    configurable: true,
    get(this: LazyState): unknown {
      // The package's classes are functions of the old kind, which set this property.
      (Readable as unknown as (this: object) => void).call(this);
      return this._readableState;
    },
    set(this: LazyState, value: unknown) {
      Object.defineProperty(this, "_readableState", {
        value,
        writable: true,
        enumerable: true,
        configurable: true,
      });
    },
  },
});

/** @returns Whether anybody has asked for the stream's state. */
export function isStreamInUse(stream: Readable): boolean {
  return Object.hasOwn(stream, "_readableState");
}
