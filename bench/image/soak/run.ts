/** `npm run soak:image`: an hour of real requests to an image, with its memory looked at. */
import { parseArgs } from "node:util";
import { buildBenchImage, prepareKernel, problemOf } from "../prepare.ts";
import type { MemorySample } from "./judge.ts";
import { soak } from "./soak.ts";

const USAGE = `usage: npm run soak:image -- [--minutes N]

Boots an image in QEMU and asks it for pages, sends to it, comes and goes and breaks off, for an hour
or N minutes. Fails when its memory grows.`;
const MEMORY_KIB = 16 * 1024;
const MINUTES = 60;
const MS_PER_MINUTE = 60_000;
const PATIENCE_MS = 20_000;

function fail(line: string, code: number): never {
  console.error(line);
  process.exit(code);
}

function minutesOf(words: readonly string[]): number {
  try {
    const options = { minutes: { type: "string" }, help: { type: "boolean" } } as const;
    const { values } = parseArgs({ args: [...words], options });
    if (values.help === true) {
      console.log(USAGE);
      process.exit(0);
    }
    const minutes = Number(values.minutes ?? MINUTES);
    if (minutes > 0 && Number.isFinite(minutes)) return minutes;
    return fail(`--minutes: "${values.minutes}" is not a number of minutes\n\n${USAGE}`, 2);
  } catch (error) {
    return fail(`${(error as Error).message}\n\n${USAGE}`, 2);
  }
}

function memoryText({ heapBytes, packetBytes, connections }: MemorySample): string {
  const kib = (bytes: number): string => (bytes / 1024).toFixed(0);
  return `heap ${kib(heapBytes)} KiB, packet memory ${kib(packetBytes)} KiB, ${connections} connections`;
}

const minutes = minutesOf(process.argv.slice(2));
const problem = problemOf();
if (problem !== undefined) fail(`soak:image: ${problem}`, 1);
const say = (line: string): void => console.error(line);
await prepareKernel(say);
const image = await buildBenchImage("soak", "bench/image/apps/soak.ts", { memory: "16MB" });
const order = {
  image,
  memoryKib: MEMORY_KIB,
  ms: minutes * MS_PER_MINUTE,
  patienceMs: PATIENCE_MS,
};
try {
  const end = await soak(order, ({ seconds, answered, failed, latest }) => {
    say(`[${seconds.toFixed(0)} s] ${answered} answers, ${failed} failed; ${memoryText(latest)}`);
  });
  console.log(`${end.answered} answers, ${end.brokenOff} broken off, ${end.failed} failed`);
  console.log(`at the end: ${memoryText(end.last)}`);
  const growth = [end.heapGrowthBytes, end.packetGrowthBytes];
  console.log(`growth by ${end.samples} samples: heap ${growth[0]}, packets ${growth[1]} bytes`);
  console.log(end.isFlat ? "memory is flat" : "MEMORY GROWS");
  process.exitCode = end.isFlat && end.failed === 0 ? 0 : 1;
} catch (error) {
  fail(`soak:image: ${(error as Error).message}`, 1);
}
