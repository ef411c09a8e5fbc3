/**
 * Finds the smallest of evenly spaced numbers that works, where every greater one works too.
 *
 * @param low Does not work, or is not worth trying.
 * @param high Is tried first.
 * @param step The distance between candidates, which lie at `high - n * step`.
 * @returns Undefined when `high` does not work.
 */
export async function smallest(
  { low, high, step }: { readonly low: number; readonly high: number; readonly step: number },
  works: (candidate: number) => Promise<boolean>,
): Promise<number | undefined> {
  if (!(await works(high))) return undefined;
  // Steps below `high`: `good` works, `bad` is beyond `low` or does not.
  let good = 0;
  let bad = Math.ceil((high - low) / step);
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (await works(high - middle * step)) good = middle;
    else bad = middle;
  }
  return high - good * step;
}
