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
const kernel = "kernel" in build ? build.kernel : "";
const path = "kernel" in build ? buildCompiler((line) => console.error(`# ${line}`)) : undefined;
const skip = "skip" in build ? build.skip : path === undefined && "wasi-libc is missing";
const compiler = path === undefined ? new Uint8Array(0) : readFileSync(path);
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

t.test("an application runs from bytecode as it does from source", { skip }, async (t) => {
  const source = await bundleApp("language");
  for (const keepsLines of [true, false]) {
    const bytecode = await compileModule(compiler, text(source), { name: "app.js", keepsLines });
    const payload = encodeBytecodePayload(bytecode);
    const { output, exitCode } = await boot({ kernel, payload, commandLine: "heap=8M" });
    t.match(output, "memory 3: InternalError: out of memory");
    t.match(output, "promises: synchronous reaction continuation rejected fulfilled");
    t.equal(exitCode, 0, output);
  }
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
  bytecode[0]! += 1;
  const other = await boot({ kernel, payload: encodeBytecodePayload(bytecode) });
  t.match(other.output, /SyntaxError: invalid version/);
  t.equal(other.exitCode, 1);
});
