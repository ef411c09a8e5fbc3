/** Prints the scenario's trace: `node tests/sim/print-trace.ts [SEED]`, or `deno run` the same. */
import process from "node:process";
import { runScenario } from "./scenario.ts";

const { trace, hash } = await runScenario(Number(process.argv[2] ?? 1));
process.stdout.write(`${trace}hash ${hash}\n`);
