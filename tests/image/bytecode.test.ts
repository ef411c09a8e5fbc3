/** Bytecode: made here by the engine's compiler, run by the engine in the image. */
import { readFileSync } from "node:fs";
import t from "tap";
import { compileModule } from "../../bare-metal/compile.ts";
import { encodeBytecodePayload } from "../../bare-metal/payload.ts";
import { buildCompiler } from "../../scripts/build-kernel.ts";
import { bundleApp } from "./bundle.ts";
import { prepareKernel } from "./kernel-build.ts";
import { boot } from "./qemu.ts";

const build = await prepareKernel();
const kernels = "kernel" in build ? build.kernels : { speed: "", size: "", full: "" };
const kernel = kernels.speed;
const path = "kernel" in build ? buildCompiler((line) => console.error(`# ${line}`)) : undefined;
const skip = "skip" in build ? build.skip : path === undefined && "wasi-libc is missing";
const compiler = path === undefined ? new Uint8Array(0) : readFileSync(path);
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

t.test("an application runs from bytecode as it does from source", { skip }, async (t) => {
  const source = await bundleApp("language");
  for (const [kernel, keepsLines] of [
    [kernels.speed, true],
    [kernels.size, false],
    [kernels.full, false],
  ] as const) {
    const bytecode = await compileModule(compiler, text(source), { name: "app.js", keepsLines });
    const payload = encodeBytecodePayload(bytecode);
    const { output, exitCode } = await boot({ kernel, payload, commandLine: "heap=8M" });
    t.match(output, "memory 3: InternalError: out of memory");
    t.match(output, "promises: synchronous reaction continuation rejected fulfilled");
    t.equal(exitCode, 0, output);
  }
});

t.test("without a parser, eval and source end in an error that says why", { skip }, async (t) => {
  const source = `for (const call of [() => eval("1"), () => new Function("return 1")()])
    try { call(); } catch (error) { machine.console.write(new Uint8Array(
      [...(error.message + "\\n")].map((c) => c.charCodeAt(0)))); }`;
  const bytecode = await compileModule(compiler, text(source), { name: "a.js", keepsLines: true });
  for (const kernel of [kernels.speed, kernels.size]) {
    const { output, exitCode } = await boot({ kernel, payload: encodeBytecodePayload(bytecode) });
    t.match(output, /(?:eval and Function need the full kernel[^\n]*\s+){2}/);
    t.equal(exitCode, 0, output);
    const other = await boot({ kernel, payload: "1;" });
    t.match(other.output, "this kernel runs bytecode only");
    t.equal(other.exitCode, 70);
  }
  const { output } = await boot({ kernel: kernels.full, payload: encodeBytecodePayload(bytecode) });
  t.notMatch(output, "full kernel");
});

t.test("the small kernel refuses what it lacks with an error that says so", { skip }, async (t) => {
  const source = `const say = (text) => machine.console.write(new Uint8Array(
      [...(text + "\\n")].map((c) => c.charCodeAt(0))));
    for (const call of [
      () => "é".normalize(), () => "\u0391\u0301".normalize(), () => "é".normalize("NFD"),
      () => "é".localeCompare("f") > 0, () => /^\\p{L}$/u.test("é"), () => new RegExp("\\\\p{L}", "u"),
    ]) try { say(encodeURI(call())); } catch (error) { say(error.message); }`;
  const bytecode = await compileModule(compiler, text(source), { name: "a.js", keepsLines: true });
  const payload = encodeBytecodePayload(bytecode);
  const { output } = await boot({ kernel: kernels.size, payload });
  const refused = "this kernel has no Unicode normalization";
  t.match(output.split(/\r?\n/), ["%C3%A9", refused, refused, "true", "true", /unknown unicode/]);
});

t.test("the same source makes the same bytes", { skip }, async (t) => {
  const source = text(await bundleApp("hello"));
  const options = { name: "app.js", keepsLines: true };
  t.same(
    await compileModule(compiler, source, options),
    await compileModule(compiler, source, options),
  );
});

t.test("line numbers are kept where they are asked for", { skip }, async (t) => {
  const source = text("\n\nfunction broken() { throw new Error('here'); }\nbroken();");
  for (const keepsLines of [true, false]) {
    const bytecode = await compileModule(compiler, source, { name: "app.js", keepsLines });
    const { output, exitCode } = await boot({ kernel, payload: encodeBytecodePayload(bytecode) });
    t.match(output, "Error: here");
    t.equal(/at broken \(app\.js:3/.test(output), keepsLines, output);
    t.equal(exitCode, 1);
  }
});

t.test("what is no module is a SyntaxError with its place", { skip }, async (t) => {
  const options = { name: "x.js", keepsLines: true };
  await t.rejects(compileModule(compiler, text("let a;\nlet = = 1;"), options), {
    name: "SyntaxError",
    message: /x\.js:2/,
  });
});

t.test("bytecode of another version is refused by the engine", { skip }, async (t) => {
  const source = text("machine.power.off(3);");
  const bytecode = await compileModule(compiler, source, { name: "app.js", keepsLines: false });
  const { exitCode } = await boot({ kernel, payload: encodeBytecodePayload(bytecode) });
  t.equal(exitCode, 3);
  // Another version of our format, and the engine's own, whose functions have no length.
  for (const version of [bytecode[0]! + 1, bytecode[0]! & 0x7f]) {
    bytecode[0] = version;
    const other = await boot({ kernel, payload: encodeBytecodePayload(bytecode) });
    t.match(other.output, `SyntaxError: invalid version (${version} expected=`);
    t.equal(other.exitCode, 1);
  }
});

t.test("a stack says that the image was built without lines", { skip }, async (t) => {
  const source = text(`function thrower() { throw new Error("here"); } thrower();`);
  for (const kernel of Object.values(kernels)) {
    const bytecode = await compileModule(compiler, source, { name: "a.js", keepsLines: false });
    const { output } = await boot({ kernel, payload: encodeBytecodePayload(bytecode) });
    t.match(output, /Error: here\s+at thrower \(line unknown: built without lines\)/);
    t.notMatch(output, /null>|:0:1/);
  }
});
