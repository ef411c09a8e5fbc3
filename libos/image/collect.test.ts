import { join } from "node:path";
import t from "tap";
import { collectVolumes } from "./collect.ts";

const folder = t.testdir({
  data: { a: "outer", sub: { inner: "hidden" }, zz: "", link: t.fixture("symlink", "a") },
  other: { "e.txt": "nested" },
});
const volume = (name: string, path: string) => ({
  hostPath: join(folder, name),
  path,
  readOnly: true,
});

/** The paths of an archive, in their order. */
function pathsOf(...volumes: ReturnType<typeof volume>[]): string[] {
  const { entries, data } = collectVolumes(volumes, 7);
  for (const { path, at = 0, size } of entries) {
    const text = new TextDecoder().decode(data.subarray(at, at + (size ?? 0)));
    if (path.endsWith("e.txt")) t.equal(text, "nested");
  }
  t.ok(entries.every(({ modified }) => modified === 7));
  return entries.map(({ path }) => path);
}

t.test("a volume within another hides what is there, and each path is there once", (t) => {
  const expected = ["/d", "/d/a", "/d/link", "/d/sub", "/d/sub/e.txt", "/d/zz"];
  t.same(pathsOf(volume("data", "/d"), volume("other", "/d/sub")), expected);
  t.same(pathsOf(volume("other", "/d/sub/"), volume("data", "/d/")), expected, "in any order");
  t.end();
});

t.test("a folder precedes what it holds, also where the outer volume lacks it", (t) => {
  t.same(pathsOf(volume("other", "/"), volume("other", "/b/c"), volume("data/sub", "/x")), [
    "/",
    "/b",
    "/b/c",
    "/b/c/e.txt",
    "/e.txt",
    "/x",
    "/x/inner",
  ]);
  t.same(
    pathsOf(volume("other", "/data"), volume("other", "/data2")),
    ["/data", "/data/e.txt", "/data2", "/data2/e.txt"],
    "names that begin alike are neighbours",
  );
  t.end();
});

t.test("a volume in what is no folder is refused", (t) => {
  for (const name of ["a", "link"]) {
    t.throws(
      () => collectVolumes([volume("data", "/d"), volume("other", `/d/${name}/x`)]),
      new RegExp(`/d/${name}/x can't be mounted: .*/${name} is no folder`),
    );
  }
  t.end();
});
