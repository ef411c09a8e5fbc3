/**
 * Stops a bug where it happens. Assertions stay on in images; what untrusted input can cause is
 * never asserted but refused.
 *
 * @throws AssertionError with `message` when `condition` is false.
 */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** A bug in libos itself or in its caller. */
export class AssertionError extends Error {
  override readonly name: string = "AssertionError";
}
