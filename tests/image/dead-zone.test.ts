/**
 * `let` and `const` cost as little as `var` where no path leads to a name before its declaration
 * (`bare-metal/engine/dead-zone.h`). Everywhere else they do what they do in V8.
 */
import { readFileSync } from "node:fs";
import t from "tap";
import { compileModule } from "../../bare-metal/compile.ts";
import { encodeBytecodePayload } from "../../bare-metal/payload.ts";
import { buildCompiler } from "../../scripts/build-kernel.ts";
import { prepareKernel } from "./kernel-build.ts";
import { boot } from "./qemu.ts";

const build = await prepareKernel();
const path = "kernel" in build ? buildCompiler((line) => console.error(`# ${line}`)) : undefined;
const skip = "skip" in build ? build.skip : path === undefined && "wasi-libc is missing";

/** Functions; what each returns, or the name of what it throws, is compared. */
const CASES: readonly string[] = [
  "() => { a; let a = 1; return a; }",
  "() => { let a = a; return a; }",
  "() => { typeof a; let a = 1; }",
  "() => { a = 2; let a = 1; return a; }",
  "() => { let out = []; for (var i = 0; i < 2; i++) { if (i) { try { out.push(b); } catch (e) { out.push(e.name); } } let b = i; out.push(b); } return out; }",
  "() => { let out = []; for (const k of [0, 1, 0]) { try { switch (k) { case 0: let x = 5; out.push(x); break; case 1: out.push(x); } } catch (e) { out.push(e.name); } } return out; }",
  "() => { for (const x of [x]) return x; }",
  "() => { for (const x of (() => [typeof x])()) return x; }",
  "() => { for (const x in { [x]: 1 }) return x; }",
  "() => { for (let i = i; i < 1; i++) return i; }",
  "() => { const f = () => a; f(); let a = 1; return a; }",
  "() => { const f = () => a; let a = 1; return f(); }",
  '() => { const fs = []; for (let i = 0; i < 3; i++) { let j = i * 2; fs.push(() => [i, j++]); } return fs.map((f) => f() + "/" + f()); }',
  "() => { try { throw 1; let q = 1; } catch (e) { let q = 2; return q; } finally { let q = 3; } }",
  "() => { let q; try { q = 1; throw 0; } catch { return q; } }",
  "() => { let out = []; for (let i = 0; i < 3; i++) { try { if (i === 1) continue; let z = i; out.push(z); } finally { let w = i; out.push(w); } } return out; }",
  "() => { let r = 0; const g = () => { try { return r; let s = 1; } finally { r = 5; const v = r; r = v + 1; } }; return [g(), r]; }",
  "() => { outer: for (let i = 0; i < 3; i++) { for (let j = 0; j < 3; j++) { if (j === 1) continue outer; const k = j; if (i === 2) { let m = k + i; return m; } } } }",
  "() => { foo: { break foo; let c = 1; } let c = 2; return c; }",
  "() => { let a; if (Math.random() < 2) a = 1; return a; }",
  "() => ((a = b, b = 1) => a)()",
  "() => ((a = 1, b = a) => b)()",
  "() => { let { a, b = a } = { a: 3 }; return b; }",
  "() => { let { b = a, a } = { a: 3 }; return b; }",
  "() => { class A { static x = A.name; } return A.x; }",
  "() => { new A(); class A {} }",
  "() => { class A extends A {} }",
  "() => { class B {} class C extends B { constructor(x) { if (x) super(); this.y = 1; } } return [new C(1).y, (() => { try { new C(0); } catch (e) { return e.name; } })()]; }",
  "() => { class B {} class C extends B { constructor() { const f = () => super(); f(); this.z = 4; try { f(); } catch (e) { this.e = e.name; } } } const c = new C(); return [c.z, c.e]; }",
  "() => { const a = 1; try { a = 2; } catch (e) { return e.name + a; } }",
  '() => { let out = ""; for (const a of [1, 2]) { try { a++; } catch (e) { out += e.name + a; } } return out; }',
  "() => { function* g() { for (let i = 0; i < 3; i++) { const v = i; yield v; } yield q; let q = 9; } const o = []; try { for (const v of g()) o.push(v); } catch (e) { o.push(e.name); } return o; }",
  "() => { function* g() { try { let a = 1; yield a; } finally { let a = 2; yield a; } } const i = g(); return [i.next().value, i.return(7).value, i.next().value]; }",
  "() => { let n = 0; while (true) { let k = n++; if (k > 3) { let z = k; return z; } } }",
  "() => { let s = 0; do { let k = s + 1; s = k; } while (s < 4); return s; }",
  "() => { const out = []; for (let i = 0; i < 2; i++) { let u; out.push(u); u = i; } return out; }",
  "() => { { fn(); let y = 1; function fn() { return y; } return y; } }",
  "() => { { let y = 1; return fn(); function fn() { return y; } } }",
  "() => { let a = false || 3, b = a && a + 1, c = b ?? a; return [a, b, c]; }",
  "() => { const x = Math.abs(-1) ? (() => { const y = 2; return y; })() : z; const z = 1; return x + z; }",
  "() => { const x = Math.abs(0) ? 1 : z; const z = 1; return x + z; }",
  "() => { let r = []; (async () => { const a = 1; r.push(a); await 0; const b = a + 1; r.push(b); })(); return r; }",
  "() => { const o = null; const v = o?.a.b; let w = v; return w; }",
  "() => { let a = 1, b = 2; [a, b] = [b, a]; return [a, b]; }",
  "() => { let a = 1; a++; ++a; a += 2; a **= 2; a ||= 3; a &&= a - 1; return a; }",
  "() => { let x = 1; { let x = x; } }",
];

const SOURCE = `
const lines = [];
for (const run of [${CASES.join(",\n")}]) {
  try { lines.push(String(run())); } catch (error) { lines.push(error.name); }
}
`;

t.test("names are in their dead zone exactly where they are in V8", { skip }, async (t) => {
  if (!("kernels" in build) || path === undefined) return;
  const module = `${SOURCE}export default lines;`;
  const { default: expected } = (await import(
    `data:text/javascript,${encodeURIComponent(module)}`
  )) as { readonly default: readonly string[] };
  const printing = `${SOURCE}
    machine.console.write(Uint8Array.from(lines.join("\\n"), (c) => c.charCodeAt(0)));`;
  const options = { name: "app.js", keepsLines: false };
  const source = new TextEncoder().encode(printing);
  const bytecode = await compileModule(readFileSync(path), source, options);
  const payload = encodeBytecodePayload(bytecode);
  const { output, exitCode } = await boot({ kernel: build.kernels.speed, payload });
  t.same(output.trim().split(/\r?\n/), expected);
  t.equal(expected.length, CASES.length);
  t.equal(exitCode, 0);
});
