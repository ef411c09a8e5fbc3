/** Heads and chunk lines as text; every character is one byte (ISO 8859-1). */

/** The line behind the last chunk, with an empty trailer section. */
export const LAST_CHUNK = "0\r\n\r\n";

// By `+`: an interpreter calls a function for each template, and this is most of a small answer.

/** @returns `HTTP/1.1 200 OK\r\n`. The caller has checked the reason with `classifyFieldValue`. */
export function encodeStatusLine(statusCode: number, reason: string): string {
  return "HTTP/1.1 " + statusCode + " " + reason + "\r\n";
}

/** @returns `GET / HTTP/1.1\r\n`. The caller has checked method and target. */
export function encodeRequestLine(method: string, target: string): string {
  return `${method} ${target} HTTP/1.1\r\n`;
}

/** @returns `name: value\r\n`. The caller has checked both. */
export function encodeField(name: string, value: string): string {
  return name + ": " + value + "\r\n";
}

/** @returns The line before a chunk of `size` > 0 bytes; "\r\n" follows the data. */
export function encodeChunkSize(size: number): string {
  return `${size.toString(16)}\r\n`;
}

/** @returns The line of the last chunk, the trailer section, and the empty line behind it. */
export function encodeTrailers(fields: readonly string[]): string {
  let text = "0\r\n";
  for (let index = 0; index < fields.length; index += 2) {
    text += encodeField(fields[index]!, fields[index + 1]!);
  }
  return `${text}\r\n`;
}

// Regular expressions and not loops over characters: the engines of hosts compile them, and those
// that interpret run them natively.
const NOT_TOKEN = /[^!#$%&'*+\-.^_`|~0-9A-Za-z]/;
const NOT_ASCII_VALUE = /[^\t\x20-\x7e]/;
const NOT_LATIN1_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

/** @returns True for a token (RFC 9110 5.6.2): a valid name of a field or a method. */
export function isToken(text: string): boolean {
  return text.length > 0 && !NOT_TOKEN.test(text);
}

/**
 * What `text` is as a field value or a reason: "ascii", "latin1" when it also has characters from 0x80
 * to 0xff, or "invalid" with a control character other than HTAB, or a character beyond 0xff.
 */
export function classifyFieldValue(text: string): "ascii" | "latin1" | "invalid" {
  if (!NOT_ASCII_VALUE.test(text)) return "ascii";
  return NOT_LATIN1_VALUE.test(text) ? "invalid" : "latin1";
}

/** @returns True when `text` may stand as a request target: visible US-ASCII. */
export function isRequestTarget(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit <= 0x20 || unit >= 0x7f) return false;
  }
  return text.length > 0;
}

/** @returns The IMF-fixdate of RFC 9110 5.6.7, "Sun, 06 Nov 1994 08:49:37 GMT". */
export function formatHttpDate(msSinceEpoch: number): string {
  return new Date(msSinceEpoch).toUTCString();
}
