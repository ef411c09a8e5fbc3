/** `TextEncoder` (WHATWG Encoding) for UTF-8, where the engine has none. */

const REPLACEMENT = 0xfffd;

/** The code point at `index`; half a surrogate pair counts as U+FFFD. */
function scalarAt(text: string, index: number): number {
  const point = text.codePointAt(index)!;
  return point >= 0xd800 && point <= 0xdfff ? REPLACEMENT : point;
}

function byteCount(point: number): number {
  if (point < 0x80) return 1;
  if (point < 0x800) return 2;
  return point < 0x10000 ? 3 : 4;
}

function writePoint(point: number, target: Uint8Array, at: number): number {
  const count = byteCount(point);
  if (count === 1) {
    target[at] = point;
    return 1;
  }
  for (let index = count - 1; index > 0; index--) {
    target[at + index] = 0x80 | (point & 0x3f);
    point >>= 6;
  }
  target[at] = ((0xf00 >> count) & 0xff) | point;
  return count;
}

/** Encodes text; halves of surrogate pairs become U+FFFD. */
export class Utf8Encoder {
  readonly encoding = "utf-8";

  encode(text: string = ""): Uint8Array<ArrayBuffer> {
    const source = String(text);
    const bytes = new Uint8Array(encodedBytes(source));
    this.encodeInto(source, bytes);
    return bytes;
  }

  encodeInto(text: string, target: Uint8Array): { read: number; written: number } {
    let written = 0;
    let read = 0;
    while (read < text.length) {
      const point = scalarAt(text, read);
      if (written + byteCount(point) > target.length) break;
      written += writePoint(point, target, written);
      read += point >= 0x10000 ? 2 : 1;
    }
    return { read, written };
  }
}

function encodedBytes(text: string): number {
  let count = 0;
  for (let index = 0; index < text.length; index++) {
    const point = scalarAt(text, index);
    count += byteCount(point);
    if (point >= 0x10000) index++;
  }
  return count;
}
