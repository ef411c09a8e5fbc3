/** Classes of bytes as tables: `TABLE[byte] === 1` when the byte belongs to the class. */
import { encodeLatin1 } from "./latin1.ts";

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

/**
 * Tables are filled by ranges, and not byte by byte by a function that decides: programs wait for
 * them when they start.
 *
 * @param ranges First and last byte of each.
 */
function tableOf(...ranges: readonly (readonly [first: number, last: number])[]): Uint8Array {
  const table = new Uint8Array(256);
  for (const [first, last] of ranges) table.fill(1, first, last + 1);
  return table;
}

const DIGITS = [0x30, 0x39] as const;
const UPPER_CASE = [0x41, 0x5a] as const;
const LOWER_CASE = [0x61, 0x7a] as const;
const TOKEN_PUNCTUATION = "!#$%&'*+-.^_`|~";

/** token (RFC 9110 5.6.2): what names of fields, methods and codings are made of. */
export const TOKEN: Uint8Array = tokenTable();

function tokenTable(): Uint8Array {
  const table = tableOf(DIGITS, UPPER_CASE, LOWER_CASE);
  for (const byte of encodeLatin1(TOKEN_PUNCTUATION)) table[byte] = 1;
  return table;
}

/** What a field value, a reason or a quoted string may hold: HTAB, SP, VCHAR, obs-text (RFC 9110 5.5). */
export const FIELD_VALUE: Uint8Array = tableOf([TAB, TAB], [SPACE, 0x7e], [0x80, 0xff]);

/** What a request target may hold: visible US-ASCII; anything else comes percent-encoded. */
export const TARGET: Uint8Array = tableOf([SPACE + 1, 0x7e]);

/** Letters in lower case, everything else as it is. */
export const LOWER: Uint8Array = lowerTable();

function lowerTable(): Uint8Array {
  const table = new Uint8Array(256);
  for (let byte = 0; byte < 256; byte++) table[byte] = byte;
  const [first, last] = LOWER_CASE;
  table.set(table.subarray(first, last + 1), UPPER_CASE[0]);
  return table;
}

/** The value of a hexadecimal digit, 255 for any other byte. */
export const HEX_VALUE: Uint8Array = hexTable();

function hexTable(): Uint8Array {
  const table = new Uint8Array(256).fill(255);
  for (let value = 0; value < 10; value++) table[DIGITS[0] + value] = value;
  for (let value = 10; value < 16; value++) {
    table[UPPER_CASE[0] + value - 10] = value;
    table[LOWER_CASE[0] + value - 10] = value;
  }
  return table;
}
