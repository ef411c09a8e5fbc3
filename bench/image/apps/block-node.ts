/** Linux' disk, as Node reaches it: the device itself, past the page cache. */
import fs from "node:fs";
import { QUEUE_DEPTH, serveDisk } from "./block-server.ts";

const DEVICE = "/dev/vda";
const SIZE_FILE = "/sys/block/vda/size";
const SECTOR_BYTES = 512;
const BUFFER_BYTES = 1 << 20;
const PAGE = 4096;
/** Addresses of buffers are unknown, but O_DIRECT refuses those that are not aligned. */
const STEP = 16;

const descriptor = fs.openSync(DEVICE, fs.constants.O_RDWR | fs.constants.O_DIRECT);
const bytes = Number(fs.readFileSync(SIZE_FILE, "utf8")) * SECTOR_BYTES;

function alignedBuffer(): Buffer {
  const whole = Buffer.allocUnsafeSlow(BUFFER_BYTES + PAGE);
  for (let at = 0; at < PAGE; at += STEP) {
    const part = whole.subarray(at, at + BUFFER_BYTES);
    try {
      fs.readSync(descriptor, part, 0, PAGE, 0);
      return part;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EINVAL") throw error;
    }
  }
  throw new Error("no place in a buffer is aligned");
}

const buffers = Array.from({ length: QUEUE_DEPTH }, alignedBuffer);

serveDisk({
  bytes,
  prepare: (requestBytes) => (operation, slot, position, done) => {
    const buffer = buffers[slot]!;
    // One after another: with callbacks, the threads of libuv cost more than they bring.
    const length =
      operation === "read"
        ? fs.readSync(descriptor, buffer, 0, requestBytes, position)
        : fs.writeSync(descriptor, buffer, 0, requestBytes, position);
    if (length !== requestBytes) throw new Error(`the disk gave ${length} bytes`);
    process.nextTick(done);
  },
});
