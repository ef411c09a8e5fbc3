/**
 * The grid of transfers: 1 MiB at each of 9 buffer sizes by 8 loss rates.
 *
 *   node tests/sim/tcp-grid.ts                       the whole grid, with a line for each point
 *   node tests/sim/tcp-grid.ts --seed 7              with other random numbers
 *   node tests/sim/tcp-grid.ts --offloads            on devices that cut and join segments
 *   node tests/sim/tcp-grid.ts --seed 7 --buffer 512 --loss 0.2 [--trace]      one point
 */
import { transfer, type TransferResult } from "./tcp-transfer.ts";

export const BUFFER_SIZES = [128, 256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768] as const;
export const LOSS_RATES = [0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3] as const;
export const GRID_BYTES: number = 2 ** 20;

/** Runs one point. */
export function runPoint(
  seed: number,
  bufferBytes: number,
  lossRate: number,
  offloads: boolean = false,
  trace?: (line: string) => void,
): TransferResult {
  return transfer({
    seed,
    bytes: GRID_BYTES,
    bufferBytes,
    lossRate,
    offloads,
    replayCommand: replayCommand(seed, bufferBytes, lossRate, offloads),
    ...(trace === undefined ? {} : { trace }),
  });
}

/** The command that repeats a point. */
export function replayCommand(
  seed: number,
  bufferBytes: number,
  lossRate: number,
  offloads: boolean,
): string {
  const point = `--seed ${seed} --buffer ${bufferBytes} --loss ${lossRate}`;
  return `node tests/sim/tcp-grid.ts ${point}${offloads ? " --offloads" : ""}`;
}

function option(name: string): number | undefined {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? undefined : Number(process.argv[at + 1]);
}

function main(): void {
  const seed = option("seed") ?? 1;
  const buffers = option("buffer") === undefined ? BUFFER_SIZES : [option("buffer")!];
  const losses = option("loss") === undefined ? LOSS_RATES : [option("loss")!];
  const offloads = process.argv.includes("--offloads");
  const trace = process.argv.includes("--trace") ? (line: string) => console.log(line) : undefined;
  const started = performance.now();
  let failed = 0;
  for (const buffer of buffers) {
    for (const loss of losses) {
      const pointStarted = performance.now();
      const result = runPoint(seed, buffer, loss, offloads, trace);
      const ms = Math.round(performance.now() - pointStarted);
      const point = `buffer ${buffer} B, loss ${loss * 100} %`;
      const cost = `${Math.round(result.virtualUs / 1000)} ms virtual, ${result.events} events, ${ms} ms`;
      console.log(
        `${point}: ${result.problem || "ok"} (${cost}, ${result.retransmits} sent again)`,
      );
      if (result.problem === "") continue;
      failed++;
      console.log(`  again with: ${replayCommand(seed, buffer, loss, offloads)}`);
    }
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(
    `${buffers.length * losses.length} points, ${failed} failed, ${seconds} s, seed ${seed}`,
  );
  if (failed > 0) process.exitCode = 1;
}

if (import.meta.main) main();
