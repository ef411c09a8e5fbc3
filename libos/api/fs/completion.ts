import { abortError, isSystemError, type AbortSignalLike } from "../shared/errors.ts";
import type { FsContext } from "./context.ts";

/** A callback in Node's manner: an error or null first. */
export type NodeCallback = (error: Error | null, ...results: unknown[]) => void;

/** How results of operations reach the application, when it did not ask to wait for them. */
export interface Completion {
  /**
   * Runs an operation now and hands its result to `callback` in a later turn.
   *
   * @throws What the operation threw, when that is an error about its arguments.
   */
  callback(callback: NodeCallback, run: () => unknown): void;
  /** As `callback`, for an operation with several results. */
  callbackMany(callback: NodeCallback, run: () => readonly unknown[]): void;
  /**
   * Runs an operation now and answers with a promise. Of those in one turn, the first
   * `promisesPerTurn` are settled at once; the others run in a later turn.
   */
  promise<T>(run: () => T): Promise<T>;
  /**
   * Runs an operation in a later turn, unless `signal` was aborted by then: so one that is
   * cancelled has no effect.
   */
  abortable<T>(signal: AbortSignalLike, run: () => T): Promise<T>;
  /** Hands what a promise comes to to `callback`, in a later turn. */
  report(promise: Promise<unknown>, callback: NodeCallback): void;
}

export function createCompletion(context: FsContext): Completion {
  const { defer, limits } = context;
  let settledInTurn = 0;
  let turnIsAwaited = false;

  function startTurn(): void {
    settledInTurn = 0;
    turnIsAwaited = false;
  }

  /** Counts one promise. @returns False when this turn has had its share. */
  function maySettleNow(): boolean {
    if (!turnIsAwaited) {
      turnIsAwaited = true;
      defer(startTurn);
    }
    return ++settledInTurn <= limits.promisesPerTurn;
  }

  function callbackMany(callback: NodeCallback, run: () => readonly unknown[]): void {
    let results: readonly unknown[];
    try {
      results = run();
    } catch (error) {
      if (!isReported(error)) throw error;
      defer(() => callback(error));
      return;
    }
    defer(() => callback(null, ...results));
  }

  function later<T>(run: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      defer(() => {
        try {
          resolve(run());
        } catch (error) {
          reject(error as Error);
        }
      });
    });
  }

  return {
    callback(callback, run) {
      let result: unknown;
      try {
        result = run();
      } catch (error) {
        if (!isReported(error)) throw error;
        defer(() => callback(error));
        return;
      }
      if (result === undefined) defer(() => callback(null));
      else defer(() => callback(null, result));
    },
    callbackMany,
    promise(run) {
      if (!maySettleNow()) return later(run);
      try {
        return Promise.resolve(run());
      } catch (error) {
        return Promise.reject(error as Error);
      }
    },
    abortable(signal, run) {
      if (signal.aborted) return Promise.reject(abortError(signal.reason));
      return later(() => {
        if (signal.aborted) throw abortError(signal.reason);
        return run();
      });
    },
    report(promise, callback) {
      promise.then(
        (result) => defer(() => (result === undefined ? callback(null) : callback(null, result))),
        (error: unknown) => defer(() => callback(error as Error)),
      );
    },
  };
}

/** Errors of the system reach the callback; errors about arguments are thrown at the caller. */
function isReported(error: unknown): error is Error {
  if (isSystemError(error)) return true;
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return typeof code === "string" && (code.startsWith("ERR_FS_") || code === "ERR_DIR_CLOSED");
}
