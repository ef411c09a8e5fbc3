/** Functions of bytecode, which the engine in the image reads when they are first called. */
import { readFileSync } from "node:fs";
import t from "tap";
import { compileModule } from "../../bare-metal/compile.ts";
import { encodeBytecodePayload } from "../../bare-metal/payload.ts";
import { buildCompiler } from "../../scripts/build-kernel.ts";
import { prepareKernel } from "./kernel-build.ts";
import { boot } from "./qemu.ts";

const build = await prepareKernel();
const kernels = "kernel" in build ? build.kernels : { speed: "", size: "", full: "" };
const path = "kernel" in build ? buildCompiler((line) => console.error(`# ${line}`)) : undefined;
const skip = "skip" in build ? build.skip : path === undefined && "wasi-libc is missing";
const compiler = path === undefined ? new Uint8Array(0) : readFileSync(path);

const SAY = `const say = (text) => machine.console.write(new Uint8Array(
  [...(String(text) + "\\n")].map((c) => c.charCodeAt(0))));
const used = () => machine.heap.usedBytes();
`;

async function run(
  source: string,
  kernel: string,
  { commandLine = "", keepsLines = true } = {},
): Promise<{ lines: string[]; exitCode: number | undefined }> {
  const text = new TextEncoder().encode(SAY + source);
  const bytecode = await compileModule(compiler, text, { name: "app.js", keepsLines });
  const payload = encodeBytecodePayload(bytecode);
  const { output, exitCode } = await boot({ kernel, payload, commandLine });
  return { lines: output.split(/\r?\n/).filter((line) => line !== ""), exitCode };
}

/** An array literal of strings of `bytes` each, which begin with `word`. */
function strings(word: string, count: number, bytes: number): string {
  const each = Array.from({ length: count }, (_, index) => `${word}${index}`.padEnd(bytes, "-"));
  return JSON.stringify(each);
}

t.test("a function takes memory from its first call on, and not before", { skip }, async (t) => {
  const program = (
    count: number,
  ): string => `function large() { return ${strings("s", count, 1000)}; }
    const before = used();
    let length = large().length;
    const first = used();
    length += large().length;
    say([before, first - before, used() - first, length].join());`;
  for (const kernel of Object.values(kernels)) {
    const [small, large] = await Promise.all([run(program(1), kernel), run(program(200), kernel)]);
    const [base] = small.lines[0]!.split(",").map(Number);
    const [before, first, second, length] = large.lines[0]!.split(",").map(Number);
    t.ok(before! - base! < 1000, `${before} bytes in place of ${base} while nobody called it`);
    t.ok(first! > 200_000, `${first} bytes more after the first call`);
    t.ok(second! < 10_000, `${second} bytes more after the second one`);
    t.equal(length, 400);
  }
});

t.test(
  "functions of every kind can be looked at and called first anywhere",
  { skip },
  async (t) => {
    const source = `
    const outer = (a, b = 2) => { let c = 3; return () => [a, b, c++, (() => a + c)()].join("+"); };
    class Base { #x = 1; static made = 0; constructor(v) { Base.made++; this.v = v; }
      get x() { return this.#x; } set x(v) { this.#x = v; } #hidden() { return this.#x * 10; }
      reveal(n) { return this.#hidden() + n; } static { this.block = "static block"; } }
    class Derived extends Base { y = this.v + 1; constructor(...all) { super(...all); }
      reveal(n) { return "derived " + super.reveal(n); } }
    function* count(n) { for (let i = 0; i < n; i++) yield i; }
    async function later(v) { await null; return v; }
    async function* stream() { yield 1; yield await later(2); }
    function all(a, b) { return arguments.length + ":" + [...arguments].join(); }
    const tag = (strings) => strings; const tagged = () => tag\`a\${1}\\n\`;
    function Old(v) { this.v = v; } Old.prototype.get = function () { return this.v; };
    const named = { method(a, b, c) {}, get [\`computed\`]() { return 1n << 70n; }, async *[Symbol.iterator]() {} };
    say([outer.name, outer.length, all.name, all.length, named.method.name, named.method.length,
      Derived.name, Derived.length, all.toString(), Object.hasOwn(all, "prototype")].join());
    const closure = outer(1); say([closure(), closure()]);
    const derived = new Derived(5); derived.x = 4;
    say([derived.y, derived.x, derived.reveal(2), Base.made, Base.block, derived instanceof Base]);
    say([...count(3)]); say(all.call(null, 1, 2, 3)); say(all.apply(null, [1])); say(all.bind(null, 1)(2));
    say([tagged() === tagged(), tagged().raw[1] === "\\\\n", /[a-c]+/u.exec("xbcx")[0], named.computed]);
    say(Reflect.construct(Old, [7], Base) instanceof Base); say(new Old(8).get());
    say([3, 1, 2].sort(function order(a, b) { return a - b; }));
    say(JSON.stringify({ a: { toJSON() { return "from native"; } } }));
    function thrower() { throw new RangeError("thrown"); }
    try { thrower(); } catch (error) { say(error.message + error.stack.includes("thrower")); }
    function many() { return arguments.length; } say(many(...new Array(5000)));
    (async () => { let sum = await later(1); for await (const v of stream()) sum += v; say("sum " + sum); })();
  `;
    for (const kernel of Object.values(kernels)) {
      for (const keepsLines of [true, false]) {
        const { lines, exitCode } = await run(source, kernel, { keepsLines });
        t.same(lines, [
          "outer,1,all,2,method,3,Derived,0,function all() {",
          "    [native code]",
          "},true",
          "1+2+3+5,1+2+4+6",
          "6,4,derived 42,1,static block,true",
          "0,1,2",
          "3:1,2,3",
          "1:1",
          "2:1,2",
          "true,true,bc,1180591620717411303424",
          "true",
          "8",
          "1,2,3",
          '{"a":"from native"}',
          "throwntrue",
          "5000",
          "sum 4",
        ]);
        t.equal(exitCode, 0);
      }
    }
  },
);

t.test("an error about a variable has its name", { skip }, async (t) => {
  const source = (more: string): string => `
    const message = (call) => { try { call(); } catch (error) { say(error.message); } };
    function early(again) { ${more}; const inner = () => captured; if (again) say(local);
      inner(); let captured = 1, local = captured; }
    const atTheTop = () => later;
    message(() => early(false)); message(() => early(true)); message(atTheTop); let later = 1;`;
  const expected = ["captured", "local", "later"].map((name) => `${name} is not initialized`);
  for (const kernel of Object.values(kernels)) {
    t.same((await run(source(""), kernel)).lines, expected);
  }
  t.same((await run(source('eval("1")'), kernels.full)).lines, expected);
});

t.test("a function knows its lines and file, where the program has them", { skip }, async (t) => {
  const source = `function outer() {
      const a = 1, b = 2, inner = () => () => [a, b, third]; try { inner()(); } catch (error) { say(error.message); }
      let third = 3; return inner()();
    }
    function never() {}
    say(outer()); say([outer.lineNumber, outer.fileName, never.lineNumber, never.columnNumber, String(never)]);
    const thrower = () => { throw new Error("thrown"); };
    try { thrower(); } catch (error) { say(error.stack.split("\\n")[0].trim()); }`;
  for (const kernel of Object.values(kernels)) {
    const { lines } = await run(source, kernel);
    t.match(lines[0], "third is not initialized");
    t.equal(lines[1], "1,2,3");
    // The first lines are those of `say` and `used`.
    t.match(lines[2], /^4,app\.js,8,\d+,function never\(\) \{/);
    t.match(lines.at(-1), /^at thrower \(app\.js:10:\d+\)/);
    const stripped = (await run(source, kernel, { keepsLines: false })).lines;
    t.match(stripped[0], "third is not initialized");
    t.equal(stripped[1], "1,2,3");
    t.match(stripped[2], /^0,,0,0,function never\(\)/);
    t.equal(stripped.at(-1), "at thrower (line unknown: built without lines)");
  }
});

t.test("a direct eval sees the variables of a function that was just read", { skip }, async (t) => {
  const source = `let outside = 1;
    function evaluates(a) { let b = 3; { let c = 4; return eval("a + b + c + outside"); } }
    say(evaluates(2));`;
  const { lines } = await run(source, kernels.full);
  t.same(lines, ["10"]);
});

t.test("without memory for it a first call throws, and the next one works", { skip }, async (t) => {
  const names = Array.from(
    { length: 4 },
    (_, index) => `o.${`n${index}`.padEnd(150_000, "x")} = 1;`,
  );
  const source = `
    function constants() { return ${strings("a", 4, 150_000)}.length; }
    function properties() { const o = {}; ${names.join(" ")} return Object.keys(o).length; }
    function inner() { const f = () => ${strings("b", 3, 150_000)}; return f().length; }
    function* generator() { yield ${strings("c", 3, 150_000)}.length; }
    let kept = [];
    for (const call of [constants, properties, inner, () => generator().next().value]) {
      const failures = new Set();
      for (;;) {
        kept = [];
        try { for (;;) kept.push(new Uint8Array(150_000)); } catch { kept.length -= failures.size; }
        try { say([call(), failures.size > 0, ...failures]); break; } catch (error) { failures.add(error.message + failures.size); }
        if (failures.size > 9) { say("never"); break; }
      }
    }`;
  const { lines, exitCode } = await run(source, kernels.speed, { commandLine: "heap=4M" });
  t.equal(lines.length, 4, lines.join("\n"));
  for (const [index, count] of [4, 4, 3, 3].entries()) {
    t.match(lines[index], new RegExp(`^${count},true,out of memory0(?:,out of memory\\d)*$`));
  }
  t.equal(exitCode, 0);
});

t.test("at the end of the stack a first call throws, and later works", { skip }, async (t) => {
  // More variables than a call of `deep` has room for, where one of those found no room any more.
  const variables = Array.from({ length: 200 }, (_, n) => `v${n} = v`).join();
  const functions = Array.from(
    { length: 50 },
    (_, n) => `(v) => { let ${variables}; return [v199, ${n}]; }`,
  );
  const source = `const fresh = [${functions.join()}]; let failed = 0;
    function deep(n) { try { return deep(n + 1); } catch {
      try { fresh[n % 50](n); } catch (error) { if (!(error instanceof RangeError)) say(error); failed++; } } }
    for (let round = 0; round < 5; round++) deep(0);
    say([failed > 0, fresh.every((f, n) => f(7).join() === "7," + n)]);`;
  const { lines, exitCode } = await run(source, kernels.speed);
  t.same(lines, ["true,true"]);
  t.equal(exitCode, 0);
});
