/**
 * Holds the sources to the import rules of docs/architecture.md: dependencies point one way, and no
 * runtime's name is known below the composition. Each check is shown a planted violation first.
 */
import t from "tap";
import {
  circlesBetweenFiles,
  circlesBetweenUnits,
  forbiddenImports,
} from "./house/import-rules.ts";
import { importEdges } from "./house/import-graph.ts";
import { runtimeNames } from "./house/runtime-names.ts";
import { listFiles, readSources } from "./house/source-files.ts";
import { plainCode } from "./house/plain-code.ts";

const sources = readSources(listFiles().filter((path) => /\.[cm]?[jt]s$/.test(path)));

t.test("the sources keep the import rules", async (t) => {
  t.ok(sources.size > 20, "the sources were found");
  t.same(forbiddenImports(sources), [], "no forbidden import");
  t.same(circlesBetweenUnits(sources), [], "no circle between components or folders");
  t.same(circlesBetweenFiles(sources), [], "no circle between files");
  t.same(runtimeNames(sources), [], "no runtime's name below the composition");
});

t.test("every kind of import is found, and none in a comment or a string", async (t) => {
  const text = [
    'import "./a.ts";',
    'import type { B } from "./b.ts";',
    "import {",
    "  c,",
    "  type C,",
    '} from "../y/c.ts";',
    'export * from "./d.ts";',
    'export type { E } from "./e.ts";',
    'const lazy = await import("node:fs");',
    '// import "./no.ts";',
    "/* ",
    'import "./no.ts";',
    "*/",
    "export const text = `",
    "`;",
    'export const other = "from";',
  ].join("\n");
  const edges = importEdges(new Map([["components/x/mod.ts", text]]));
  t.same(
    edges.map((edge) => `${edge.line} ${edge.target ?? edge.specifier} ${edge.typeOnly}`),
    [
      "1 components/x/a.ts false",
      "2 components/x/b.ts true",
      "3 components/y/c.ts false",
      "7 components/x/d.ts false",
      "8 components/x/e.ts true",
      "9 node:fs false",
    ],
  );
});

/** @returns The names of runtimes that a component of this code would use. */
function uses(code: string): string[] {
  const lines = runtimeNames(new Map([["components/x/mod.ts", code]]));
  return lines.map((line) => line.split("uses ")[1]!);
}

/** One file with one line of code, and whether that line breaks a rule. */
const PLANTED: readonly (readonly [path: string, specifier: string, forbidden: boolean])[] = [
  ["libos/hal/x.ts", "../kernel/mod.ts", true],
  ["libos/hal/x.ts", "./time.ts", false],
  ["libos/hal/x.ts", "buffer", true],
  ["libos/kernel/x.ts", "../hal/mod.ts", false],
  ["libos/kernel/x.ts", "../../components/tcp/mod.ts", true],
  ["libos/kernel/x.ts", "../system/mod.ts", true],
  ["components/tcp/x.ts", "../ip/mod.ts", false],
  ["components/tcp/x.ts", "../../libos/kernel/mod.ts", false],
  ["components/tcp/x.ts", "../../libos/api/net/mod.ts", true],
  ["components/tcp/x.ts", "../../host-adapters/node/mod.ts", true],
  ["components/tcp/x.ts", "node:net", true],
  ["components/tcp/x.test.ts", "node:net", false],
  ["components/tcp/testing/x.ts", "node:net", false],
  ["host-adapters/node/x.ts", "node:net", false],
  ["host-adapters/node/x.ts", "../shared/slab.ts", false],
  ["host-adapters/node/x.ts", "../../libos/kernel/bytes.ts", false],
  ["host-adapters/node/x.ts", "../../libos/kernel/mod.ts", true],
  ["host-adapters/node/x.ts", "../sim/mod.ts", true],
  ["host-adapters/node/x.ts", "../../components/tcp/mod.ts", true],
  ["host-adapters/sim/x.ts", "node:fs", true],
  ["host-adapters/gateway/x.ts", "../../components/tcp/mod.ts", false],
  ["libos/api/net/x.ts", "readable-stream", false],
  ["libos/api/net/x.ts", "node:net", true],
  ["libos/api/net/x.ts", "commander", true],
  ["libos/api/net/x.ts", "../../system/mod.ts", true],
  ["libos/api/net/x.ts", "../shared/errors.ts", false],
  ["libos/system/x.ts", "../../host-adapters/node/mod.ts", false],
  ["libos/system/x.ts", "../../tests/x.ts", true],
  ["apps/hello/main.ts", "libos", false],
  ["apps/hello/main.ts", "../../libos/mod.node.ts", true],
  ["apps/hello/main.ts", "../echo/main.ts", true],
];

t.test("a planted import is judged by the rule of its folder", async (t) => {
  for (const [path, specifier, forbidden] of PLANTED) {
    const planted = new Map([[path, `import { x } from "${specifier}";\nexport { x };`]]);
    const found = forbiddenImports(planted);
    t.equal(found.length, forbidden ? 1 : 0, `${path} and ${specifier}`);
  }
});

t.test("the application's modules may take Node's types, and nothing else of Node", async (t) => {
  const line = 'import type * as nodeFs from "node:fs";\nexport type Fs = typeof nodeFs;';
  t.same(forbiddenImports(new Map([["libos/api/fs/mod.ts", line]])), []);
  t.equal(forbiddenImports(new Map([["components/vfs/mod.ts", line]])).length, 1);
});

t.test("production code may not import test code", async (t) => {
  const planted = new Map([
    ["components/tcp/mod.ts", 'import { x } from "./testing/x.ts";'],
    ["components/tcp/testing/x.ts", "export const x = 1;"],
  ]);
  t.same(forbiddenImports(planted), [
    "components/tcp/mod.ts:1 imports components/tcp/testing/x.ts",
  ]);
});

t.test(
  "a planted circle is found, between folders by types too, between files by values",
  async (t) => {
    const planted = new Map([
      ["components/a/mod.ts", 'import type { B } from "../b/mod.ts";'],
      ["components/b/mod.ts", 'export * from "./deep/c.ts";'],
      ["components/b/deep/c.ts", 'import { a } from "../../a/mod.ts";'],
    ]);
    t.same(circlesBetweenUnits(planted), ["components/a -> components/b -> components/a"]);
    t.same(circlesBetweenFiles(planted), []);
    planted.set("components/a/mod.ts", 'import { B } from "../b/mod.ts";');
    t.same(circlesBetweenFiles(planted), [
      "components/a/mod.ts -> components/b/mod.ts -> components/b/deep/c.ts -> components/a/mod.ts",
    ]);
  },
);

t.test(
  "a planted name of a runtime is found, and a property or a binding of our own is not",
  async (t) => {
    for (const [code, name] of [
      ["setTimeout(() => {}, 1);", "setTimeout"],
      ["const now = Date.now();", "Date.now"],
      ["const now = new Date();", "new Date()"],
      ["const roll = Math.random();", "Math.random"],
      ["console.log(1);", "console"],
      ["const x = `${process.pid}`;", "process"],
      ["const x = Buffer.from([]);", "Buffer"],
      ["Deno.exit(1);", "Deno"],
      ["const x = globalThis;", "globalThis"],
      ["function f() {\n  setTimeout(() => {\n    g();\n  });\n}", "setTimeout"],
      ["log(console);", "console"],
      ["declare const secret: unknown;", "declare"],
    ] as const) {
      t.same(uses(code), [name], code);
    }
    for (const code of [
      "hal.console.write(line);",
      "const { console } = hal; console.write(line);",
      "interface Needs { readonly console: Console; }",
      'import { Buffer } from "buffer"; Buffer.from([]);',
      'const text = "setTimeout(1)"; // process.exit()',
      "const at = new Date(clock.wallUs() / 1000);",
      "const pattern = /process.exit/;",
      "class Socket {\n  setTimeout(ms: number, call?: () => void): this {\n    return this;\n  }\n}",
      "interface Timers {\n  setTimeout<T = void>(call: () => void): Promise<T>;\n}",
      "const timers = {\n  async setTimeout(ms) {\n    return ms;\n  },\n};",
    ]) {
      t.same(uses(code), [], code);
    }
  },
);

t.test("code is told from comments, strings, templates and regular expressions", async (t) => {
  t.equal(plainCode("a / b; // c"), "a / b;  ");
  t.equal(plainCode("x = `a${y + `b${z}`}c`;"), "x = `${y + `${z}`}`;");
  t.equal(plainCode('return /["`]/.test(a);'), 'return "".test(a);');
  t.equal(plainCode("/* 1\n2 */ b"), " \n b");
});
