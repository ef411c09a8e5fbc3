/** Sees to it that a recording ends whole where its disk is full: QEMU would leave bytes out. */
import { statfsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { QemuMonitor } from "./monitor.ts";

/** An image writes less than this between two looks. */
const FREE_BYTES_MIN = 16 * 1024 * 1024;
const LOOK_MS = 500;

/** @returns Bytes that are free where `path` lies. */
function freeBytesAt(path: string): number {
  const { bavail, bsize } = statfsSync(dirname(resolve(path)));
  return bavail * bsize;
}

/**
 * Looks at the disk now and then. Once it is nearly full, QEMU is told to drop what the image records
 * from now on: the file ends with what it has.
 *
 * @param chardev QEMU's name of the device that writes the file.
 * @param onFull Told once.
 */
export function guardRecording(
  path: string,
  chardev: string,
  monitor: Pick<QemuMonitor, "run">,
  onFull: () => void,
  freeBytes: (path: string) => number = freeBytesAt,
): void {
  const timer = setInterval(() => {
    if (freeBytes(path) >= FREE_BYTES_MIN) return;
    clearInterval(timer);
    const values = { id: chardev, backend: { type: "null", data: {} } };
    void monitor.run("chardev-change", values).then(onFull, () => {});
  }, LOOK_MS).unref();
}
