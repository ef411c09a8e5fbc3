/** Deep equality as `node:assert` and `util.isDeepStrictEqual` define it. */

/** Pairs that are being compared: two structures with the same cycles are equal. */
type Pairs = Map<object, object>;

/**
 * Compares two values with all that they hold.
 *
 * @param isStrict Types, prototypes and symbols count, and primitives by `Object.is`; otherwise
 *   primitives by `==`.
 */
export function isDeepEqual(a: unknown, b: unknown, isStrict: boolean): boolean {
  return areEqual(a, b, isStrict, new Map());
}

/** As `==`, but NaN equals itself: what `assert.equal` asks for. */
export function isLooselyEqual(a: unknown, b: unknown): boolean {
  // eslint-disable-next-line eqeqeq -- the loose comparison is what was asked for
  return a == b || (a !== a && b !== b);
}

function areEqual(a: unknown, b: unknown, isStrict: boolean, pairs: Pairs): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) {
    return !isStrict && typeof a !== "function" && isLooselyEqual(a, b);
  }
  if (isStrict && Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (tagOf(a) !== tagOf(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  if (pairs.get(a) === b) return true;
  pairs.set(a, b);
  const result = hasEqualValue(a, b, isStrict, pairs) && haveEqualKeys(a, b, isStrict, pairs);
  pairs.delete(a);
  return result;
}

function tagOf(value: object): string {
  return Object.prototype.toString.call(value);
}

/** Compares what is not in properties. */
function hasEqualValue(a: object, b: object, isStrict: boolean, pairs: Pairs): boolean {
  if (a instanceof Date) return Object.is(+a, +(b as Date));
  if (a instanceof RegExp) {
    return String(a) === String(b) && a.lastIndex === (b as RegExp).lastIndex;
  }
  if (a instanceof Error) {
    const other = b as Error;
    return (
      a.name === other.name &&
      a.message === other.message &&
      areEqual(a.cause, other.cause, isStrict, pairs)
    );
  }
  if (/ (?:Number|String|Boolean|BigInt|Symbol)\]$/.test(tagOf(a))) {
    return Object.is(a.valueOf(), b.valueOf());
  }
  if (a instanceof Map) return b instanceof Map && areEqualMaps(a, b, isStrict, pairs);
  if (a instanceof Set) return b instanceof Set && areEqualSets(a, b, isStrict, pairs);
  if (a instanceof ArrayBuffer) return areEqualBytes(new Uint8Array(a), bytesOf(b));
  if (a instanceof DataView) return areEqualBytes(bytesOf(a), bytesOf(b));
  return !(a instanceof Promise || a instanceof WeakMap || a instanceof WeakSet);
}

function bytesOf(value: object): Uint8Array {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  const { buffer, byteOffset, byteLength } = value as DataView;
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function areEqualBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function areEqualSets(a: Set<unknown>, b: Set<unknown>, isStrict: boolean, pairs: Pairs): boolean {
  if (a.size !== b.size) return false;
  const rest = new Set(b);
  for (const value of a) {
    if (rest.delete(value)) continue;
    const equal = [...rest].find((other) => areEqual(value, other, isStrict, pairs));
    if (equal === undefined && !rest.has(undefined)) return false;
    if (!rest.delete(equal)) return false;
  }
  return true;
}

function areEqualMaps(
  a: Map<unknown, unknown>,
  b: Map<unknown, unknown>,
  isStrict: boolean,
  pairs: Pairs,
): boolean {
  if (a.size !== b.size) return false;
  const rest = new Map(b);
  for (const [key, value] of a) {
    const found = rest.has(key)
      ? ([key, rest.get(key)] as const)
      : [...rest].find(([other]) => areEqual(key, other, isStrict, pairs));
    if (found === undefined || !areEqual(value, found[1], isStrict, pairs)) return false;
    rest.delete(found[0]);
  }
  return true;
}

function keysOf(value: object, isStrict: boolean): PropertyKey[] {
  if (!isStrict) return Object.keys(value);
  const isListed = (key: symbol): boolean => Object.prototype.propertyIsEnumerable.call(value, key);
  return [...Object.keys(value), ...Object.getOwnPropertySymbols(value).filter(isListed)];
}

function haveEqualKeys(a: object, b: object, isStrict: boolean, pairs: Pairs): boolean {
  const keys = keysOf(a, isStrict);
  if (keys.length !== keysOf(b, isStrict).length) return false;
  if (Array.isArray(a) && a.length !== (b as unknown[]).length) return false;
  return keys.every(
    (key) =>
      Object.prototype.propertyIsEnumerable.call(b, key) &&
      areEqual(Reflect.get(a, key), Reflect.get(b, key), isStrict, pairs),
  );
}
