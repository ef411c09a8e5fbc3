import { runInContext } from "node:vm";
import t from "tap";
import { describeBuiltins } from "../../image/guest/builtins.ts";
import { encodeProgram, splitProgram } from "./program.ts";
import { createRealm } from "./realm.ts";

const program = { entryPath: "/a/app.ts", code: "let a = 1;\n", map: '{"mappings":""}' };

t.test("a program comes back whole, with the recording behind it", (t) => {
  const recording = Uint8Array.of(1, 2, 3);
  const split = splitProgram(Buffer.concat([encodeProgram(program), recording]));
  t.same(split?.program, program);
  t.same(Uint8Array.from(split!.recording), recording);
  t.equal(splitProgram(Buffer.from("libosrec")), undefined);
  t.end();
});

t.test("a program that is cut or damaged is refused, wherever that is", (t) => {
  const whole = encodeProgram(program);
  for (let length = 8; length < whole.length; length++) {
    t.throws(() => splitProgram(whole.subarray(0, length)), /truncated or damaged/);
  }
  const future = whole.slice();
  future[8] = 2;
  t.throws(() => splitProgram(future), /format version 2/);
  t.end();
});

t.test("a realm has what the recorded engine had, and nothing else", (t) => {
  const names = { "": ["Array", "Object", "globalThis"], "Array.prototype": ["at", "length"] };
  const { context } = createRealm(names);
  t.equal(runInContext("typeof Map + typeof WebAssembly", context), "undefinedundefined");
  t.equal(runInContext("typeof [].at + typeof [].map", context), "functionundefined");
  t.ok(describeBuiltins()["Array.prototype"]!.includes("map"));
  t.end();
});

t.test("texts are those of QuickJS", (t) => {
  const { context } = createRealm({});
  const cases: [string, string][] = [
    ["(0.1 + 0.2).toString(36)", "0.asssssssst"],
    ["(1e21).toString(36)", "5v1j4f4ds7a000"],
    ["(-255.5).toString(16)", "-ff.8"],
    ["(1e-7).toString(36)", "0.000061oezo085tj"],
    ["(255).toString(36)", "73"],
    ["(1234.5).toLocaleString()", "1234.5"],
    ["new Date(0).toString()", "Thu Jan 01 1970 00:00:00 GMT+0000"],
    ["new Date(46800000).toLocaleString()", "01/01/1970, 01:00:00 PM"],
    ["String(function f() {})", "function f() {\n    [native code]\n}"],
    ["['b', 'A', 'a', 'ä'].sort((x, y) => x.localeCompare(y)).join()", "A,a,b,ä"],
    ["new InternalError('x') instanceof Error ? 'error' : ''", "error"],
  ];
  const zone = process.env["TZ"];
  process.env["TZ"] = "UTC";
  for (const [code, text] of cases) t.equal(runInContext(code, context), text, code);
  if (zone === undefined) delete process.env["TZ"];
  else process.env["TZ"] = zone;
  t.end();
});
