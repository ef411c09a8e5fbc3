/** Our `fs` on memfs, beside the npm package memfs and `node:fs` on a tmpfs. */
import { fileURLToPath } from "node:url";
import { compare, summarize, type BenchContext, type BenchRow } from "../harness/mod.ts";
import { createNodeOnTmpfs, createNpmMemfs, createOurs, tmpfsProblem, type Side } from "./sides.ts";
import { WORKLOADS, type Workload } from "./workloads.ts";

/** Operations per second of one workload on one side; only the operations are timed. */
async function measure(workload: Workload, side: Side, seconds: number): Promise<number> {
  const batch = workload.prepare(side.fs, side.folder);
  let operations = 0;
  let spentMs = 0;
  while (spentMs < seconds * 1000) {
    const start = performance.now();
    const running = batch.run(workload.count);
    if (running !== undefined) await running;
    spentMs += performance.now() - start;
    operations += workload.count;
    batch.reset?.(workload.count);
  }
  return operations / (spentMs / 1000);
}

/** A measurement on a fresh file system, which is gone afterwards. */
function onFresh(workload: Workload, create: () => Side): (seconds: number) => Promise<number> {
  return async (seconds) => {
    const side = create();
    try {
      return await measure(workload, side, seconds);
    } finally {
      side.remove();
    }
  };
}

/** Measures every workload beside memfs, and beside `node:fs` where there is a tmpfs. */
export async function benchFs(context: BenchContext): Promise<BenchRow[]> {
  const problem = tmpfsProblem();
  if (problem !== undefined) context.skip("fs against node:fs", problem);
  const rows: BenchRow[] = [];
  for (const workload of WORKLOADS) {
    const common = { name: workload.name, unit: "ops/s", ours: onFresh(workload, createOurs) };
    const theirs = onFresh(workload, createNpmMemfs);
    rows.push(...(await compare(context, { ...common, peer: "memfs", theirs })));
    if (problem !== undefined) continue;
    const host = onFresh(workload, createNodeOnTmpfs);
    rows.push(...(await compare(context, { ...common, peer: "node:fs", theirs: host })));
  }
  return rows;
}

/** Run by itself, it prints the ratios: `node bench/fs/mod.ts [part of a row's name]`. */
async function main(words: readonly string[]): Promise<void> {
  const rows = await benchFs({
    quick: true,
    rounds: 3,
    secondsPerRound: 0.1,
    wants: (name) => words.length === 0 || words.some((word) => name.includes(word)),
    progress: () => {},
    skip: (what, reason) => console.log(`${what}: not measured, ${reason}`),
  });
  for (const row of rows) {
    const { ours, theirs, ratio } = summarize(row);
    const thousands = (figure: number) => `${(figure / 1000).toFixed(0)}k`.padStart(7);
    console.log(
      `${row.name.padEnd(36)} ${row.peer.padEnd(8)}${thousands(ours.median)}${thousands(theirs.median)}` +
        `  ${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)} .. ${ratio.max.toFixed(2)})`,
    );
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
