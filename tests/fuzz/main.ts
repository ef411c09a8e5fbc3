/**
 * `npm run fuzz`: a million hostile inputs for each parser. None may throw, and none may hang.
 *
 *   npm run fuzz -- [--inputs N] [--seed N] [--first N] [--only NAME]…
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import type { FuzzTarget } from "../../components/testing/fuzz.ts";
import { makeInput } from "./mutate.ts";
import { failureLines, type FuzzFailure, type FuzzRange } from "./run.ts";
import { findTargets } from "./targets.ts";
import type { FuzzOrder } from "./worker.ts";

/**
 * One input that takes so much of a processor's time hangs. Time that passes says nothing: threads of
 * a busy machine wait for long.
 */
const HANG_CPU_MS = 10_000;
const REPORT_MS = 10_000;
const USAGE = "usage: npm run fuzz -- [--inputs N] [--seed N] [--first N] [--only NAME]…";

interface FuzzArguments extends FuzzRange {
  readonly only: readonly string[];
}

function integer(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new TypeError(`--${name} takes a number from 0 on, not ${text}`);
}

function parseArguments(): FuzzArguments {
  const { values } = parseArgs({
    options: {
      inputs: { type: "string", default: "1000000" },
      seed: { type: "string", default: "1" },
      first: { type: "string", default: "0" },
      only: { type: "string", multiple: true, default: [] },
    },
  });
  return {
    inputCount: integer("inputs", values.inputs),
    seed: integer("seed", values.seed),
    firstIndex: integer("first", values.first),
    only: values.only,
  };
}

/** @returns What all threads have used together. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/**
 * Runs one target in a thread of its own, and ends the thread when an input hangs.
 *
 * @param lanes How many threads share what the process uses.
 */
async function watch(
  target: FuzzTarget,
  range: FuzzRange,
  lanes: number,
): Promise<FuzzFailure | undefined> {
  const progress = new Int32Array(new SharedArrayBuffer(4));
  progress[0] = -1;
  const order: FuzzOrder = { targetName: target.name, range, progress };
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData: order });
  const started = performance.now();
  let lastIndex = -1;
  let cpuMsAtChange = cpuMs();
  let lastReportAt = started;
  return await new Promise((resolve, reject) => {
    const watchdog = setInterval(() => {
      const now = performance.now();
      const index = progress[0]!;
      if (now - lastReportAt > REPORT_MS) {
        lastReportAt = now;
        console.log(`     ${target.name}: ${index - range.firstIndex} of ${range.inputCount}`);
      }
      if (index !== lastIndex) {
        lastIndex = index;
        cpuMsAtChange = cpuMs();
      } else if (index >= 0 && cpuMs() - cpuMsAtChange > HANG_CPU_MS * lanes) {
        end();
        void worker.terminate();
        const input = makeInput(target, range.seed, index);
        const why = `hangs: not done after ${HANG_CPU_MS / 1000} s of CPU time`;
        resolve({ target: target.name, seed: range.seed, index, why, input });
      }
    }, 250);
    const end = (): void => clearInterval(watchdog);
    worker.on("message", (failure: FuzzFailure | undefined) => {
      end();
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      const result = failure === undefined ? "ok  " : "FAIL";
      console.log(`${result} ${target.name}: ${range.inputCount} inputs in ${seconds} s`);
      resolve(failure);
    });
    worker.on("error", (error) => {
      end();
      reject(error);
    });
  });
}

async function main(): Promise<number> {
  let order: FuzzArguments;
  try {
    order = parseArguments();
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    return 2;
  }
  const all = await findTargets();
  const targets = all.filter(
    (target) => order.only.length === 0 || order.only.some((name) => target.name.includes(name)),
  );
  if (targets.length === 0) {
    console.error(`no such fuzz target; there are: ${all.map((target) => target.name).join(", ")}`);
    return 2;
  }
  const failures: FuzzFailure[] = [];
  const waiting = [...targets];
  const lanes = Math.min(availableParallelism(), targets.length);
  const lane = async (): Promise<void> => {
    for (let target = waiting.shift(); target !== undefined; target = waiting.shift()) {
      const failure = await watch(target, order, lanes);
      if (failure !== undefined) failures.push(failure);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  for (const failure of failures) console.log(`\n${failureLines(failure).join("\n")}`);
  console.log(`\n${targets.length - failures.length} passed, ${failures.length} failed`);
  return failures.length === 0 ? 0 : 1;
}

process.exitCode = await main();
