/** Comparisons in the manner of tap: alike, and matching a pattern. */

/** Deeply equal; numbers and texts that are equal by `==` count as such. */
export function isAlike(found: unknown, wanted: unknown): boolean {
  if (Object.is(found, wanted)) return true;
  if (typeof found !== "object" || typeof wanted !== "object") {
    // oxlint-disable-next-line eqeqeq -- as tap's `same`
    return found == wanted;
  }
  if (found === null || wanted === null) return false;
  if (found instanceof Map && wanted instanceof Map) return isAlike([...found], [...wanted]);
  if (found instanceof Set && wanted instanceof Set) return isAlike([...found], [...wanted]);
  if (Array.isArray(found) !== Array.isArray(wanted)) return false;
  const [ours, theirs] = [Object.keys(found), Object.keys(wanted)];
  return (
    ours.length === theirs.length &&
    ours.every((key) => key in wanted && isAlike(valueOf(found, key), valueOf(wanted, key)))
  );
}

function valueOf(owner: object, key: string): unknown {
  return (owner as Record<string, unknown>)[key];
}

/** A text is contained, a regular expression fits, an object's properties match. */
export function isMatching(found: unknown, pattern: unknown): boolean {
  if (pattern instanceof RegExp) return pattern.test(String(found));
  if (typeof pattern === "string" && typeof found === "string") return found.includes(pattern);
  if (typeof pattern === "function") {
    if (pattern === String || pattern === Number || pattern === Boolean) {
      return typeof found === pattern.name.toLowerCase();
    }
    return found instanceof pattern;
  }
  if (typeof pattern !== "object" || pattern === null) {
    // oxlint-disable-next-line eqeqeq -- as tap's `match`
    return found == pattern;
  }
  if (typeof found !== "object" || found === null) return false;
  const names =
    pattern instanceof Error ? ["message", ...Object.keys(pattern)] : Object.keys(pattern);
  return names.every((key) => isMatching(valueOf(found, key), valueOf(pattern, key)));
}
