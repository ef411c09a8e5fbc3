import type { CoreContext } from "./context.ts";
import type { AbortSignalLike } from "./validate.ts";

/** What can be closed by a signal: a socket, a server. */
interface Closable {
  once(event: "close", listener: () => void): unknown;
}

/** Calls `abort` once when the signal fires, in a later turn if it has; forgets it after `close`. */
export function obeySignal(
  context: Pick<CoreContext, "defer">,
  signal: AbortSignalLike,
  closable: Closable,
  abort: () => void,
): void {
  if (signal.aborted) {
    context.defer(abort);
    return;
  }
  signal.addEventListener("abort", abort, { once: true });
  closable.once("close", () => signal.removeEventListener("abort", abort));
}
