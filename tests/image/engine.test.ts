/**
 * The interpreter's quick paths (`bare-metal/engine/quick.h`) do what V8 does: every kernel gives the same
 * lines as Node, from source and from bytecode.
 */
import { readFileSync } from "node:fs";
import t from "tap";
import { compileModule } from "../../bare-metal/compile.ts";
import { encodeBytecodePayload } from "../../bare-metal/payload.ts";
import { buildCompiler } from "../../scripts/build-kernel.ts";
import { runCases } from "./apps/engine-cases/mod.ts";
import { bundleApp } from "./bundle.ts";
import { prepareKernel } from "./kernel-build.ts";
import { boot } from "./qemu.ts";

const build = await prepareKernel();
const path = "kernel" in build ? buildCompiler((line) => console.error(`# ${line}`)) : undefined;
const skip = "skip" in build ? build.skip : path === undefined && "wasi-libc is missing";

t.test("every kernel computes, throws and unwinds as V8 does", { skip }, async (t) => {
  if (!("kernels" in build) || path === undefined) return;
  const source = await bundleApp("engine");
  const bytecode = encodeBytecodePayload(
    await compileModule(readFileSync(path), new TextEncoder().encode(source), {
      name: "app.js",
      keepsLines: true,
    }),
  );
  const expected = await runCases();
  for (const [name, payload] of [
    ["full", source],
    ["speed", bytecode],
    ["size", bytecode],
  ] as const) {
    const { output, exitCode } = await boot({ kernel: build.kernels[name], payload });
    t.strictSame(output.replaceAll("\r", "").trim().split("\n"), expected, name);
    t.equal(exitCode, 0, name);
  }
});
