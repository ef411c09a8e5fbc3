import t from "tap";
import { createMemfs } from "../../../components/memfs/mod.ts";
import { createShareFs } from "../../../components/share-fs/mod.ts";
import { createVfs, errno, modes } from "../../../components/vfs/mod.ts";
import type { ShareEntry, ShareStat } from "../../hal/mod.ts";
import { encodeArchive, parseArchive, type Manifest } from "../archive.ts";
import { createArchiveShare } from "./archive-share.ts";

const manifest: Manifest = {
  format: 3,
  name: "app",
  memoryBytes: 1 << 20,
  env: {},
  values: [],
  hosts: {},
  net: true,
  mounts: ["/www"],
  entries: [
    { path: "/www", mode: 0o040755, modified: 5 },
    { path: "/www/a.txt", mode: 0o100644, modified: 6, at: 1, size: 3 },
    { path: "/www/link", mode: 0o120777, modified: 7, target: "sub/b" },
    { path: "/www/sub", mode: 0o040755, modified: 8 },
    { path: "/www/sub/b", mode: 0o100600, modified: 9, at: 4, size: 2 },
  ],
};
const data = new TextEncoder().encode("-abcde");
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const sizes = { app: 7 };
const encoded = encodeArchive(manifest, sizes, data);
const code = new TextEncoder().encode(JSON.stringify(sizes));
const share = createArchiveShare("volume0", "/www", { manifest, code, data });
const stat = {} as ShareStat;

t.test("an archive is read back, and one that lies is none", async (t) => {
  t.same(parseArchive(encoded, decode), { manifest, code, data });
  for (let length = 0; length < encoded.length; length++) {
    t.equal(parseArchive(encoded.subarray(0, length), decode), undefined, `${length} bytes`);
  }
});

t.test("names, attributes and contents are those of the archive", async (t) => {
  t.equal(share.stat("a.txt", stat), 0);
  t.match(stat, { mode: 0o100644, sizeBytes: 3, modifiedUs: 6e6 });
  t.same(
    (share.readdir("") as readonly ShareEntry[]).map(({ name }) => name),
    ["a.txt", "link", "sub"],
  );
  t.equal(share.readlink("link"), "sub/b");
  const handle = share.open("sub/b", { read: true } as never, 0);
  const target = new Uint8Array(4);
  t.equal(share.read(handle, target, 1, 3, 1), 1, "a short count at the end");
  t.same([...target], [0, 0x65, 0, 0]);
  t.equal(share.read(handle, target, 0, 4, 2), 0);
  t.equal(share.close(handle), 0);
  t.equal(share.close(handle), -errno.EBADF);
});

t.test("what leads nowhere is told as POSIX tells it", async (t) => {
  t.equal(share.stat("no", stat), -errno.ENOENT);
  t.equal(share.stat("a.txt/x", stat), -errno.ENOTDIR);
  t.equal(share.stat("link/x", stat), -errno.ELOOP);
  t.equal(share.stat("sub/../a.txt", stat), -errno.EINVAL);
  t.equal(share.open("a.txt", { write: true } as never, 0), -errno.EROFS);
  t.equal(share.mkdir("new", 0o755), -errno.EROFS);
});

t.test("a namespace follows its links and cannot change it", async (t) => {
  const vfs = createVfs({ root: createMemfs({ wallUs: () => 1 }) });
  vfs.mkdir("/www", 0o755);
  t.equal(vfs.mount("/www", createShareFs(share)), 0);
  const fd = vfs.open("/www/link", modes.O_RDONLY, 0);
  t.ok(fd >= 0);
  const target = new Uint8Array(8);
  t.equal(vfs.read(fd, target, 0, 8, 0), 2);
  t.equal(decode(target.subarray(0, 2)), "de");
  t.equal(vfs.unlink("/www/a.txt"), -errno.EROFS);
});
