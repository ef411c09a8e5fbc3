/** HTTP hello through the whole user mode (gateway, stack, `http`), beside plain `node:http`. */
import { fileURLToPath } from "node:url";
import { compare, summarize, type BenchContext, type BenchRow } from "../harness/mod.ts";
import { runWrk, wrkProblem } from "../harness/wrk.ts";
import { startPlainHttp } from "../peers/plain-http.ts";
import { startOurHttp } from "./our-server.ts";

const CONNECTIONS: readonly number[] = [1, 16, 64];

function rowName(connections: number): string {
  return `hello, ${connections} ${connections === 1 ? "connection" : "connections"}`;
}

/** Measures a page of a few bytes over keep-alive connections, in turns with the peer. */
export async function benchHttp(context: BenchContext): Promise<BenchRow[]> {
  const wanted = CONNECTIONS.filter((connections) => context.wants(rowName(connections)));
  if (wanted.length === 0) return [];
  const problem = await wrkProblem();
  if (problem !== undefined) {
    context.skip("http", problem);
    return [];
  }
  const ours = await startOurHttp();
  const peer = await startPlainHttp();
  try {
    const rows: BenchRow[] = [];
    for (const connections of wanted) {
      const measure =
        (url: string) =>
        async (seconds: number): Promise<number> =>
          (await runWrk(url, connections, seconds)).requestsPerSecond;
      rows.push(
        ...(await compare(context, {
          name: rowName(connections),
          unit: "requests/s",
          ours: measure(ours.url),
          peer: "node:http",
          theirs: measure(peer.url),
        })),
      );
    }
    return rows;
  } finally {
    await ours.stop();
    await peer.stop();
  }
}

/** Run by itself, it prints the ratios: `node bench/http/mod.ts [part of a row's name]`. */
async function main(words: readonly string[]): Promise<void> {
  const rows = await benchHttp({
    quick: true,
    rounds: 3,
    secondsPerRound: 1,
    wants: (name) => words.length === 0 || words.some((word) => name.includes(word)),
    progress: () => {},
    skip: (what, reason) => console.log(`${what}: not measured, ${reason}`),
  });
  for (const row of rows) {
    const { ours, theirs, ratio } = summarize(row);
    console.log(
      `${row.name.padEnd(24)} ${ours.median.toFixed(0).padStart(8)} ${theirs.median.toFixed(0).padStart(8)}` +
        `  ${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)} .. ${ratio.max.toFixed(2)})`,
    );
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
