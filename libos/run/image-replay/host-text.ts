/** The kernel's functions for text (`bare-metal/native.ts`), by Node's. */
import { Buffer, isUtf8 } from "node:buffer";
import type { NativeMachine } from "../../../bare-metal/native.ts";
import { PORTABLE_BYTES } from "../../kernel/mod.ts";

function over(bytes: Uint8Array, offset = 0, length: number = bytes.length - offset): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset + offset, length);
}

function isWellFormed(text: string): boolean {
  return !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text);
}

function isLatin1(text: string): boolean {
  // eslint-disable-next-line no-control-regex -- every character of Latin-1
  return /^[\u0000-\u00ff]*$/.test(text);
}

function write(text: string, target: Uint8Array, offset: number, encoding: "utf8" | "latin1") {
  const length = Buffer.byteLength(text, encoding);
  if (length > target.length - offset) return -1;
  return over(target, offset).write(text, encoding);
}

/** What the kernel does, with the same answers. */
export const hostText: NativeMachine["text"] = {
  encodeInto: (text, target, offset) =>
    isWellFormed(text) ? write(text, target, offset, "utf8") : -1,
  utf8Length: (text) => (isWellFormed(text) ? Buffer.byteLength(text) : -1),
  encodeLatin1: (text, target, offset) =>
    isLatin1(text) ? write(text, target, offset, "latin1") : -1,
  decode(source, offset, length) {
    const bytes = over(source, offset, length);
    return isUtf8(bytes) ? bytes.toString() : undefined;
  },
  decodeLatin1: (source, offset, length) => over(source, offset, length).toString("latin1"),
  span: PORTABLE_BYTES.span,
  compare: (left, leftOffset, right, rightOffset, length) =>
    Buffer.compare(over(left, leftOffset, length), over(right, rightOffset, length)),
};
