/** A part of a file, in bytes: `end` is the first byte behind it. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

const SINGLE_RANGE = /^bytes=(\d*)-(\d*)$/;

/**
 * Reads a Range field (RFC 9110 14.2), for one range.
 *
 * @param sizeBytes The size of the file.
 * @returns Undefined when the whole file is to be sent (no range, several, or not understood);
 *   "unsatisfiable" when the range lies outside of the file.
 */
export function parseRange(
  field: string | undefined,
  sizeBytes: number,
): ByteRange | "unsatisfiable" | undefined {
  const match = field === undefined ? null : SINGLE_RANGE.exec(field);
  if (match === null) return undefined;
  const [, first = "", last = ""] = match;
  if (first === "" && last === "") return undefined;
  if (first === "") {
    const suffixBytes = Math.min(Number(last), sizeBytes);
    if (suffixBytes === 0) return "unsatisfiable";
    return { start: sizeBytes - suffixBytes, end: sizeBytes };
  }
  const start = Number(first);
  const end = last === "" ? sizeBytes : Math.min(Number(last) + 1, sizeBytes);
  if (last !== "" && Number(last) < start) return undefined;
  return start >= sizeBytes ? "unsatisfiable" : { start, end };
}
