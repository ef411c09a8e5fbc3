/**
 * The same random operations on node:fs and on ours, with the same results and errors: over memfs,
 * and over a folder of the host that the Node adapter shares.
 */
import nodeFs from "node:fs";
import os from "node:os";
import nodePath from "node:path";
import t from "tap";
import { createShareFs } from "../../../components/share-fs/mod.ts";
import { createNodeHal } from "../../../host-adapters/node/mod.ts";
import type { Fs } from "./mod.ts";
import { makeFs, type TestFs } from "./testing/make-fs.ts";
import { createRandom } from "./testing/random.ts";
import {
  randomOperation,
  type OpenState,
  type RandomOperation,
} from "./testing/random-operations.ts";

const FIRST_SEED = Number(process.env["LIBOS_SEED"] ?? 1);
const SEEDS = Number(process.env["LIBOS_SEEDS"] ?? 12);
const OPERATIONS = 600;
/** `openSync` leaves a descriptor open until it is closed; the host allows few. */
const OPEN_MAX = 200;
/** Operations may walk up by "..": the folder lies so deep that they stay in the box. */
const DEPTH = "1/2/3/4/5/6";
const SHARE_BYTES = 2 ** 24;

/** Our side of the comparison, with the folder `box` in it. */
interface Subject extends TestFs {
  close(): void;
}

function overMemfs(box: string): Subject {
  const { getuid, getgid, getgroups } = process;
  const credentials = { uid: getuid!(), gid: getgid!(), groups: getgroups!() };
  const subject = makeFs({ credentials });
  subject.fs.mkdirSync(box, { recursive: true });
  subject.fs.chmodSync(box, 0o700);
  return { ...subject, close: () => subject.vfs.stop() };
}

function overShare(box: string): Subject {
  const folder = nodeFs.mkdtempSync(nodePath.join(os.tmpdir(), "libos-share-"));
  const shares = [{ name: "share", path: folder }];
  const hal = createNodeHal({ shares, memoryBytes: SHARE_BYTES });
  const subject = makeFs();
  subject.fs.mkdirSync(box, { recursive: true });
  subject.vfs.mount(box, createShareFs(hal.shares[0]!));
  const close = () => {
    subject.vfs.stop();
    hal.close();
    nodeFs.rmSync(folder, { recursive: true });
  };
  return { ...subject, close };
}

function outcome(fs: Fs, operation: RandomOperation, state: OpenState): unknown {
  try {
    return { result: operation.run(fs, state) };
  } catch (error) {
    const { name, message, code, errno, syscall, path, dest } = error as NodeJS.ErrnoException & {
      dest?: string;
    };
    return { name, message, code, errno, syscall, path, dest };
  }
}

function isFailure(outcome: unknown): boolean {
  return (outcome as { name?: string }).name !== undefined;
}

/** Node's `rm` has no code for some errors, and numbers of its own for others. */
function isOddlyNamed(outcome: unknown): boolean {
  const { code, errno } = outcome as { code?: string; errno?: number };
  return code === "" || (errno !== undefined && errno > 0);
}

/** As much of a test as is used here. */
interface Test {
  same(found: unknown, expected: unknown, message: string): boolean;
  comment(text: string): void;
}

function runSeed(t: Test, seed: number, createSubject: (box: string) => Subject): void {
  const box = nodeFs.mkdtempSync(nodePath.join(os.tmpdir(), "libos-fs-"));
  const root = nodePath.join(box, DEPTH);
  nodeFs.mkdirSync(root, { recursive: true });
  const { fs, vfs, close } = createSubject(box);
  vfs.umask = process.umask();
  fs.mkdirSync(root, { recursive: true });
  const random = createRandom(seed);
  const host: OpenState = { fds: [] };
  const ours: OpenState = { fds: [] };
  const history: string[] = [];
  try {
    for (let i = 0; i < OPERATIONS && host.fds.length < OPEN_MAX; i++) {
      const operation = randomOperation(random, root, host.fds.length);
      const expected = outcome(nodeFs as unknown as Fs, operation, host);
      const found = outcome(fs, operation, ours);
      history.push(`${operation.text} = ${JSON.stringify(expected).slice(0, 80)}`);
      if (isOddlyNamed(expected) && isFailure(found)) {
        // What is left when permissions stop a removal depends on the order of names on the disk.
        if ((found as { code?: string }).code === "EACCES") break;
        continue;
      }
      if (t.same(found, expected, operation.text)) continue;
      t.comment(`LIBOS_SEED=${seed} LIBOS_SEEDS=1 node libos/api/fs/differential.test.ts`);
      t.comment(history.slice(-40).join("\n"));
      break;
    }
  } finally {
    for (const fd of host.fds) if (fd !== undefined) nodeFs.closeSync(fd);
    close();
    makeRemovable(box);
    nodeFs.rmSync(box, { recursive: true, force: true });
  }
}

/** Gives back the permissions that operations took away. */
function makeRemovable(folder: string): void {
  nodeFs.chmodSync(folder, 0o700);
  for (const entry of nodeFs.readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) makeRemovable(nodePath.join(folder, entry.name));
  }
}

for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
  t.test(`random operations give what node:fs gives (seed ${seed})`, async (t) => {
    runSeed(t, seed, overMemfs);
  });
}

// A share says uid 0 of all files, so for others than root the two sides differ by design.
if (process.getuid!() === 0) {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS / 3; seed++) {
    t.test(`random operations over a share give what node:fs gives (seed ${seed})`, async (t) => {
      runSeed(t, seed, overShare);
    });
  }
}
