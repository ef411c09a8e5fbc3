/** The same random operations on node:fs and on ours, with the same results and errors. */
import nodeFs from "node:fs";
import os from "node:os";
import nodePath from "node:path";
import t from "tap";
import type { Fs } from "./mod.ts";
import { makeFs } from "./testing/make-fs.ts";
import { createRandom } from "./testing/random.ts";
import {
  randomOperation,
  type OpenState,
  type RandomOperation,
} from "./testing/random-operations.ts";

const SEEDS = Number(process.env["LIBOS_SEEDS"] ?? 12);
const FIRST_SEED = Number(process.env["LIBOS_SEED"] ?? 1);
const OPERATIONS = 600;
/** `openSync` leaves a descriptor open until it is closed; the host allows few. */
const OPEN_MAX = 200;

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

/** As much of a test as is used here. */
interface Test {
  same(found: unknown, expected: unknown, message: string): boolean;
  comment(text: string): void;
}

function runSeed(t: Test, seed: number): void {
  const box = nodeFs.mkdtempSync(nodePath.join(os.tmpdir(), "libos-fs-"));
  // Operations may walk up by "..": so far up that they stay in the box.
  const root = nodePath.join(box, "1/2/3/4/5/6");
  nodeFs.mkdirSync(root, { recursive: true });
  const { fs, vfs } = makeFs({ credentials: credentialsOfProcess() });
  vfs.umask = process.umask();
  fs.mkdirSync(box, { recursive: true });
  fs.chmodSync(box, 0o700);
  fs.mkdirSync(root, { recursive: true });
  const random = createRandom(seed);
  const host: OpenState = { fds: [] };
  const ours: OpenState = { fds: [] };
  const history: string[] = [];
  try {
    for (let i = 0; i < OPERATIONS && host.fds.length < OPEN_MAX; i++) {
      const operation = randomOperation(random, root, host.fds.length);
      const expected = outcome(nodeFs as unknown as Fs, operation, host);
      let found = outcome(fs, operation, ours);
      // Node's `rm` has no code for some errors, and numbers of its own for others; that both failed
      // is all that can be compared.
      if (isNameless(expected) && isFailure(found)) found = expected;
      history.push(`${operation.text} = ${JSON.stringify(expected)?.slice(0, 80)}`);
      if (t.same(found, expected, operation.text)) {
        // What is left when permissions stop a removal depends on the order of names on the disk.
        if (isFailure(expected) && operation.text.includes("recursive")) break;
        continue;
      }
      t.comment(`LIBOS_SEED=${seed} LIBOS_SEEDS=1 node libos/api/fs/differential.test.ts`);
      t.comment(history.slice(-40).join("\n"));
      break;
    }
  } finally {
    for (const fd of host.fds) if (fd !== undefined) nodeFs.closeSync(fd);
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

function isFailure(outcome: unknown): boolean {
  return (outcome as { name?: string }).name !== undefined;
}

function isNameless(outcome: unknown): boolean {
  const { code, errno } = outcome as { code?: string; errno?: number };
  return code === "" || (errno !== undefined && errno > 0);
}

function credentialsOfProcess(): { uid: number; gid: number; groups: number[] } {
  return { uid: process.getuid!(), gid: process.getgid!(), groups: process.getgroups!() };
}

for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
  t.test(`random operations give what node:fs gives (seed ${seed})`, async (t) => {
    runSeed(t, seed);
  });
}
