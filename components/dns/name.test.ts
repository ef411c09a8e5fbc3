import t from "tap";
import { join } from "../testing/packets.ts";
import { canonicalName, encodeName, isName, labelsOf, parseName } from "./name.ts";

const ascii = (text: string): number[] => Array.from(text, (letter) => letter.charCodeAt(0));
const label = (text: string): number[] => [text.length, ...ascii(text)];

function parsed(bytes: readonly number[], at = 0) {
  const cursor = { at };
  const name = parseName(Uint8Array.from(bytes), cursor, bytes.length);
  return name === undefined ? undefined : `${name} ${cursor.at}`;
}

t.test("labels are a name, and reading goes on behind it", async (t) => {
  t.equal(parsed([...label("www"), ...label("example"), 0, 9]), "www.example 13");
  t.equal(parsed([0]), ". 1");
});

t.test("a pointer leads back, and reading goes on behind the pointer", async (t) => {
  const bytes = [...label("org"), 0, ...label("example"), 0xc0, 0, ...label("www"), 0xc0, 5, 7];
  t.equal(parsed(bytes, 5), "example.org 15");
  t.equal(parsed(bytes, 15), "www.example.org 21");
});

t.test("pointers that lead forwards, in circles or to themselves end the reading", async (t) => {
  t.equal(parsed([0xc0, 0]), undefined);
  t.equal(parsed([0xc0, 2, 0]), undefined);
  t.equal(parsed([...label("a"), 0xc0, 0], 0), undefined);
  t.equal(parsed([0xc0, 2, 0xc0, 0], 2), undefined);
  const chain = Array.from({ length: 200 }, (_, index) => {
    const target = Math.max(0, index * 2);
    return [0xc0 | (target >> 8), target & 255];
  });
  t.equal(parsed([0, 0, ...chain.flat()], 400), undefined, "too many of them");
});

t.test("names that are too long or cut off are refused", async (t) => {
  t.equal(parsed([]), undefined);
  t.equal(parsed([3, 97, 97]), undefined);
  t.equal(parsed([1, 97]), undefined);
  t.equal(parsed([0xc0]), undefined);
  t.equal(parsed([0x40, 0]), undefined, "a label type that nobody uses");
  const long = [1, 2, 3].flatMap(() => label("x".repeat(63)));
  t.equal(parsed([...long, ...label("x".repeat(61)), 0])?.length, 253 + 4, "255 bytes");
  t.equal(parsed([...long, ...label("x".repeat(62)), 0]), undefined, "256 bytes");
});

t.test("every byte survives as text (RFC 1035 5.1, RFC 4343)", async (t) => {
  t.equal(parsed([...label("a.b\\c"), ...label("\0 \xff"), 0]), "a\\.b\\\\c.\\000\\032\\255 11");
  for (let byte = 0; byte < 256; byte++) {
    const wire = [3, byte, 65, byte, 1, byte, 0];
    const name = parseName(Uint8Array.from(wire), { at: 0 }, wire.length)!;
    const out: number[] = [];
    encodeName(out, name, new Map());
    t.same(out, wire, name);
  }
});

t.test("text that is no name is refused", async (t) => {
  for (const text of [
    "",
    "a..b",
    ".a",
    "..",
    "x".repeat(64),
    "a\\",
    "a\\2",
    "é\u0100",
    "a.\\256",
  ]) {
    const isFine = text === "a\\2";
    t.equal(isName(text), isFine, JSON.stringify(text));
  }
  t.notOk(isName(Array.from({ length: 128 }, () => "a").join(".")));
  t.ok(isName(Array.from({ length: 127 }, () => "a").join(".")));
  for (const text of [".", "a", "a.", "xn--bcher-kva.example", "_sip._udp.x"])
    t.ok(isName(text), text);
  t.equal(labelsOf("a.b.")!.length, 2);
});

t.test("names compare without case and without the last dot", async (t) => {
  t.equal(canonicalName("WWW.Example.ORG."), "www.example.org");
  t.equal(canonicalName("a\\."), "a\\.", "this dot belongs to the label");
  t.equal(canonicalName("a\\\\."), "a\\\\");
  t.equal(canonicalName("."), ".");
  t.equal(canonicalName("É"), "É", "only ASCII");
});

t.test("an end that was written before is a pointer to it", async (t) => {
  const names = new Map<string, number>();
  const out: number[] = [];
  encodeName(out, "www.example.org", names);
  encodeName(out, "MAIL.Example.ORG.", names);
  encodeName(out, "example.org", names);
  encodeName(out, "org", undefined);
  t.same(out, [
    ...join(label("www"), label("example"), label("org"), [0]),
    ...join(label("MAIL"), [0xc0, 4], [0xc0, 4], label("org"), [0]),
  ]);
});
