/** The native helpers for text, against the language's own functions. */
import { openImage } from "./image.ts";

const { hal, native, print } = openImage();
const { encodeInto, encodeLatin1, utf8Length, decode, decodeLatin1, compare } = native.text;

/** UTF-8 by way of percent-encoding, which the language defines. */
function expected(text: string): number[] {
  const escaped = encodeURIComponent(text);
  const bytes: number[] = [];
  for (let at = 0; at < escaped.length; at++) {
    const isEscape = escaped[at] === "%";
    bytes.push(isEscape ? parseInt(escaped.slice(at + 1, at + 3), 16) : escaped.charCodeAt(at));
    if (isEscape) at += 2;
  }
  return bytes;
}

const failures: string[] = [];

function check(what: string, isRight: boolean): void {
  if (!isRight) failures.push(what);
}

const SAMPLES = [
  "",
  "a",
  "plain text",
  "caf\u00e9",
  "\u20ac",
  "a\u{1f600}b",
  "nul\0inside",
  "\ufeffbom",
];
for (const text of [...SAMPLES, "x\u00e9\u{10ffff}".repeat(5000)]) {
  const bytes = expected(text);
  const target = new Uint8Array(bytes.length + 5).fill(7);
  const name = text.slice(0, 10);
  check(`length of ${name}`, encodeInto(text, target, 0) === bytes.length);
  check(
    `bytes of ${name}`,
    bytes.every((byte, index) => target[index] === byte),
  );
  check(`counted ${name}`, utf8Length(text) === bytes.length);
  check(`behind ${name}`, target[bytes.length] === 7);
  check(`back from ${name}`, decode(target, 0, bytes.length) === text);
  if (bytes.length > 0) {
    check(`${name} does not fit`, encodeInto(text, new Uint8Array(bytes.length), 1) === -1);
  }
}
for (const half of ["\ud800", "a\udc00", "\ud83d x"]) {
  check("half a pair", encodeInto(half, new Uint8Array(20), 0) === -1);
  check("half a pair, counted", utf8Length(half) === -1);
}
for (const bad of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xc0, 0x80]]) {
  check(`ill-formed ${bad.join()}`, decode(Uint8Array.from(bad), 0, bad.length) === undefined);
}
const ALL_BYTES = Uint8Array.from({ length: 256 }, (_, index) => index);
for (const range of [ALL_BYTES, ALL_BYTES.subarray(0, 128), ALL_BYTES.subarray(0, 0)]) {
  const text = String.fromCharCode(...range);
  // A rope, which the engine makes of pieces, and a plain string.
  for (const same of [text, text.slice(0, 5) + text.slice(5)]) {
    const target = new Uint8Array(range.length + 3);
    check("length of Latin-1", encodeLatin1(same, target, 3) === range.length);
    check("bytes of Latin-1", decodeLatin1(target, 3, range.length) === text);
    check("Latin-1 does not fit", encodeLatin1(`${same}x`, target, 3) === -1);
  }
}
check("beyond Latin-1", encodeLatin1("a\u0100", new Uint8Array(9), 0) === -1);
const left = Uint8Array.of(1, 2, 3, 4);
const right = Uint8Array.of(2, 3, 200);
check("less", compare(left, 0, right, 0, 3) === -1);
check("equal", compare(left, 1, right, 0, 2) === 0);
check("greater, unsigned", compare(right, 2, left, 3, 1) === 1);
check("nothing", compare(left, 4, right, 3, 0) === 0);
for (const run of [
  () => compare(left, 0, right, 0, 4),
  () => decode(left, 2, 3),
  () => decode(left, -1, 1),
  () => decodeLatin1(left, 2, 3),
  () => encodeInto("", left, 5),
]) {
  try {
    run();
    failures.push(String(run));
  } catch (error) {
    check("RangeError", error instanceof RangeError);
  }
}
print(failures.length === 0 ? "text is right" : failures.join(", "));
hal.power.off(0);
