import type { Context } from "./state.ts";

/**
 * Whether a peer may make one more connection. Asked before anything is allocated for it: where the
 * heap is nearly full, memory belongs to the connections that there are.
 */
export function hasRoom({ table, limits, isMemoryShort }: Context): boolean {
  return table.count < limits.maxConnections && isMemoryShort?.() !== true;
}
