/** The file system of a system: files in memory, and the console's descriptors. */
import { createMemfs } from "../../components/memfs/mod.ts";
import { createVfs, type Vfs } from "../../components/vfs/mod.ts";
import { EBADF } from "../../components/vfs/errno.ts";
import type { FsNeeds } from "../api/fs/mod.ts";
import type { Hal } from "../hal/mod.ts";
import type { Core } from "./core.ts";

/** Makes the file system: a root in memory with `/tmp` and `/etc`. */
export function createFiles({ hal, onStop }: Core): Vfs {
  const vfs = createVfs({ root: createMemfs({ wallUs: () => hal.clock.wallUs() }) });
  for (const folder of ["/tmp", "/etc"]) vfs.mkdir(folder, 0o755);
  connectConsole(vfs, hal);
  onStop(() => vfs.stop());
  return vfs;
}

/** What the module `fs` needs of a system. */
export function fsNeeds({ hal, kernel, context }: Core, vfs: Vfs): FsNeeds {
  return {
    vfs,
    defer: context.defer,
    wallUs: context.wallUs,
    random: (target) => hal.entropy.fill(target),
    setTimer(callback, delayMs) {
      const timer = kernel.timers.create(callback, undefined);
      timer.set(kernel.nowUs() + delayMs * 1000);
      return () => timer.cancel();
    },
  };
}

/** Descriptors 1 and 2 write to the console. Descriptor 0 is at its end: nobody waits for input. */
function connectConsole(vfs: Vfs, hal: Hal): void {
  vfs.setStream(0, { read: () => 0, write: () => -EBADF });
  for (const stream of [1, 2] as const) {
    vfs.setStream(stream, {
      read: () => -EBADF,
      write(source, offset, length) {
        hal.console.write(stream, source.subarray(offset, offset + length));
        return length;
      },
    });
  }
}
