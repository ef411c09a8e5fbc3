/**
 * Holds a range to `0 <= offset`, `0 <= length`, `offset + length <= size`. NaN is refused as well.
 *
 * @throws RangeError that names what was wrong, with its values.
 */
export function checkRange(what: string, offset: number, length: number, size: number): void {
  if (!(offset >= 0 && length >= 0 && offset + length <= size)) {
    refuseRange(what, offset, length, size);
  }
}

// Apart from the check, so that the check is small enough to be inlined.
function refuseRange(what: string, offset: number, length: number, size: number): never {
  throw new RangeError(`${what}: ${offset} + ${length} does not lie in 0 .. ${size}`);
}
