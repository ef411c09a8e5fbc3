/**
 * The components' own tests inside an image: most here, all of them by `npm run test:image`. The
 * reporter that stands for tap is shown a failure first.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import t from "tap";
import { prepareImages } from "./app-build.ts";
import { buildTests, componentTests } from "./inside/build.ts";
import { Test } from "./inside/tap.ts";
import { boot, type Outcome } from "./qemu.ts";

const skip = await prepareImages();
const folder = mkdtempSync(join(tmpdir(), "libos-inside-"));
t.teardown(() => rmSync(folder, { recursive: true }));
/** What takes the machine longest is left to the command of its own. */
const LONG = /^components\/(?:memfs|dns-server|virtio-net|virtio-rng|udp)\//;

async function run(paths: readonly string[]): Promise<Outcome> {
  const kernel = join(folder, "tests.elf");
  writeFileSync(kernel, await buildTests(folder, paths));
  return boot({ kernel, memoryMib: 256, timeoutMs: 400_000 });
}

t.test("tests of components pass on the machine as they do here", { skip }, async (t) => {
  const paths = componentTests().filter((path) => !LONG.test(path));
  t.ok(paths.length > 50, `${paths.length} files`);
  const { output, exitCode } = await run(paths);
  t.notMatch(output, "not ok");
  t.match(output, /\d{3,} passed, 0 failed/);
  t.equal(exitCode, 0, output);
});

t.test("a test that fails there is told", { skip }, async (t) => {
  const path = join(folder, "wrong.test.ts");
  writeFileSync(
    path,
    `import t from "tap";
     t.test("outer", async (t) => {
       t.test("inner", async (t) => void t.equal(1, 2));
       t.test("thrown", () => { throw new Error("oh"); });
       t.test("loop", async (t) => {
         const loop = { bytes: new Uint8Array(1e6) };
         loop.self = loop;
         t.equal(loop, 1);
       });
       t.test("right", async (t) => void t.same({ a: [1] }, { a: [1] }));
     });`,
  );
  const { output, exitCode } = await run([path]);
  t.match(output, "not ok:  > outer > inner: 1 is not 2");
  t.match(output, "not ok:  > outer > thrown: oh");
  t.match(output, /> outer > loop: \{bytes: \[0,0,.*\} is not 1/);
  t.match(output, "1 passed, 4 failed");
  t.equal(exitCode, 2);
});

t.test("the reporter there has what the components' tests call", (t) => {
  const missing = new Set<string>();
  for (const path of componentTests()) {
    const source = readFileSync(resolve(import.meta.dirname, "../..", path), "utf8");
    for (const [, name = ""] of source.matchAll(/\bt\.(\w+)\(/g)) {
      if (!(name in Test.prototype)) missing.add(`${path}: t.${name}`);
    }
  }
  t.same([...missing], []);
  t.end();
});
