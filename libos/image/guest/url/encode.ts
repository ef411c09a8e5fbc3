/** Percent-encoding and forms (WHATWG URL, 1.3 and 5). */

const encoder = new TextEncoder();
const [PERCENT, PLUS, SPACE] = [0x25, 0x2b, 0x20];

/** Characters that are encoded beside controls and what is not ASCII, by the part of a URL. */
export const SETS = {
  fragment: ' "<>`',
  query: ' "#<>',
  specialQuery: " \"#<>'",
  path: ' "#<>?^`{}',
  userinfo: ' "#<>?`{}/:;=@[\\]^|',
  opaque: "",
} as const;

/** Encodes what the set names. */
export function percentEncode(text: string, set: string): string {
  let out = "";
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (code > 0x1f && code < 0x7f && !set.includes(character)) out += character;
    else for (const byte of encoder.encode(character)) out += encodeByte(byte);
  }
  return out;
}

function encodeByte(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
}

function hexValue(byte: number | undefined): number {
  const value = byte === undefined ? NaN : Number.parseInt(String.fromCharCode(byte), 16);
  return Number.isNaN(value) ? -1 : value;
}

/** Bytes of a text whose `%XX` are decoded. */
export function percentDecode(text: string): Uint8Array {
  const source = encoder.encode(text);
  const out = new Uint8Array(source.length);
  let length = 0;
  for (let at = 0; at < source.length; at++) {
    const [high, low] = [hexValue(source[at + 1]), hexValue(source[at + 2])];
    const isEncoded = source[at] === PERCENT && high >= 0 && low >= 0;
    out[length++] = isEncoded ? high * 16 + low : source[at]!;
    if (isEncoded) at += 2;
  }
  return out.subarray(0, length);
}

/** Pairs of a form: `a=1&b=2`. */
export function parseForm(text: string): [string, string][] {
  const decode = (part: string): string =>
    new TextDecoder("utf-8", { ignoreBOM: true }).decode(percentDecode(part.replaceAll("+", " ")));
  return text
    .split("&")
    .filter((part) => part !== "")
    .map((part) => {
      const equals = part.indexOf("=");
      const [name, value] =
        equals < 0 ? [part, ""] : [part.slice(0, equals), part.slice(equals + 1)];
      return [decode(name), decode(value)];
    });
}

/** A form of pairs. */
export function formatForm(pairs: readonly (readonly [string, string])[]): string {
  const encode = (text: string): string => {
    let out = "";
    for (const byte of encoder.encode(text)) {
      const character = String.fromCharCode(byte);
      if (byte === SPACE) out += String.fromCharCode(PLUS);
      else out += /[\w*.-]/.test(character) ? character : encodeByte(byte);
    }
    return out;
  };
  return pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&");
}
