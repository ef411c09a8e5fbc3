/** "base64url" (RFC 4648, 5) for npm's `Buffer`, which lacks the name but reads the alphabet. */

/** @returns True for the encoding's name, in any case as in Node. */
export function isBase64Url(encoding: unknown): boolean {
  return typeof encoding === "string" && encoding.toLowerCase() === "base64url";
}

/** @returns What the package is to be asked for: its base64 reads both alphabets, padded or not. */
export function readingEncoding(encoding: unknown): unknown {
  return isBase64Url(encoding) ? "base64" : encoding;
}

/** @returns A text in base64 as base64url: other characters for 62 and 63, and no padding. */
export function toBase64Url(base64: string): string {
  const padding = base64.indexOf("=");
  const text = padding < 0 ? base64 : base64.slice(0, padding);
  return text.replaceAll("+", "-").replaceAll("/", "_");
}
