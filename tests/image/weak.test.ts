/** Weak references, whose table is the build's own (`bare-metal/engine/weak.h`). */
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

async function saysEverywhere(t: Test, source: string, lines: string[]): Promise<void> {
  const text = new TextEncoder().encode(SAY + source);
  const bytecode = await compileModule(compiler, text, { name: "app.js", keepsLines: true });
  for (const kernel of Object.values(kernels)) {
    const { output } = await boot({ kernel, payload: encodeBytecodePayload(bytecode) });
    t.same(
      output.split(/\r?\n/).filter((line) => line !== ""),
      lines,
    );
  }
}

t.test("a weak map finds thousands of objects and symbols", { skip }, async (t) => {
  const source = `
    const map = new WeakMap(), set = new WeakSet(), keys = [];
    for (let i = 0; i < 3000; i++) keys.push(i % 3 ? {} : Symbol("s" + i));
    keys.forEach((key, i) => { map.set(key, i); if (i % 2) set.add(key); });
    const other = new WeakMap(keys.map((key, i) => [key, -i]));
    say([keys.every((key, i) => map.get(key) === i), keys.every((key, i) => other.get(key) === -i),
      keys.filter((key) => set.has(key)).length]);
    say(keys.filter((key, i) => i % 5 === 0 && map.delete(key)).length);
    say([keys.filter((key) => map.has(key)).length, keys.filter((key) => other.has(key)).length, map.delete({})]);
    try { map.set(Symbol.for("registered"), 1); } catch (error) { say(error.name); }`;
  await saysEverywhere(t, source, ["true,true,1500", "600", "2400,3000,false", "TypeError"]);
});

t.test("what nobody holds goes, with all that waits for it", { skip }, async (t) => {
  const source = `
    const refs = [], said = [], registry = new FinalizationRegistry((held) => said.push(held));
    (() => { for (let i = 0; i < 100; i++) { const target = { i }, token = {};
      refs.push(new WeakRef(target), new WeakRef(target)); registry.register(target, i, token); if (i % 2) registry.unregister(token);
    } })();
    say(refs.filter((ref) => ref.deref() === undefined).length);
    const kept = {}, ref = new WeakRef(kept); say(ref.deref() === kept);
    const map = new WeakMap(), used = () => machine.heap.usedBytes();
    const rounds = () => { for (let i = 0; i < 2000; i++) map.set({ i }, [i]); };
    rounds(); const before = used(); rounds(); say(used() - before < 4096);
    Promise.resolve().then(() => Promise.resolve()).then(() => say([said.length, said.every((i) => i % 2 === 0)]));`;
  await saysEverywhere(t, source, ["200", "true", "true", "50,true"]);
});

t.test("references that keep each other go together", { skip }, async (t) => {
  const source = `
    const map = new WeakMap(), later = [];
    const make = (i) => {
      let key = {}; map.set(key, { ref: new WeakRef(key), map: new WeakMap([[key, 1]]) });
      let second = {}; const ref = new WeakRef(second); map.set(second, [ref, { second: i }]);
      let third = { own: new WeakMap() }; third.own.set(third, new WeakRef(third));
      const cycle = { i }; cycle.cycle = cycle; map.set(cycle, cycle); later.push(new WeakRef(cycle));
    };
    for (let i = 0; i < 50; i++) make(i);
    for (let i = 0; later.some((ref) => ref.deref() !== undefined) && i < 1000; i++) { const a = []; for (let n = 0; n < 1000; n++) a.push({ n }); a.push(a); }
    say(later.filter((ref) => ref.deref() === undefined).length);`;
  await saysEverywhere(t, source, ["50"]);
});
