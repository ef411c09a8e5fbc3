/** Classes of bytes as tables: `TABLE[byte] === 1` when the byte belongs to the class. */

export const TAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SPACE = 0x20;
export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const SEMICOLON = 0x3b;
export const EQUALS = 0x3d;
export const BACKSLASH = 0x5c;

function tableOf(belongs: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (belongs(byte) ? 1 : 0));
}

const TOKEN_PUNCTUATION = "!#$%&'*+-.^_`|~";

/** token (RFC 9110 5.6.2): what names of fields, methods and codings are made of. */
export const TOKEN: Uint8Array = tableOf((byte) => {
  const character = String.fromCharCode(byte);
  return /[0-9A-Za-z]/.test(character) || TOKEN_PUNCTUATION.includes(character);
});

/** What a field value, a reason or a quoted string may hold: HTAB, SP, VCHAR, obs-text (RFC 9110 5.5). */
export const FIELD_VALUE: Uint8Array = tableOf(
  (byte) => byte === TAB || (byte >= SPACE && byte !== 0x7f),
);

/** What a request target may hold: visible US-ASCII; anything else comes percent-encoded. */
export const TARGET: Uint8Array = tableOf((byte) => byte > SPACE && byte < 0x7f);

/** Letters in lower case, everything else as it is. */
export const LOWER: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte,
);

/** The value of a hexadecimal digit, 255 for any other byte. */
export const HEX_VALUE: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  const value = "0123456789abcdef".indexOf(String.fromCharCode(byte).toLowerCase());
  return value < 0 ? 255 : value;
});
