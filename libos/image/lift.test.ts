import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import t from "tap";
import { bundleApplication } from "./bundle.ts";
import { liftModule } from "./lift.ts";

const folder = mkdtempSync(join(tmpdir(), "libos-lift-"));
t.teardown(() => rmSync(folder, { recursive: true }));
function write(name: string, source: string): string {
  const path = join(folder, name);
  writeFileSync(path, source);
  return path;
}

t.test("a file in CommonJS exports as a module what it exported", async (t) => {
  write("part.mjs", liftModule("'use strict';\nexports.one = 1; exports.more = { two: 2 };"));
  const source = `'use strict';
    const { one } = require("./part.mjs");
    function Sum(...values) { this.value = values.reduce((sum, value) => sum + value, one); }
    module.exports = Sum;
    module.exports.two = () => require('./part.mjs').more.two;`;
  const lifted = write("sum.mjs", liftModule(source));
  const { default: Sum } = (await import(pathToFileURL(lifted).href)) as {
    default: { new (...values: number[]): { value: number }; two: () => number };
  };
  t.equal(new Sum(4, 5).value, 10);
  t.equal(Sum.two(), 2);
});

t.test("each line stays on its line, for source maps", (t) => {
  const lines = ["'use strict'", "const path = require('path')", "module.exports = path.join"];
  const lifted = liftModule(lines.join("\n")).split("\n");
  t.ok(lifted[0]?.endsWith(lines[0]!));
  t.equal(lifted[1], "const path = $required0");
  t.equal(lifted[2], lines[2]);
  t.end();
});

t.test("code that is not strict is refused", (t) => {
  t.throws(() => liftModule("exports.call = function () { return this; };"), /strict/);
  t.end();
});

t.test("nothing that libos itself needs is in CommonJS", async (t) => {
  const server = 'import { http } from "libos"; http.createServer((_, answer) => answer.end("a"));';
  const { code, parts } = await bundleApplication({
    entryPath: write("server.ts", `${server} Buffer.from("b");`),
    minify: false,
  });
  t.ok(parts["npm:readable-stream"]! > 10_000 && parts["npm:buffer"]! > 10_000);
  t.notMatch(new TextDecoder().decode(code), /__commonJS/);
});
