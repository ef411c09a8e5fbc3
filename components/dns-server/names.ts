/** Names of zones: as text with their case kept, and as keys under which they are found. */
import { labelsOf, MAX_LABEL_BYTES, MAX_NAME_BYTES } from "../dns/mod.ts";

const BACKSLASH = 92;
const NOT_ASCII = /[\u0080-\u00ff]/;

/**
 * Makes a name of a zone file absolute.
 *
 * @param text As it stands in the file; "@" is the origin itself.
 * @param origin Absolute, as the result is.
 * @returns The name without a dot at its end, the root as "."; undefined for what is no name.
 */
export function absoluteName(text: string, origin: string): string | undefined {
  if (text === "@") return origin;
  const isAbsolute = endsWithDot(text);
  const own = isAbsolute && text !== "." ? text.slice(0, -1) : text;
  const name = isAbsolute || origin === "." ? own : `${own}.${origin}`;
  return own !== "" && keyOfText(name) !== undefined ? name : undefined;
}

/** An escaped dot at the end belongs to its label. */
function endsWithDot(text: string): boolean {
  if (!text.endsWith(".")) return false;
  let backslashes = 0;
  while (text.charCodeAt(text.length - 2 - backslashes) === BACKSLASH) backslashes++;
  return backslashes % 2 === 0;
}

/**
 * The key of a name: its labels as on the wire, each with its length before it, without the empty
 * one; ASCII letters small (RFC 4343); one letter for each byte. The root's key is empty.
 *
 * @param name A name that is one.
 */
export function keyOf(name: string): string {
  return keyOfText(name) ?? "";
}

/** @returns The key, or undefined for text that is no name. */
function keyOfText(name: string): string | undefined {
  if (name === ".") return "";
  let key = "";
  if (name.includes("\\")) {
    const labels = labelsOf(name);
    if (labels === undefined) return undefined;
    for (const label of labels) key += String.fromCharCode(label.length, ...label);
    return foldLetters(key);
  }
  for (const label of name.split(".")) {
    if (label === "" || label.length > MAX_LABEL_BYTES) return undefined;
    key += String.fromCharCode(label.length) + label;
  }
  return key.length < MAX_NAME_BYTES ? foldLetters(key) : undefined;
}

/** @returns The key of the name with one label less. The root has none: do not ask. */
export function parentKey(key: string): string {
  return key.slice(1 + key.charCodeAt(0));
}

/**
 * Makes ASCII letters small, and nothing else: what `toLowerCase` does natively, and to bytes above
 * 127 too, which are no letters in a name (RFC 4343, 2.1). Lengths of labels are below all letters.
 */
export function foldLetters(key: string): string {
  const small = key.toLowerCase();
  if (small === key || !NOT_ASCII.test(key)) return small;
  return key.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
