/** A virtio disk, in order and at random. */
import { openSync, closeSync, statSync, writeSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { compare, type BenchContext, type BenchRow } from "../../harness/mod.ts";
import { BLOCK_PORT, type BlockOrder, type BlockResult } from "../apps/block-server.ts";
import { LINKS, type Side } from "../network.ts";
import type { Plan } from "../plan.ts";
import { PEER } from "./mod.ts";
import { withPair } from "./pair.ts";

const DISK_BYTES = 256 << 20;
const CHUNK_BYTES = 1 << 20;
const BYTES_PER_MB = 1e6;
/** A request is short, and its rate stands still at once: six rows need no more. */
const SECONDS = 1;

type Shape = Omit<BlockOrder, "ms">;
const SHAPES: readonly (Shape & { readonly name: string })[] = [
  shape("read", 1 << 20, false, "block, read 1 MiB in order"),
  shape("write", 1 << 20, false, "block, write 1 MiB in order"),
  shape("read", 64 << 10, false, "block, read 64 KiB in order"),
  shape("write", 64 << 10, false, "block, write 64 KiB in order"),
  shape("read", 4 << 10, true, "block, read 4 KiB at random"),
  shape("write", 4 << 10, true, "block, write 4 KiB at random"),
];

function shape(
  operation: BlockOrder["operation"],
  requestBytes: number,
  isRandom: boolean,
  name: string,
): Shape & { readonly name: string } {
  return { operation, requestBytes, isRandom, name };
}

/** The host holds the disks in its memory: what is measured is the guest, and QEMU. */
export async function benchBlock(plan: Plan, context: BenchContext): Promise<BenchRow[]> {
  const wanted = SHAPES.filter(({ name }) => context.wants(name));
  if (wanted.length === 0 || plan.peer === undefined) return [];
  const disks = { ours: makeDisk(plan, "ours"), peer: makeDisk(plan, "peer") };
  const options = { ours: { diskPath: disks.ours }, peer: { diskPath: disks.peer } };
  const use = async (): Promise<BenchRow[]> => {
    const rows: BenchRow[] = [];
    for (const order of wanted) {
      const measure = (side: Side) => (seconds: number) => rateOf(side, order, seconds);
      rows.push(
        ...(await compare(
          { ...context, secondsPerRound: SECONDS },
          {
            name: order.name,
            unit: order.isRandom ? "requests/s" : "MB/s",
            ours: measure("ours"),
            peer: PEER,
            theirs: measure("peer"),
          },
        )),
      );
    }
    return rows;
  };
  return withPair(plan, "block", use, options);
}

async function rateOf(side: Side, order: Shape, seconds: number): Promise<number> {
  const { requests, ms } = await placeOrder(side, { ...order, ms: seconds * 1000 });
  const perSecond = (requests * 1000) / ms;
  return order.isRandom ? perSecond : (perSecond * order.requestBytes) / BYTES_PER_MB;
}

function placeOrder(side: Side, order: BlockOrder): Promise<BlockResult> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(BLOCK_PORT, LINKS[side].guestAddress, () => {
      socket.write(JSON.stringify(order));
    });
    socket.setEncoding("utf8").on("data", (text) => (answer += String(text)));
    socket.on("error", reject);
    socket.on("end", () => {
      if (answer === "") reject(new Error(`${side} gave up: ${order.operation}`));
      else resolve(JSON.parse(answer) as BlockResult);
    });
  });
}

/** A file without holes: reading a hole would cost the host nothing. */
function makeDisk(plan: Plan, side: Side): string {
  const path = join(plan.folder, `disk-${side}.raw`);
  if (statSync(path, { throwIfNoEntry: false })?.size === DISK_BYTES) return path;
  const chunk = Buffer.alloc(CHUNK_BYTES, "libos");
  const file = openSync(path, "w");
  for (let at = 0; at < DISK_BYTES; at += chunk.length) writeSync(file, chunk);
  closeSync(file);
  return path;
}
