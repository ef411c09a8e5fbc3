/**
 * What the platform knows of JavaScript's work, and the other way round, where its heap has a bound
 * (`Hal.heapState`).
 */

/** The first byte: what runs. */
export const HEAP_SCOPE = {
  /** The application, and all that is in no other scope. */
  APPLICATION: 0,
  /** Work for one peer, which can be given up for the others. */
  PEER: 1,
  /** The system's own work, of which a half would be a fault. */
  SYSTEM: 2,
} as const;

/** Runs `work` in a scope. In hot paths, where a closure is dear, write to the byte yourself. */
export function inHeapScope(heapState: Uint8Array, scope: number, work: () => void): void {
  const before = heapState[0]!;
  heapState[0] = scope;
  try {
    work();
  } finally {
    heapState[0] = before;
  }
}
