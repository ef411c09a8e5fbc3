/** Query strings, beside Node's. */
import nodeQueryString from "node:querystring";
import t from "tap";
import ours from "../node-querystring.ts";

type Call = (...values: unknown[]) => unknown;
const call = (module: object, name: string, values: readonly unknown[]): unknown =>
  ((module as Record<string, Call>)[name] as Call)(...values);

for (const [name, calls] of Object.entries({
  parse: [
    [],
    [null],
    [5],
    [{}],
    [""],
    ["a=1&b=2&b=3&b=4&c&=x&d=e=f"],
    ["a+b=c%20d+e"],
    ["a=%zz+b&c=%E4%20x&d=%C3%A4%&e=%E2%82%AC"],
    ["a:1;b:2", ";", ":"],
    ["a=1&b=2", null, null, { maxKeys: 1 }],
    ["a=1&b=2", "", "", { maxKeys: 0 }],
    ["a=1", undefined, undefined, null],
    ["a=x+y", null, null, { decodeURIComponent: (text: string) => `<${text}>` }],
    ["a=x+y", null, null, { decodeURIComponent: () => JSON.parse("{") as string }],
    ["a=1", null, null, { decodeURIComponent: 1 }],
  ],
  stringify: [
    [],
    [null],
    ["text"],
    [5],
    [{ a: 1, b: [2, "x y", true], c: null, d: undefined, e: {}, f: NaN, g: Infinity, h: 5n }],
    [{ a: [] }],
    [["x", "y"]],
    [{ a: 1, b: 2 }, ";", ":"],
    [{ a: 1, b: 2 }, null, null, null],
    [{ a: "ä" }, null, null, { encodeURIComponent: (text: string) => `<${text}>` }],
  ],
  escape: [["a b&ä"], [5], [{}], [null]],
  unescape: [["a%20b+c"], ["%zz%41"], ["%E4"], [5]],
})) {
  t.test(`${name} answers as Node's does, whatever it gets`, async (t) => {
    for (const values of calls) {
      const expected = call(nodeQueryString, name, values);
      t.same(call(ours, name, values), expected, values.map(String).join());
    }
  });
}
