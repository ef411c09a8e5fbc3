/**
 * CBOR (RFC 8949), as much as an archive needs: integers, texts, arrays, maps of texts, false and true,
 * all of definite length. An image reads its manifest at its start, and to read JSON there would be
 * native code that runs once, which emulators are slow at.
 */

export type Cbor = number | string | boolean | readonly Cbor[] | CborMap;
/** What is undefined is left out. */
export type CborMap = { readonly [name: string]: Cbor | undefined };

/** Major types (3.1), in the three highest bits of an item's first byte. */
const MAJOR = { UNSIGNED: 0, NEGATIVE: 1, TEXT: 3, ARRAY: 4, MAP: 5, SIMPLE: 7 } as const;
const SIMPLE = { FALSE: 20, TRUE: 21 } as const;
/** The lower bits are the number itself, or from here on say in how many bytes it follows: 1, 2, 4, 8. */
const BYTES_FOLLOW = 24;
const AS_ASSIGNED = { configurable: true, enumerable: true, writable: true };
/** Arrays and maps in each other. */
const DEPTH_MAX = 8;

/**
 * Encodes with the shortest heads; maps in the order of their keys.
 *
 * @throws RangeError for a number that is no safe integer.
 */
export function encodeCbor(item: Cbor): Uint8Array {
  const bytes: number[] = [];
  const head = (major: number, value: number): void => {
    const length = [BYTES_FOLLOW, 2 ** 8, 2 ** 16, 2 ** 32].findIndex((limit) => value < limit);
    const count = length === -1 ? 8 : length === 0 ? 0 : 2 ** (length - 1);
    bytes.push((major << 5) | (count === 0 ? value : BYTES_FOLLOW + Math.log2(count)));
    for (let index = count - 1; index >= 0; index--) {
      bytes.push(Math.floor(value / 2 ** (8 * index)) % 256);
    }
  };
  const add = (value: Cbor): void => {
    if (typeof value === "number") {
      if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is no safe integer`);
      if (value < 0) head(MAJOR.NEGATIVE, -1 - value);
      else head(MAJOR.UNSIGNED, value);
    } else if (typeof value === "boolean") head(MAJOR.SIMPLE, value ? SIMPLE.TRUE : SIMPLE.FALSE);
    else if (typeof value === "string") {
      const text = new TextEncoder().encode(value);
      head(MAJOR.TEXT, text.length);
      for (const byte of text) bytes.push(byte);
    } else if (Array.isArray(value)) {
      head(MAJOR.ARRAY, value.length);
      for (const part of value as readonly Cbor[]) add(part);
    } else {
      const parts = Object.entries(value).filter(([, part]) => part !== undefined);
      head(MAJOR.MAP, parts.length);
      for (const [name, part] of parts) {
        add(name);
        add(part!);
      }
    }
  };
  add(item);
  return Uint8Array.from(bytes);
}

/**
 * Decodes one item.
 *
 * @param decode UTF-8 to text.
 * @throws RangeError for bytes that end too soon or go on behind the item, and for all that
 *   `encodeCbor` does not write.
 */
export function decodeCbor(bytes: Uint8Array, decode: (bytes: Uint8Array) => string): Cbor {
  let at = 0;
  const refuse = (): never => {
    throw new RangeError(`no CBOR, at ${at}`);
  };
  const number = (info: number): number => {
    if (info < BYTES_FOLLOW) return info;
    if (info > BYTES_FOLLOW + 3) return refuse();
    const end = at + (1 << (info - BYTES_FOLLOW));
    if (end > bytes.length) return refuse();
    let value = 0;
    while (at < end) value = value * 256 + bytes[at++]!;
    return value <= Number.MAX_SAFE_INTEGER ? value : refuse();
  };
  const read = (depth: number): Cbor => {
    if (at >= bytes.length || depth > DEPTH_MAX) return refuse();
    const first = bytes[at++]!;
    const major = first >> 5;
    const value = number(first & 31);
    if (major === MAJOR.UNSIGNED) return value;
    if (major === MAJOR.NEGATIVE) return -1 - value;
    if (major === MAJOR.SIMPLE && value >= SIMPLE.FALSE && value <= SIMPLE.TRUE)
      return value === SIMPLE.TRUE;
    // Each part has a byte or more.
    if (value > bytes.length - at) return refuse();
    if (major === MAJOR.TEXT) {
      at += value;
      return decode(bytes.subarray(at - value, at));
    }
    if (major === MAJOR.ARRAY) {
      const parts: Cbor[] = [];
      for (let index = 0; index < value; index++) parts.push(read(depth + 1));
      return parts;
    }
    if (major !== MAJOR.MAP) return refuse();
    const parts: Record<string, Cbor> = {};
    for (let index = 0; index < value; index++) {
      const name = read(depth + 1);
      if (typeof name !== "string") return refuse();
      const part = read(depth + 1);
      if (name !== "__proto__") parts[name] = part;
      else Object.defineProperty(parts, name, { value: part, ...AS_ASSIGNED });
    }
    return parts;
  };
  const item = read(0);
  return at === bytes.length ? item : refuse();
}
