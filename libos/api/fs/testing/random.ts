/** A seeded source of choices, so that a failure can be repeated. */
export interface Random {
  /** An integer from 0 to `below` - 1. */
  integer(below: number): number;
  pick<T>(values: readonly T[]): T;
  chance(probability: number): boolean;
}

/** xorshift32 (Marsaglia, 2003). */
export function createRandom(seed: number): Random {
  let state = seed | 0 || 1;
  function next(): number {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  }
  for (let i = 0; i < 16; i++) next();
  const integer = (below: number) => next() % below;
  return {
    integer,
    pick: <T>(values: readonly T[]): T => values[integer(values.length)]!,
    chance: (probability) => next() / 2 ** 32 < probability,
  };
}
