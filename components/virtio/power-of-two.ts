/** Powers of two by bits: logarithms are slow where they are computed for the first time. */

/** @returns The largest power of two up to `value`, 1 .. 2^31 - 1. */
export function floorPowerOfTwo(value: number): number {
  return 1 << (31 - Math.clz32(value));
}

/** @param value Below 2^31. */
export function isPowerOfTwo(value: number): boolean {
  return value >= 1 && value === floorPowerOfTwo(value);
}
