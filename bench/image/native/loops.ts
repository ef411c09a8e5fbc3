/**
 * What one turn of a loop costs in each kernel: the table of `bare-metal/README.md`, in guest instructions.
 *
 *   node bench/image/native/loops.ts
 *
 * Under `-icount shift=0,sleep=off` a nanosecond of the guest's clock is an instruction, so each figure is
 * exact but for the clock's own readings, which many turns share.
 */
import { readFileSync } from "node:fs";
import { buildCompiler, KERNEL_PATHS } from "../../../scripts/build-kernel.ts";
import { compileModule } from "../../../bare-metal/compile.ts";
import { encodeBytecodePayload } from "../../../bare-metal/payload.ts";
import { boot } from "../../../tests/image/qemu.ts";

const TURNS = 20_000;

/** What is repeated, by what the table calls it; `for` is the whole loop where that is the point. */
const LOOPS: readonly (readonly [name: string, body: string, before?: string, loop?: string])[] = [
  ["nothing, `let` counter", ""],
  ["nothing, `var` counter", "", "", `for (var i = 0; i < ${TURNS}; i++) {}`],
  ["two `let` in its body", "let a = i; let b = a; last = b;"],
  ["a read of a `Uint8Array`, summed up", "sum += bytes[i & 63];"],
  ["a write to a `Uint8Array`", "bytes[i & 63] = i;"],
  ["a read of a property, summed up", "sum += object.x;"],
  ["a write to a property", "object.x = i;"],
  ["a method that reads a property", "sum += thing.read();"],
  ["a private field read and written in a method", "thing.step();"],
  ["a call of a function of two parameters", "add(i, i);"],
  ["a native call (`machine.dma.barrier()`, two look-ups)", "machine.dma.barrier();"],
  ["`DataView.getUint32`", "view.getUint32(0);"],
  ["an object with two properties", "last = { a: i, b: i };"],
  ["a closure", "last = () => i;"],
  ["`subarray`", "last = bytes.subarray(1, 5);"],
  ["`await`", "await undefined;"],
];

const SETUP = `
const bytes = new Uint8Array(64), view = new DataView(bytes.buffer), object = { w: 0, x: 1 };
class Thing { x = 1; #n = 0; read() { return this.x; } step() { this.#n = this.#n + 1; } }
const thing = new Thing(), add = (a, b) => a + b;
const now = () => machine.clock.nowUs();
let text = "";
`;

/** Each loop is a function, as code in modules is; its first run is for caches that the engine may have. */
function source(): string {
  const parts = LOOPS.map(([name, body, before = "", loop]) => {
    const turns = loop ?? `for (let i = 0; i < ${TURNS}; i++) { ${body} }`;
    const run = `async function run() { let sum = 0, last; ${before} const start = now(); ${turns}
      return [now() - start, sum, last]; }`;
    return `{ ${run}\n await run(); text += ${JSON.stringify(name)} + "|" + (await run())[0] + "\\n"; }`;
  });
  return `${SETUP}${parts.join("\n")}\nmachine.console.write(Uint8Array.from(text, (c) => c.charCodeAt(0)));\nmachine.power.off(0);\n`;
}

async function measure(kernel: string, payload: Uint8Array): Promise<Map<string, number>> {
  const { output } = await boot({
    kernel,
    payload,
    extra: ["-icount", "shift=0,sleep=off"],
  });
  const rows = [...output.matchAll(/^(?<name>.+)\|(?<us>\d+)\r?$/gm)];
  if (rows.length !== LOOPS.length) throw new Error(`the loops did not run:\n${output}`);
  return new Map(
    rows.map(({ groups }) => [groups!["name"]!, (Number(groups!["us"]) * 1000) / TURNS]),
  );
}

const compiler = buildCompiler(console.error);
if (compiler === undefined) throw new Error("there is no compiler for bytecode");
const bytecode = await compileModule(readFileSync(compiler), new TextEncoder().encode(source()), {
  name: "loops.js",
  keepsLines: false,
});
const payload = encodeBytecodePayload(bytecode);
const speed = await measure(KERNEL_PATHS.speed, payload);
const full = await measure(KERNEL_PATHS.full, payload);
const small = await measure(KERNEL_PATHS.size, payload);
console.log("| guest instructions for one turn of a loop with | default | full | small |");
console.log("| --- | --- | --- | --- |");
for (const [name] of LOOPS) {
  const figures = [speed, full, small].map((map) =>
    Math.round(map.get(name)!).toLocaleString("en"),
  );
  console.log(`| ${name} | ${figures.join(" | ")} |`);
}
