import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { bundleApplication } from "./bundle.ts";
import { findUnused } from "./unused.ts";

const folder = mkdtempSync(join(tmpdir(), "libos-unused-"));
t.teardown(() => rmSync(folder, { recursive: true }));
const entry = (name: string, source: string): string => {
  const path = join(folder, name);
  writeFileSync(path, source);
  return path;
};
const OPTIONS = { conditions: ["node"], mainFields: ["module", "main"] };

t.test("what an application cannot ask for is unused", async (t) => {
  entry("part.ts", 'export { dgram } from "libos";');
  for (const [source, unused] of [
    ['import { net } from "libos"; net.createServer();', ["http", "dgram"]],
    ["console.log(1);", ["http", "dgram"]],
    ['import { http as web } from "libos"; web.get("x");', ["dgram"]],
    ['import http from "node:http"; http.get("x");', ["dgram"]],
    ['const { get } = require("http"); get("x");', ["dgram"]],
    ['import { dgram } from "./part.ts"; dgram.createSocket("udp4");', ["http"]],
    ['import { system } from "libos"; system.state();', []],
    ['import * as all from "libos"; console.log(all);', []],
    ['const name = await import("libos"); console.log(name);', []],
    ['console.log(require("libos"));', []],
  ] as const) {
    t.same(await findUnused(entry("app.ts", source), OPTIONS), unused, source);
  }
});

t.test("it is left out of the bundle, and what is used is not", async (t) => {
  const small = await bundleApplication({ entryPath: entry("small.ts", "console.log(1);") });
  t.ok((small.parts["libos/api/http"] ?? 0) < 100);
  t.equal(small.parts["components/http"], undefined);
  const source = 'import { http } from "libos"; http.createServer().listen(80);';
  const large = await bundleApplication({ entryPath: entry("large.ts", source) });
  t.ok(large.parts["libos/api/http"]! > 10_000);
  t.ok(large.code.length - small.code.length > 40_000);
  const sum = Object.values(large.parts).reduce((total, bytes) => total + bytes, 0);
  t.equal(sum, large.code.length, "the parts are the whole");
});

t.test("a mistake in the application is told with its place", async (t) => {
  const path = entry("bad.ts", 'import "./nowhere.ts";\n');
  await t.rejects(bundleApplication({ entryPath: path }), /bad\.ts:1:8: Could not resolve/);
});
