import type { ByteHelpers } from "../hal/mod.ts";

/** The helpers in plain TypeScript: what hosts run, whose engines compile it. */
export const PORTABLE_BYTES: ByteHelpers = {
  span(bytes, start, end, table) {
    let at = start;
    while (at < end && table[bytes[at]!] === 1) at++;
    return at;
  },
  compare(left, leftOffset, right, rightOffset, length) {
    for (let index = 0; index < length; index++) {
      const difference = left[leftOffset + index]! - right[rightOffset + index]!;
      if (difference !== 0) return difference < 0 ? -1 : 1;
    }
    return 0;
  },
};
