import type { CoreContext } from "./context.ts";

/**
 * Lets an error of the application's code surface as an uncaught one in a turn of its own. Code
 * that a component called must not unwind through that component: a segment would be lost half way.
 */
export function rethrowLater(context: Pick<CoreContext, "defer">, error: unknown): void {
  context.defer(() => {
    throw error;
  });
}

/** Runs `call`, which is the application's, from inside a component; see `rethrowLater`. */
export function runGuarded(context: Pick<CoreContext, "defer">, call: () => void): void {
  try {
    call();
  } catch (error) {
    rethrowLater(context, error);
  }
}
