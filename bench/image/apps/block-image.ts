/** The disk of an image, as its applications reach it. */
import { system } from "libos";
import { QUEUE_DEPTH, serveDisk } from "./block-server.ts";

const BUFFER_BYTES = 1 << 20;

const { hal, kernel } = system;
const [device] = hal.block;
if (device === undefined) throw new Error("this machine has no disk");
const { sectorBytes, sectorCount } = device.info;

const memory = kernel.memory.owner("bench", QUEUE_DEPTH * BUFFER_BYTES);
const offsets = Array.from({ length: QUEUE_DEPTH }, () => memory.allocate(BUFFER_BYTES));
const waiting: (() => void)[] = [];

device.onReady(() => {
  device.complete((slot, status) => {
    if (status !== "ok") throw new Error(`the disk answers ${status}`);
    waiting[slot]!();
  });
});

serveDisk({
  bytes: sectorBytes * sectorCount,
  prepare(requestBytes) {
    const sectors = requestBytes / sectorBytes;
    return (operation, slot, position, done) => {
      waiting[slot] = done;
      if (!device.submit(operation, position / sectorBytes, sectors, offsets[slot]!, slot)) {
        throw new Error("the disk's queue is full");
      }
    };
  },
});
