import t from "tap";
import { Utf8Decoder } from "./utf8-decoder.ts";
import { Utf8Encoder } from "./utf8.ts";

const TEXTS = [
  "",
  "plain",
  "Grüße €",
  "😀 and \ud800 half",
  "\udc00",
  "\ufeffmarked",
  "x".repeat(9000),
];

t.test("encoding is the platform's", async (t) => {
  const ours = new Utf8Encoder();
  const theirs = new TextEncoder();
  for (const text of TEXTS) {
    t.same(ours.encode(text), theirs.encode(text), text.slice(0, 20));
    for (const room of [0, 1, 2, 3, 5, 8]) {
      const [a, b] = [new Uint8Array(room), new Uint8Array(room)];
      t.same(ours.encodeInto(text, a), theirs.encodeInto(text, b));
      t.same(a, b);
    }
  }
});

t.test("decoding is the platform's, of any bytes and in any pieces", async (t) => {
  let seed = 1;
  const random = (limit: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return (seed >>> 8) % limit;
  };
  const starts = [0x41, 0x80, 0xbf, 0xc0, 0xc3, 0xe0, 0xe2, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff];
  for (let round = 0; round < 2000; round++) {
    const bytes = Uint8Array.from({ length: random(12) }, () =>
      random(2) === 0 ? starts[random(starts.length)]! : 0x80 + random(64),
    );
    const expected = new TextDecoder().decode(bytes);
    if (new Utf8Decoder().decode(bytes) !== expected) t.fail(`decodes ${bytes.join(" ")}`);
    const cut = random(bytes.length + 1);
    const [ours, theirs] = [new Utf8Decoder(), new TextDecoder()];
    const text = (decoder: { decode(bytes?: Uint8Array, options?: object): string }): string =>
      decoder.decode(bytes.subarray(0, cut), { stream: true }) +
      decoder.decode(bytes.subarray(cut), { stream: true }) +
      decoder.decode();
    if (text(ours) !== text(theirs as never)) t.fail(`in pieces: ${bytes.join(" ")} at ${cut}`);
  }
  for (const text of TEXTS) {
    const bytes = new TextEncoder().encode(text);
    t.equal(new Utf8Decoder().decode(bytes), new TextDecoder().decode(bytes));
  }
  t.throws(() => new Utf8Decoder("utf-8", { fatal: true }).decode(Uint8Array.of(0xff)), TypeError);
  t.throws(() => new Utf8Decoder("latin1"), RangeError);
});
