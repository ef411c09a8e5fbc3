/** Whether somebody listens, asked in ways that cost less than `emit` does: most messages have no listener. */
import { EventEmitter } from "events";

/** @returns False when nobody listens for anything; quicker than to ask for one event. */
export function hasListeners(emitter: EventEmitter): boolean {
  // A field of Node's own and of the package's, which packages read as well.
  return (emitter as unknown as { readonly _eventsCount: number })._eventsCount !== 0;
}

/**
 * @returns The listener of an event that has one only, for who calls it himself: `emit` puts what it
 *   is given into a list. Undefined where there is another number of them, or `emit` was replaced.
 */
export function onlyListener(
  emitter: EventEmitter,
  event: string,
): ((...values: unknown[]) => void) | undefined {
  if (emitter.emit !== EventEmitter.prototype.emit) return undefined;
  const { _events } = emitter as unknown as { _events?: Record<string, unknown> };
  const listener = _events?.[event];
  return typeof listener === "function" ? (listener as () => void) : undefined;
}
