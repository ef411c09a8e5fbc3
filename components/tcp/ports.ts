import type { Address } from "../ip/mod.ts";
import type { Context } from "./state.ts";

/**
 * Draws a free port for an active open: random by RFC 6056 3.3.1 (algorithm 1), so that an outsider
 * can't guess it; the search goes on upwards from there. A port serves several destinations at once.
 *
 * @returns 0 when every port of the range is in use for this destination.
 */
export function ephemeralPort(
  context: Context,
  local: Address,
  remote: Address,
  remotePort: number,
): number {
  const { ephemeralPortFirst, ephemeralPortLast } = context.limits;
  const count = ephemeralPortLast - ephemeralPortFirst + 1;
  const start = context.secrets.below(count);
  for (let step = 0; step < count; step++) {
    const port = ephemeralPortFirst + ((start + step) % count);
    if (context.listeners.has(port)) continue;
    if (context.table.find(local, port, remote, remotePort) === undefined) return port;
  }
  return 0;
}

/** Draws a port that nobody listens on, or 0 when there is none. */
export function listenerPort(context: Context): number {
  const { ephemeralPortFirst, ephemeralPortLast } = context.limits;
  const count = ephemeralPortLast - ephemeralPortFirst + 1;
  const start = context.secrets.below(count);
  for (let step = 0; step < count; step++) {
    const port = ephemeralPortFirst + ((start + step) % count);
    if (!context.listeners.has(port)) return port;
  }
  return 0;
}
