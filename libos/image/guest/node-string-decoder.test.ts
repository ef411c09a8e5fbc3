/** Against Node's own decoder. */
import { StringDecoder as NodeDecoder } from "node:string_decoder";
import t from "tap";
import { StringDecoder } from "./node-string-decoder.ts";

/** Node's, whose types lack `encoding` and names in capitals. */
const Expected = NodeDecoder as unknown as typeof StringDecoder;

const ENCODINGS = [
  ...["utf8", "UTF-8", "utf16le", "ucs2", "UCS-2", "latin1", "binary", "ascii", "hex"],
  ...["base64", "base64url", "BASE64URL"],
] as const;
const SAMPLES = [
  Buffer.from("plain text"),
  Buffer.from("Gr\u00fc\u00dfe \u20ac \u{1f600}\u{1f600}!"),
  Buffer.from("Gr\u00fc\u00dfe \u20ac \u{1f600}\u{1f600}!", "utf16le"),
  // Ends in the middle of a character, and a half of one in front of another.
  Buffer.from([0xfb, 0xff, 0xfe, 0xe2, 0x82, 0x41, 0xf0, 0x9f, 0x98, 0xc3, 0xa9, 0xe2]),
  Buffer.from([0x80, 0x80, 0x80, 0x80, 0x80, 0xd8, 0x3d, 0xd8]),
];

/** The text of each piece, of the end, and of what follows it. */
function decode(
  Class: typeof StringDecoder,
  encoding: string,
  pieces: readonly Buffer[],
): string[] {
  const decoder = new Class(encoding);
  const texts = [decoder.encoding, ...pieces.map((piece) => decoder.write(piece)), decoder.end()];
  return [...texts, decoder.write(Buffer.of(0x41)), decoder.end(Buffer.of(0x42)), decoder.end()];
}

t.test("text in pieces of every length is that of Node's decoder", async (t) => {
  for (const encoding of ENCODINGS) {
    for (const [index, sample] of SAMPLES.entries()) {
      for (let size = 1; size <= 5; size++) {
        const pieces = Array.from({ length: Math.ceil(sample.length / size) }, (_, at) =>
          sample.subarray(at * size, (at + 1) * size),
        );
        const name = `${encoding}, sample ${index}, pieces of ${size}`;
        const ours = decode(StringDecoder, encoding, pieces);
        const expected = decode(Expected, encoding, pieces);
        // In some of its pieces Node puts the halves of surrogate pairs one earlier.
        if (ours[0] === "utf16le") t.equal(ours.join(""), expected.join(""), name);
        else t.same(ours, expected, name);
      }
    }
  }
});

t.test("names of encodings, and what is no encoding, are as in Node", async (t) => {
  const answer = (
    Class: new (encoding?: unknown) => { encoding: string },
    given: unknown,
  ): unknown => {
    try {
      return new Class(given).encoding;
    } catch (error) {
      const { name, code, message } = error as NodeJS.ErrnoException;
      return `${name} ${code} ${message}`;
    }
  };
  for (const given of [undefined, null, "", "Hex", "raw", "base65", 5]) {
    t.equal(answer(StringDecoder, given), answer(Expected, given), String(given));
  }
});

t.test("a string is given back, other views are bytes, and all else is refused", async (t) => {
  const decoder = new StringDecoder("hex");
  t.equal(decoder.write("text"), "text");
  t.equal(decoder.write(new Uint16Array([0x4142])), "4241");
  t.throws(() => decoder.write(5 as never), { code: "ERR_INVALID_ARG_TYPE" });
});

t.test("an object of another class becomes a decoder by a call", async (t) => {
  const own = Object.create(StringDecoder.prototype) as StringDecoder;
  StringDecoder.call(own, "utf8");
  t.equal(own.write(Buffer.of(0xe2, 0x82)) + own.end(Buffer.of(0xac)), "\u20ac");
});
