/** `Math.random` and `Date` over a HAL: what JavaScript itself would take from elsewhere. */
import type { Clock, Entropy } from "../hal/mod.ts";

/** Bytes that seed `createRandom`. */
export const RANDOM_SEED_BYTES = 16;

/** A quick generator for `Math.random` (xoshiro128**), seeded once from the HAL's entropy. */
export function createRandom(entropy: Entropy): () => number {
  const seed = new Uint8Array(RANDOM_SEED_BYTES);
  if (entropy.available) entropy.fill(seed);
  const view = new DataView(seed.buffer);
  let a = view.getUint32(0) | 1;
  let b = view.getUint32(4);
  let c = view.getUint32(8);
  let d = view.getUint32(12);
  const next = (): number => {
    const product = Math.imul(b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result >>> 0;
  };
  return () => (next() * 2 ** 21 + (next() >>> 11)) / 2 ** 53;
}

/** @returns A `Date` whose "now" is the HAL's wall clock. */
export function createDate(clock: Pick<Clock, "wallUs">): DateConstructor {
  const RealDate = Date;
  const now = (): number => Math.floor(clock.wallUs() / 1000);
  function HalDate(this: unknown, ...values: unknown[]): unknown {
    if (new.target === undefined) return new RealDate(now()).toString();
    const newTarget: unknown = new.target;
    return Reflect.construct(
      RealDate,
      values.length === 0 ? [now()] : values,
      newTarget === HalDate ? RealDate : (newTarget as new () => unknown),
    );
  }
  Object.defineProperties(HalDate, {
    ...Object.getOwnPropertyDescriptors(RealDate),
    now: { value: now, writable: true, configurable: true },
  });
  return HalDate as unknown as DateConstructor;
}
