import { createMemfs, MEMFS_LIMITS, type MemfsLimits } from "../../../../components/memfs/mod.ts";
import { createVfs, type Credentials, type Vfs } from "../../../../components/vfs/mod.ts";
import { createFs, type Fs } from "../mod.ts";

/** An `fs` on a memory file system of its own, driven by the event loop of the test. */
export interface TestFs {
  readonly fs: Fs;
  readonly vfs: Vfs;
  /** How often something was deferred. */
  readonly deferred: () => number;
}

export function makeFs(
  options: { limits?: Partial<MemfsLimits>; credentials?: Credentials; wallUs?: () => number } = {},
): TestFs {
  const wallUs = options.wallUs ?? (() => Date.now() * 1000);
  const root = createMemfs({ wallUs }, { ...MEMFS_LIMITS, ...options.limits });
  const vfs = createVfs({ root });
  vfs.mkdir("/tmp", 0o777);
  vfs.chmod("/tmp", 0o1777);
  if (options.credentials !== undefined) vfs.setCredentials(options.credentials);
  let deferred = 0;
  let seed = 1;
  const fs = createFs({
    vfs,
    wallUs,
    defer: (callback) => {
      deferred++;
      setImmediate(callback);
    },
    random: (target) => target.forEach((_, i) => (target[i] = seed = (seed * 75 + 74) % 65537)),
    setTimer: (callback, delayMs) => {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
  });
  return { fs, vfs, deferred: () => deferred };
}
