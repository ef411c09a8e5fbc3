/** What an application asks for, and what its image is therefore made of. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { bundleApplication, type Bundle } from "./bundle.ts";
import { surveyApplication } from "./survey.ts";

const folder = mkdtempSync(join(tmpdir(), "libos-composition-"));
t.teardown(() => rmSync(folder, { recursive: true }));
const entry = (name: string, source: string): string => {
  const path = join(folder, name);
  writeFileSync(path, source);
  return path;
};
const OPTIONS = { conditions: ["node"], mainFields: ["module", "main"], define: {} };
const bundle = (source: string, volumes = false): Promise<Bundle> =>
  bundleApplication({ entryPath: entry("app.ts", source), volumes });
const hasPart = ({ parts }: Bundle, name: string): boolean => (parts[name] ?? 0) > 500;

t.test("the modules and globals that an application asks for are found", async (t) => {
  entry("part.ts", 'export { dgram } from "libos"; export const unused = () => require("os");');
  for (const [source, modules, globals] of [
    ['import { net } from "libos"; net.createServer();', "net", ""],
    ['import { net, http } from "libos"; net.createServer();', "net", ""],
    ['import { http as web } from "libos"; web.get("x");', "http", ""],
    ['import http from "node:http"; http.get("x");', "http", ""],
    ['const { get } = require("http"); get("x");', "http", ""],
    ['import { dgram } from "./part.ts"; dgram.createSocket("udp4");', "dgram", ""],
    ['const name = await import("node:zlib"); name.gzipSync("");', "zlib", ""],
    ["setTimeout(() => globalThis.Buffer.from('a'));", "", "Buffer setTimeout"],
    ["const process = 1; { let Buffer = process; Buffer++; }", "", ""],
  ] as const) {
    const survey = await surveyApplication(entry("app.ts", source), OPTIONS);
    t.equal([...survey.modules].toSorted().join(" "), modules, source);
    t.equal([...survey.globals].toSorted().join(" "), globals, source);
  }
  for (const source of [
    'import * as all from "libos"; console.log(all);',
    'const name = await import("libos"); console.log(name);',
    'console.log(require("libos"));',
  ]) {
    const { modules } = await surveyApplication(entry("app.ts", source), OPTIONS);
    t.equal(modules.size, 12, source);
  }
});

t.test("an image of one line holds no network, no files, no streams, no Buffer", async (t) => {
  const image = await bundle('console.log("hello");');
  for (const part of Object.keys(image.parts)) {
    t.match(part, /^(?:app|bundle|bare-metal|libos\/image)$/, part);
  }
  t.ok(image.code.length < 17_000, `${image.code.length} bytes`);
  const sum = Object.values(image.parts).reduce((total, bytes) => total + bytes, 0);
  t.equal(sum, image.code.length, "the parts are the whole");
});

t.test("what an application does not use is not in its image", async (t) => {
  const dgram = await bundle('import { dgram } from "libos"; dgram.createSocket("udp4").bind(7);');
  const files = await bundle('import fs from "node:fs"; fs.writeFileSync("/a", "b");');
  const timer = await bundle("setTimeout(() => {}, 1);");
  const net = await bundle('import { net } from "libos"; net.createServer().listen(7);');
  const below = await bundle(
    'import { tcp, udp, volumes } from "libos"; console.log(tcp, udp, volumes);',
    true,
  );
  for (const [image, has, lacks] of [
    [dgram, "components/udp libos/api/dgram components/dhcp", "components/tcp components/vfs"],
    [dgram, "npm:buffer", "npm:readable-stream libos/api/timers npm:abort-controller"],
    [files, "components/memfs libos/api/fs", "components/ipv4 components/virtio"],
    [files, "npm:readable-stream", "components/share-fs libos/api/net"],
    [timer, "libos/api/timers libos/kernel", "components/ipv4 npm:buffer npm:events"],
    [net, "components/tcp libos/api/net", "components/http libos/api/fs libos/api/dgram"],
    [below, "components/tcp components/udp components/dhcp", "libos/api/net components/dns"],
    [below, "libos/kernel", "components/vfs components/share-fs npm:buffer npm:events"],
  ] as const) {
    for (const name of has.split(" ")) t.ok(hasPart(image, name), `has ${name}`);
    for (const name of lacks.split(" ")) t.notOk(hasPart(image, name), `has no ${name}`);
  }
});

t.test("a memory balloon is there for who asks for it, and does not record", async (t) => {
  const entryPath = entry("app.ts", 'console.log("hello");');
  const name = "components/virtio-balloon";
  t.notOk(hasPart(await bundleApplication({ entryPath }), name));
  const image = await bundleApplication({ entryPath, balloon: true });
  t.ok(hasPart(image, name));
  t.ok(image.composition.hasDevices, "packet memory is worth taking then");
  t.notOk(hasPart(await bundleApplication({ entryPath, balloon: true, record: true }), name));
});

t.test(
  "what packages have for development alone is left out, unless NODE_ENV says so",
  async (t) => {
    const source = 'if (process.env.NODE_ENV !== "production") console.log("checks");';
    const entryPath = entry("app.ts", source);
    const has = ({ code }: Bundle): boolean => new TextDecoder().decode(code).includes("checks");
    t.notOk(has(await bundleApplication({ entryPath })));
    t.ok(has(await bundleApplication({ entryPath, nodeEnv: "development" })));
    t.ok(has(await bundleApplication({ entryPath, nodeEnv: "" })));
  },
);

t.test("streams come whole for those who import them", async (t) => {
  const lean = await bundle('import net from "node:net"; net.connect(7);');
  const whole = await bundle('import { pipeline } from "node:stream"; pipeline();');
  const name = "npm:readable-stream";
  t.ok(whole.parts[name]! > lean.parts[name]! + 15_000);
});

t.test("requests are there for who names them", async (t) => {
  const hasClient = ({ code }: Bundle): boolean =>
    new TextDecoder().decode(code).includes("keepAliveMsecs");
  const serves = 'import http from "node:http"; http.createServer((_, answer) => answer.end());';
  t.notOk(hasClient(await bundle(serves)));
  for (const more of [
    "http.get({ port: 1 });",
    "const { request } = http; request({ port: 1 });",
    'http["request"]({ port: 1 });',
    "new http.Agent();",
  ]) {
    t.ok(hasClient(await bundle(serves + more)), more);
  }
  t.ok(hasClient(await bundle('const { ClientRequest: c } = require("http"); new c("x");')));
  t.ok(hasClient(await bundle('import { http } from "libos"; http.globalAgent.destroy();')));
});

t.test("the system has the modules that the application names", async (t) => {
  const one = await bundle('import { system } from "libos"; console.log(system.state());');
  t.notOk(hasPart(one, "libos/api/fs"));
  const two = await bundle('import { system } from "libos"; console.log(system.fs);');
  t.ok(hasPart(two, "libos/api/fs"));
});

t.test("a function that an image's crypto lacks is warned of, where it is imported", async (t) => {
  const of = (source: string): Promise<Bundle> => bundle(`import ${source}`);
  const lacking = await of('{ scryptSync } from "crypto"; scryptSync("", "", 1);');
  t.match(lacking.warnings, [/app\.ts .*node:crypto's scryptSync, which an image does not have/]);
  const without = [
    await of('{ createHash, randomUUID } from "crypto"; createHash(randomUUID());'),
    await of('crypto from "crypto"; crypto.randomUUID();'),
  ];
  for (const { warnings, code } of without) {
    t.same(warnings, []);
    t.notMatch(new TextDecoder().decode(code), "node:crypto's", "and costs nothing elsewhere");
  }
});

t.test("a mistake in the application is told with its place", async (t) => {
  const path = entry("bad.ts", 'import "./nowhere.ts";\n');
  await t.rejects(bundleApplication({ entryPath: path }), /bad\.ts:1:8: Could not resolve/);
});
