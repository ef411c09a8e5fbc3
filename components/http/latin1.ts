/**
 * Makes a string of `bytes[start, end)`, one character for each byte (ISO 8859-1). The parser makes
 * one for each head; a platform with a faster way passes its own.
 */
export type Latin1Decoder = (bytes: Uint8Array, start: number, end: number) => string;

/** Arguments of one call of `String.fromCharCode`: well below every engine's limit. */
const CALL_BYTES = 4_096;

/** The decoder that every engine has. */
export function decodeLatin1(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; at += CALL_BYTES) {
    const part = bytes.subarray(at, Math.min(end, at + CALL_BYTES));
    text += String.fromCharCode.apply(null, part as unknown as number[]);
  }
  return text;
}

/** @returns The low 8 bits of each character. */
export function encodeLatin1(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < bytes.length; index++) bytes[index] = text.charCodeAt(index);
  return bytes;
}
