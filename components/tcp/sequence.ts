/**
 * Sequence numbers are 32 bits that wrap (RFC 9293 3.4). They are kept as signed 32-bit integers,
 * which the engine stores without a box; only differences have a meaning, so the sign has none.
 * Every sum and difference ends in `| 0`.
 */

/** True when `a` comes before `b`: the distance from `b` is negative modulo 2^32. */
export function isBefore(a: number, b: number): boolean {
  return ((a - b) | 0) < 0;
}

/** True when `a` comes after `b`. */
export function isAfter(a: number, b: number): boolean {
  return ((a - b) | 0) > 0;
}

/** The later of two. */
export function laterOf(a: number, b: number): number {
  return ((a - b) | 0) > 0 ? a : b;
}

/** The earlier of two. */
export function earlierOf(a: number, b: number): number {
  return ((a - b) | 0) < 0 ? a : b;
}
