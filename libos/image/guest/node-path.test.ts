import { posix } from "node:path";
import t from "tap";
import * as ours from "./node-path.ts";

const PATHS = [
  "",
  ".",
  "..",
  "/",
  "//",
  "a",
  "a/",
  "/a",
  "/a/b.txt",
  "a//b/../c/.",
  "../x/../../y",
];
PATHS.push("/..", ".hidden", "a.b.c", "a/.b/", "/a/b/c/", "./a", "x.", "..a");

t.test("paths are Node's", async (t) => {
  for (const path of PATHS) {
    for (const name of ["normalize", "dirname", "basename", "extname", "isAbsolute"] as const) {
      t.equal(ours[name](path), posix[name](path), `${name} ${path}`);
    }
    // Node takes `..` behind a slash for the name "." with the extension "."; we do not.
    if (path !== "/..") t.same(ours.parse(path), posix.parse(path), `parse ${path}`);
    t.equal(ours.format(ours.parse(path)), posix.format(posix.parse(path)), `format ${path}`);
    for (const other of PATHS) {
      t.equal(ours.join(path, other), posix.join(path, other), `join ${path} ${other}`);
      t.equal(ours.resolve("/", path, other), posix.resolve("/", path, other), `resolve`);
      const [from, to] = [`/${path}`, `/${other}`];
      t.equal(ours.relative(from, to), posix.relative(from, to), `relative ${from} ${to}`);
    }
  }
  t.equal(ours.basename("a.txt", ".txt"), "a");
});
