import { Buffer as Portable } from "buffer/index.js";
import { Buffer as Expected } from "node:buffer";
import t from "tap";
import { PORTABLE_BYTES } from "../../kernel/mod.ts";
import {
  createTextDecoder,
  createTextEncoder,
  makeBufferNative,
  type NativeText,
} from "./native-text.ts";

const TEXTS = [
  "",
  "plain",
  "Gr\u00fc\u00dfe \u20ac",
  "\u{1f600}x",
  "\ud800 half",
  "\ufeffm",
  "\u00ff\u00e9",
];
const BASE64 = ["base64", "base64url", "Base64URL"];
const ENCODINGS = [undefined, "utf8", "utf-8", "latin1", "binary", "ascii", "hex", ...BASE64];

/** The kernel's functions, as `native.ts` describes them, by Node's. */
function createNative(): NativeText & { readonly calls: () => number } {
  let calls = 0;
  const isWhole = (text: string): boolean => text.isWellFormed();
  return {
    calls: () => calls,
    encodeInto(text, target, offset) {
      calls++;
      const bytes = Expected.from(text);
      if (!isWhole(text) || bytes.length > target.length - offset) return -1;
      target.set(bytes, offset);
      return bytes.length;
    },
    utf8Length: (text) => (isWhole(text) ? Expected.byteLength(text) : -1),
    encodeLatin1(text, target, offset) {
      calls++;
      const isLatin1 = [...text].every((character) => character <= "\u00ff");
      if (!isLatin1 || text.length > target.length - offset) return -1;
      target.set(Expected.from(text, "latin1"), offset);
      return text.length;
    },
    decode(source, offset, length) {
      calls++;
      try {
        const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
        return decoder.decode(source.subarray(offset, offset + length));
      } catch {
        return undefined;
      }
    },
    decodeLatin1(source, offset, length) {
      calls++;
      return Expected.from(source.slice(offset, offset + length)).toString("latin1");
    },
    span: PORTABLE_BYTES.span,
    compare: (left, leftOffset, right, rightOffset, length) =>
      Expected.compare(
        left.subarray(leftOffset, leftOffset + length),
        right.subarray(rightOffset, rightOffset + length),
      ),
  };
}

const native = createNative();
makeBufferNative(Portable as never, native);

function plain(value: unknown): unknown {
  return value instanceof Uint8Array ? [...value] : value;
}

t.test("Buffer has Node's results, natively encoded or not", async (t) => {
  for (const text of TEXTS) {
    for (const encoding of ENCODINGS as BufferEncoding[]) {
      const name = `${JSON.stringify(text)} as ${encoding}`;
      const bytes = Expected.from(text, encoding);
      const ours = Portable.from(text, encoding);
      t.same(plain(ours), plain(bytes), name);
      t.ok(Portable.isBuffer(ours), name);
      // The package decodes what is no base64 to see how long it is; Node guesses.
      const isBase64 = BASE64.includes(encoding);
      const length = isBase64 ? bytes.length : Expected.byteLength(text, encoding);
      t.equal(Portable.byteLength(text, encoding), length, name);
      t.equal(ours.toString(encoding), bytes.toString(encoding), name);
      t.equal(ours.toString(encoding, 1, 3), bytes.toString(encoding, 1, 3), name);
      t.equal(ours.toString(encoding, -1, 99), bytes.toString(encoding, -1, 99), name);
      for (const room of [0, 2, 4, 40]) {
        for (const offset of [undefined, 0, 1, 2]) {
          if ((offset ?? 0) > room) continue;
          const [a, b] = [Portable.alloc(room), Expected.alloc(room)];
          const given = offset === undefined ? [text, encoding] : [text, offset, encoding];
          const theirs = b.write(...(given as [string]));
          t.equal(a.write(...(given as [string])), theirs, `${name} at ${offset} of ${room}`);
          t.same(plain(a.subarray(0, theirs)), plain(b.subarray(0, theirs)), name);
        }
      }
    }
  }
  for (const size of [0, 7]) {
    const unset = Portable.allocUnsafe(size);
    t.ok(Portable.isBuffer(unset));
    t.equal(unset.length, size);
  }
  t.throws(() => Portable.allocUnsafe(-1), RangeError);
  t.throws(() => Portable.allocUnsafe("7" as never), TypeError);
  t.equal(Portable.alloc(9).write("abcdef", 1, 3), 3, "a length is kept to");
  t.throws(() => Portable.alloc(2).write("abc", 3), RangeError);
  t.ok(native.calls() > 100, "and much of it natively");
});

t.test(
  "base64url is an encoding, which spells 62 and 63 otherwise and has no padding",
  async (t) => {
    const all = Expected.from(Array.from({ length: 256 }, (_, index) => (index * 37) & 0xff));
    for (let length = 0; length < all.length; length++) {
      const [ours, theirs] = [Portable.from(all.subarray(0, length)), all.subarray(0, length)];
      const text = theirs.toString("base64url");
      t.equal(ours.toString("base64url"), text);
      t.same(plain(Portable.from(text, "base64url")), plain(theirs));
    }
    for (const name of ["base64url", "BASE64URL", "base64", "base65", 64, undefined]) {
      t.equal(
        Portable.isEncoding(name as string),
        Expected.isEncoding(name as string),
        String(name),
      );
    }
    t.same(
      plain(Portable.alloc(5, "-_8", "base64url")),
      plain(Expected.alloc(5, "-_8", "base64url")),
    );
  },
);

t.test("bytes are compared and filled as in Node", async (t) => {
  const [a, b, c] = [Portable.from("abc"), Portable.from("abd"), Portable.from("ab")];
  t.same([a.equals(b), a.equals(Portable.from("abc")), a.equals(c)], [false, true, false]);
  t.same([Portable.compare(a, b), Portable.compare(b, a), Portable.compare(c, a)], [-1, 1, -1]);
  t.equal(Portable.compare(a, Portable.from("abc")), 0);
  t.throws(() => a.equals("abc" as never), TypeError);
  t.same(plain(Portable.alloc(3).fill(257)), [1, 1, 1]);
  t.same(plain(Portable.alloc(4).fill("xy", 1)), plain(Expected.alloc(4).fill("xy", 1)));
});

t.test("TextEncoder and TextDecoder keep to the standard", async (t) => {
  const ours = { TextEncoder: createTextEncoder(native), TextDecoder: createTextDecoder(native) };
  for (const text of TEXTS) {
    const bytes = new TextEncoder().encode(text);
    t.same(new ours.TextEncoder().encode(text), bytes);
    t.equal(new ours.TextDecoder().decode(bytes), new TextDecoder().decode(bytes));
    const [a, b] = [new ours.TextDecoder(), new TextDecoder()];
    for (const part of [bytes.subarray(0, 3), bytes.subarray(3)]) {
      t.equal(a.decode(part, { stream: true }), b.decode(part, { stream: true }));
    }
    t.equal(a.decode(), b.decode());
    t.equal(a.decode(bytes), b.decode(bytes), "used again");
  }
  t.throws(() => new ours.TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.of(255)));
});
