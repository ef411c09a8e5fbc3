import t from "tap";
import type { ShareOpenFlags } from "../../libos/hal/mod.ts";
import { createSimulation, type SimFolder, type SimFolderOptions } from "./mod.ts";

const [EIO, ENOSPC, EMFILE] = [-5, -28, -24];
const CREATE: ShareOpenFlags = {
  read: true,
  write: true,
  create: true,
  exclusive: false,
  truncate: false,
  append: false,
};

function makeFolder(options: Partial<SimFolderOptions> = {}): SimFolder {
  return createSimulation({ seed: 1 }).createFolder({ name: "folder", ...options });
}

t.test("a full folder writes what fits, and then refuses", async (t) => {
  const share = makeFolder({ capacityBytes: 1000 }).share("s");
  const handle = share.open("a", CREATE, 0o644);
  const bytes = new Uint8Array(600);
  t.equal(share.write(handle, bytes, 0, 600, 0), 600);
  t.equal(share.write(handle, bytes, 0, 600, 600), 400);
  t.equal(share.write(handle, bytes, 0, 600, 1000), ENOSPC);
  t.equal(share.truncate(handle, 2000), ENOSPC);
  const space = new Float64Array(4);
  share.statfs(space);
  t.strictSame([space[0], space[1]], [1000, 0]);
  share.unlink("a");
  const other = share.open("b", CREATE, 0o644);
  t.equal(share.write(other, bytes, 0, 600, 0), 600, "an unlinked file gives its room back");
});

t.test("errors come at their rate", async (t) => {
  const share = makeFolder({ errorRate: 0.2 }).share("s");
  const handle = share.open("a", CREATE, 0o644);
  const bytes = new Uint8Array(10);
  let errors = 0;
  for (let count = 0; count < 500; count++) {
    const result = share.write(handle, bytes, 0, 10, 0);
    if (result === EIO) errors++;
    else t.equal(result, 10);
  }
  t.ok(errors > 60 && errors < 140, `${errors}`);
});

t.test("two systems share a folder", async (t) => {
  const folder = makeFolder();
  const [first, second] = [folder.share("s"), folder.share("s", true)];
  folder.write("x", Buffer.from("1"));
  first.rename("x", "y");
  t.equal(second.open("y", { ...CREATE, write: false, create: false }, 0), 0);
  t.equal(Buffer.from(folder.read("y")).toString(), "1");
  first.dispose();
  t.equal(Array.isArray(second.readdir("")), true);
});

t.test("a file grows with zeros, and shrinks for good", async (t) => {
  const folder = makeFolder();
  const share = folder.share("s");
  const handle = share.open("a", CREATE, 0o644);
  share.write(handle, Uint8Array.of(1, 2, 3), 0, 3, 2);
  t.strictSame([...folder.read("a")], [0, 0, 1, 2, 3]);
  share.truncate(handle, 3);
  share.truncate(handle, 6);
  t.strictSame([...folder.read("a")], [0, 0, 1, 0, 0, 0]);
});

t.test("handles have a bound", async (t) => {
  const share = makeFolder().share("s");
  let handle = 0;
  while (handle >= 0) handle = share.open("a", CREATE, 0o644);
  t.equal(handle, EMFILE);
});
