/**
 * Base64 for npm's `buffer` (RFC 4648, 4 and 5), in place of base64-js, which fills tables when it is
 * loaded: programs wait for what is made when they start.
 */

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const [PLUS, MINUS, SLASH, NINE, CAPITAL_Z, UNDERSCORE] = [0x2b, 0x2d, 0x2f, 0x39, 0x5a, 0x5f];

/** @returns The six bits of a character of either alphabet. */
function bitsOf(code: number): number {
  if (code === PLUS || code === MINUS) return 62;
  if (code === SLASH || code === UNDERSCORE) return 63;
  if (code <= NINE) return code + 4;
  return code <= CAPITAL_Z ? code - 65 : code - 71;
}

/** @param text Characters of the alphabets alone, padded to a multiple of four with "=". */
export function toByteArray(text: string): Uint8Array {
  const padding = text.indexOf("=");
  const length = padding < 0 ? text.length : padding;
  const bytes = new Uint8Array(Math.floor((length * 3) / 4));
  let bits = 0;
  let at = 0;
  for (let index = 0; index < length; index++) {
    const place = index & 3;
    bits = (bits << 6) | bitsOf(text.charCodeAt(index));
    if (place > 0) bytes[at++] = bits >> (6 - 2 * place);
  }
  return bytes;
}

export function fromByteArray(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const bits = (bytes[at]! << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    text += ALPHABET[bits >> 18]! + ALPHABET[(bits >> 12) & 63]!;
    text += left > 1 ? ALPHABET[(bits >> 6) & 63]! : "=";
    text += left > 2 ? ALPHABET[bits & 63]! : "=";
  }
  return text;
}

const part: object = { toByteArray, fromByteArray };
export default part;
