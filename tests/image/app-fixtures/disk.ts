/** Reads and writes the image's first disk as an application does. */
import { system } from "libos";

const { hal, kernel } = system;
const [disk] = hal.block;
if (disk === undefined) throw new Error("this machine has no disk");
const { sectorBytes, sectorCount, maxRequestSectors } = disk.info;
console.log(
  `${disk.info.name}: ${sectorCount} sectors of ${sectorBytes}, ${hal.block.length} disks`,
);
console.log("at most", maxRequestSectors > 0, "per request");

const memory = kernel.memory.owner("app", 16_384);
const offset = memory.allocate(sectorBytes);
const bytes = kernel.memory.packet.bytes.subarray(offset, offset + sectorBytes);
const waiting = new Map<number, (status: string) => void>();
disk.onReady(() => {
  disk.complete((token, status) => {
    waiting.get(token)!(status);
    waiting.delete(token);
  });
});

/** One request, as a promise. */
function transfer(operation: "read" | "write" | "flush", sector: number): Promise<string> {
  return new Promise((resolve) => {
    waiting.set(sector, resolve);
    if (!disk!.submit(operation, sector, 1, offset, sector)) throw new Error("the queue is full");
  });
}

// Nothing but the requests keeps the image alive from here on.
void (async () => {
  console.log("read", await transfer("read", 3));
  console.log("found", String.fromCharCode(...bytes.subarray(0, 5)));
  bytes.fill("!".charCodeAt(0));
  console.log("write", await transfer("write", 4), await transfer("flush", 0));
  console.log("second", hal.block[1]?.info.readOnly, hal.block[1]?.info.sectorCount);
})();
