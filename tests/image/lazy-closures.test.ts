/** Functions of a module in bytecode, which the engine makes when something first wants them. */
import { readFileSync } from "node:fs";
import t, { type Test } from "tap";
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
`;

async function run(source: string, kernel: string): Promise<readonly string[]> {
  const text = new TextEncoder().encode(SAY + source);
  const bytecode = await compileModule(compiler, text, { name: "app.js", keepsLines: true });
  const { output } = await boot({ kernel, payload: encodeBytecodePayload(bytecode) });
  return output.split(/\r?\n/).filter((line) => line !== "");
}

/** Runs in each kernel. */
async function saysEverywhere(t: Test, source: string, lines: string[]): Promise<void> {
  for (const kernel of Object.values(kernels)) t.same(await run(source, kernel), lines);
}

t.test("methods that nobody looked at take next to nothing", { skip }, async (t) => {
  const methods = (count: number): string =>
    Array.from({ length: count }, (_, i) => `m${i}(a) { return a + ${i}; }`).join(" ");
  const program = (count: number): string => `class Large { ${methods(count)} }
    function f() { return new Large().m1(1); } say([machine.heap.usedBytes(), f()].join());`;
  for (const kernel of Object.values(kernels)) {
    const [few, many] = await Promise.all([run(program(2), kernel), run(program(502), kernel)]);
    const bytes = Number(many[0]!.split(",")[0]) - Number(few[0]!.split(",")[0]);
    // The constant, the property, its name, and room to grow; a function is some 230 bytes more.
    t.ok(bytes < 500 * 130, `${bytes} bytes for 500 methods`);
    t.match(many[0], /,2$/);
  }
});

t.test("a method is the same function, however it is first looked at", { skip }, async (t) => {
  const source = `
    class A { one(a, b) { return [this.v, a, b].join(); } static two() { return "static"; } three() {} four() {}
      five() {} six() {} seven() { return "seven"; } }
    const a = new A(); a.v = 7;
    say([a.one === A.prototype.one, a.one(1, 2), A.two(), A.prototype.one.name, A.prototype.one.length]);
    const three = Object.getOwnPropertyDescriptor(A.prototype, "three");
    say([typeof three.value, three.enumerable, three.writable, three.configurable, three.value === a.three]);
    A.prototype.four = () => "assigned"; say(a.four());
    Object.defineProperty(A.prototype, "five", { value: 5 }); say(a.five);
    say([delete A.prototype.six, "six" in a, Object.getOwnPropertyNames(A.prototype)]);
    a.seven = 8; say([a.seven, A.prototype.seven()]);
    say([Object.keys({ x() {}, y: 1 }), Object.values({ x() {} })[0].name, JSON.stringify({ z() {} })]);
    const frozen = Object.freeze({ go() { return this === frozen; } }); say(frozen.go());
    try { new a.one(); } catch (error) { say(error.name); }`;
  await saysEverywhere(t, source, [
    "true,7,1,2,static,one,2",
    "function,false,true,true,true",
    "assigned",
    "5",
    "true,false,constructor,one,three,four,five,seven",
    "8,seven",
    "x,y,x,{}",
    "true",
    "TypeError",
  ]);
});

t.test("a method takes variables as they are where its class stands", { skip }, async (t) => {
  const source = `
    class Base { hello() { return "base"; } }
    class Derived extends Base { #secret = 1; static #count = 0;
      hello() { return "derived " + super.hello(); } own() { return Derived.name; }
      read() { Derived.#count++; return this.#secret + Derived.#count; } #hidden() { return this.#secret; }
      has(o) { return #secret in o; } call() { return this.#hidden(); } static who() { return super.name; } }
    const Kept = Derived, d = new Derived();
    say([d.hello(), d.own(), d.read(), d.read(), d.has(d), d.has({}), d.call(), Kept.who()]);
    const made = [];
    for (let i = 0; i < 3; i++) made.push(class { get() { return i; } same() {} }, { also() { return -i; } });
    say(made.map((m) => (typeof m === "function" ? new m().get() : m.also())));
    say(made[0].prototype.same === made[2].prototype.same);
    const twice = []; for (const k of [1, 2]) { twice.push({ f() { return "f"; } }); say(twice.at(-1).f()); }
    say(twice[0].f === twice[1].f);
    { const block = "block"; var o = { f() { return block; } }; }
    say(o.f());
    class Twice { a() { return 1; } a() { return 2; } static name() { return "name"; } static length() { return 3; } }
    say([new Twice().a(), Twice.name(), Twice.length()]);
    say({ f() { return 1; }, ["f"]: () => 2 }.f() + { __proto__: Base.prototype }.hello() + [].concat({ at() {} }).length);
    try { (() => new Early())(); } catch (error) { say(error.name); } class Early { m() {} }
    class Async { async later() { return "later"; } *many() { yield 1; } async *both() { yield "both"; } }
    const x = new Async(); say([...x.many()]);
    x.later().then(say); x.both().next().then((r) => say(r.value));`;
  await saysEverywhere(t, source, [
    "derived base,Derived,2,3,true,false,1,Base",
    "0,0,1,-1,2,-2",
    "false",
    "f",
    "f",
    "false",
    "block",
    "2,name,3",
    "2base1",
    "ReferenceError",
    "1",
    "later",
    "both",
  ]);
});

t.test("private methods are their class's, with their names", { skip }, async (t) => {
  const source = `
    class A { #v = 1; field = this.#name(); #name() { return this.#plus.name + this.#v; } #plus(n) { return n + 1; }
      static #make(v) { return v; } static make(v) { return A.#make(v); } get plus() { return this.#plus; }
      fail() { return this.#thrower(); } #thrower() { throw new Error("thrown"); } static other(o) { return o.#plus(1); }
      async #later() { return "later"; } later() { return this.#later(); } *#each() { yield this.#v; } each() { return this.#each(); } }
    const a = new A(), b = new A();
    say([a.field, A.make(2), a.plus === b.plus, a.plus.name, a.plus.length, A.other(a), [...b.each()]]);
    try { A.other({}); } catch (error) { say(error.name); }
    try { a.fail(); } catch (error) { say(error.stack.includes("#thrower")); }
    class B extends A { #name() { return super.field + "B"; } name() { return this.#name(); } own = this.#name(); }
    say([new B().name(), new B().own, B.make(3)]);
    const classes = [1, 2].map((n) => class { #m() { return n; } m() { return this.#m(); } static same(o) { return #m in o; } });
    say([new classes[0]().m(), new classes[1]().m(), classes[0].same(new classes[1]())]);
    const looped = []; for (const n of [1, 2, 3]) looped.push(class { #m() { return n; } m() { return this.#m(); } f = n; });
    say(looped.map((C) => new C().m() + new C().f)); let early;
    class C { [(early = (o) => o.#m(), "x")]() {} #m() { return "early"; } } say(early(new C())); say(early(new C()));
    class D { static made = new D().#m(); #m() { return "static"; } static { this.block = new D().#m(); } } say([D.made, D.block]);
    a.later().then(say);`;
  await saysEverywhere(t, source, [
    "#plus1,2,true,#plus,1,2,1",
    "TypeError",
    "true",
    "undefinedB,undefinedB,3",
    "1,2,false",
    "2,4,6",
    "early",
    "early",
    "static,static",
    "later",
  ]);
});

t.test("declared functions are there for whoever names them", { skip }, async (t) => {
  const source = `
    const early = () => late();
    say([early(), typeof late, late.name, late.length]);
    function late(a) { return deep() + "!"; } function deep() { return inner()(); }
    function inner() { return () => deepest(); } function deepest() { return "deepest"; }
    function counter() { counter.count = (counter.count ?? 0) + 1; return counter.count; }
    say([counter(), counter(), (() => counter)() === (() => counter)()]);
    function replaced() { return 1; } const replace = () => { replaced = () => 2; };
    const ask = () => replaced(); say(ask()); replace(); say(ask());
    function Old() { this.v = 3; } const make = () => new Old(); say([make().v, make() instanceof Old]);
    function* generates() { yield helper(); } function helper() { return "helper"; }
    say([...(() => generates())()]);
    async function waits() { return helper(); } const go = () => waits(); go().then(say);
    function recursive(n) { return n === 0 ? 0 : 1 + recursive(n - 1); } say((() => recursive(50))());
    function withDefault(f = helper) { return f(); } say((() => withDefault())());
    export function exported() { return 4; } say((() => exported())());`;
  await saysEverywhere(t, source, [
    "deepest!,function,late,1",
    "1,2,true",
    "1",
    "2",
    "3,true",
    "helper",
    "50",
    "helper",
    "4",
    "helper",
  ]);
});

t.test("a direct eval at the top sees each function", { skip }, async (t) => {
  const source = `function one() { return two(); } function two() { return 2; } say(eval("one()"));`;
  t.same(await run(source, kernels.full), ["2"]);
});

t.test("what had no memory to be made is made the next time", { skip }, async (t) => {
  const source = `
    class Late { method() { return named(); } } function named() { return "made"; }
    const late = new Late(), get = () => late.method(), hold = [];
    let failures = 0;
    try { for (;;) hold.push(new Array(10).fill(hold.length)); } catch (error) { failures++; }
    for (let i = 0; i < 3; i++) try { say(get()); break; } catch (error) { failures++; hold.length >>= 1; }
    hold.length = 0;
    say([failures > 0, get()]);`;
  for (const kernel of Object.values(kernels)) {
    const lines = await run(source, kernel);
    t.equal(lines.at(-1), "true,made");
  }
});
