/**
 * Domain names: text on our side, labels on the wire (RFC 1035, 3.1, 4.1.4, 5.1; RFC 4343).
 *
 * As text a name has no dot at its end; the root is ".". A label may hold any byte: "." and "\" in
 * it are escaped by "\", what is not printable ASCII as "\DDD".
 */
import { MAX_LABEL_BYTES, MAX_NAME_BYTES } from "./wire.ts";

/** Bits of a length byte that make it a pointer, and the most of them that one name may follow. */
const POINTER_MASK = 0xc0;
const MAX_POINTERS = 64;

const DOT = 0x2e;
const BACKSLASH = 0x5c;

/** Where reading stands; every read moves it. */
export interface Cursor {
  at: number;
}

/**
 * Reads a name. A pointer must lead backwards, and further back than the one before: so reading
 * always ends.
 *
 * @param end Where the message ends; the message begins at 0.
 * @returns The name, or undefined where it is malformed.
 */
export function parseName(bytes: Uint8Array, cursor: Cursor, end: number): string | undefined {
  let at = cursor.at;
  let lowest = at;
  let isPast = false;
  let pointers = 0;
  let wireBytes = 1;
  let text = "";
  for (;;) {
    if (at >= end) return undefined;
    const length = bytes[at]!;
    if (length === 0) {
      if (!isPast) cursor.at = at + 1;
      return text === "" ? "." : text;
    }
    if ((length & POINTER_MASK) === POINTER_MASK) {
      if (at + 1 >= end || ++pointers > MAX_POINTERS) return undefined;
      const target = ((length & ~POINTER_MASK) << 8) | bytes[at + 1]!;
      if (!isPast) cursor.at = at + 2;
      isPast = true;
      if (target >= lowest) return undefined;
      lowest = target;
      at = target;
      continue;
    }
    wireBytes += length + 1;
    if (length > MAX_LABEL_BYTES || at + 1 + length > end || wireBytes > MAX_NAME_BYTES) {
      return undefined;
    }
    text += (text === "" ? "" : ".") + labelText(bytes, at + 1, length);
    at += 1 + length;
  }
}

function labelText(bytes: Uint8Array, offset: number, length: number): string {
  let text = "";
  for (let index = 0; index < length; index++) {
    const byte = bytes[offset + index]!;
    if (byte === DOT || byte === BACKSLASH) text += `\\${String.fromCharCode(byte)}`;
    else if (byte > 0x20 && byte < 0x7f) text += String.fromCharCode(byte);
    else text += `\\${String(byte).padStart(3, "0")}`;
  }
  return text;
}

/** @returns The labels of a name, or undefined for text that is no name. A dot at the end may be. */
export function labelsOf(name: string): Uint8Array[] | undefined {
  if (name === "." || name === "") return name === "" ? undefined : [];
  const labels: Uint8Array[] = [];
  let label: number[] = [];
  let wireBytes = 1;
  for (let at = 0; at <= name.length; at++) {
    if (at === name.length && label.length === 0 && labels.length > 0) break;
    if (at === name.length || name[at] === ".") {
      wireBytes += label.length + 1;
      if (label.length === 0 || label.length > MAX_LABEL_BYTES) return undefined;
      if (wireBytes > MAX_NAME_BYTES) return undefined;
      labels.push(Uint8Array.from(label));
      label = [];
      continue;
    }
    let byte = name.charCodeAt(at);
    if (byte === BACKSLASH) {
      const digits = /^\d{3}/.exec(name.slice(at + 1, at + 4))?.[0];
      byte = digits === undefined ? name.charCodeAt(at + 1) : Number(digits);
      at += digits === undefined ? 1 : 3;
    }
    // Also NaN, behind a backslash at the end.
    if (!(byte <= 255)) return undefined;
    label.push(byte);
  }
  return labels;
}

/** True for text that can be asked for. */
export function isName(name: string): boolean {
  return labelsOf(name) !== undefined;
}

/** @returns The name as all names compare: ASCII letters small (RFC 4343), no dot at the end. */
export function canonicalName(name: string): string {
  const small = name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
  if (small.length < 2 || !small.endsWith(".")) return small;
  // An escaped dot at the end belongs to the label.
  const escapes = /\\*$/.exec(small.slice(0, -1))![0].length;
  return escapes % 2 === 0 ? small.slice(0, -1) : small;
}

/** Where names of a message were written, for compression: by canonical text. */
export interface NameOffsets extends Map<string, number> {
  /** Gets the place of each pointer that is written, for who moves names afterwards. */
  readonly pointersAt?: number[];
}

/**
 * Appends a name to `out`, as pointer where its end was written before.
 *
 * @param names Undefined where compression is forbidden (RFC 3597, 4).
 * @throws RangeError for text that is no name: that is a bug of the caller.
 */
export function encodeName(out: number[], name: string, names: NameOffsets | undefined): void {
  const labels = labelsOf(name);
  if (labels === undefined) throw new RangeError(`not a domain name: ${name}`);
  for (let index = 0; index < labels.length; index++) {
    const key = suffixKey(labels, index);
    const known = names?.get(key);
    if (known !== undefined) {
      names?.pointersAt?.push(out.length);
      out.push(POINTER_MASK | (known >> 8), known & 255);
      return;
    }
    // A pointer has 14 bits.
    if (names !== undefined && out.length < 0x4000) names.set(key, out.length);
    const label = labels[index]!;
    out.push(label.length, ...label);
  }
  out.push(0);
}

function suffixKey(labels: readonly Uint8Array[], from: number): string {
  return labels
    .slice(from)
    .map((label) => labelText(label, 0, label.length))
    .join(".")
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
