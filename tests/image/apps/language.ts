/** What the engine must survive, and what native code must get right. Prints one line each. */
import { openImage } from "./image.ts";

const { hal, print } = openImage();

function caught(run: () => unknown): string {
  try {
    run();
    return "nothing";
  } catch (error) {
    return String(error);
  }
}

function fillMemory(): void {
  const kept: unknown[] = [];
  for (;;) kept.push(new Array<number>(1000).fill(1.5));
}

function recurse(depth: number): number {
  return recurse(depth + 1) + 1;
}

const start = hal.clock.nowUs();
for (let round = 1; round <= 3; round++) print(`memory ${round}: ${caught(fillMemory)}`);
print(`big: ${caught(() => new Uint8Array(2 ** 31))}`);
print(`string: ${caught(() => "x".repeat(2 ** 29))}`);
for (let round = 1; round <= 3; round++) print(`stack ${round}: ${caught(() => recurse(0))}`);
print(`regexp: ${"2026-11-20".replace(/(?<year>\d+)-(?<month>\d+)/u, "$<month>/$<year>")}`);

// Cycles that are garbage must not count: this makes ten times the heap of them.
for (let index = 0; index < 40_000; index++) {
  const cycle: { self?: unknown; bytes: Uint8Array } = { bytes: new Uint8Array(2048) };
  cycle.self = cycle;
}
print("cycles: collected");

print(`math: ${Math.sin(1)} ${Math.hypot(3, 4)} ${2 ** 0.5} ${Math.atan2(1, -1)} ${-7 % 3}`);
print(`numbers: ${0.1 + 0.2} ${1e21} ${5e-324} ${(255).toString(16)} ${parseFloat("1.25e-7")}`);
print(`json: ${JSON.stringify(JSON.parse('[1.5,-0,1e300,0.1,"\\u00e9"]')).length}`);
print(`date: ${new Date(Date.UTC(2026, 10, 20, 12, 34, 56)).toISOString()}`);
print(`local: ${new Date(0).getTimezoneOffset()} ${new Date(0).getHours()}`);
print(`error: ${caught(() => (undefined as unknown as { x: number }).x)}`);
print(`seed: ${Math.random() === Math.random()}`);

async function promises(): Promise<void> {
  const order: string[] = [];
  void Promise.resolve().then(() => order.push("reaction"));
  order.push("synchronous");
  await undefined;
  order.push("continuation");
  const settled = await Promise.allSettled([Promise.reject(new Error("no")), 1]);
  print(`promises: ${order.join(" ")} ${settled.map((result) => result.status).join(" ")}`);
}

await promises();
print(`took ${hal.clock.nowUs() - start > 0}`);
hal.power.off(0);
