import t from "tap";
import {
  ConfigError,
  defineConfig,
  formatPublish,
  parseMemory,
  parsePublish,
  parseVolume,
  resolveConfig,
} from "./mod.ts";

t.test("every default is filled in", (t) => {
  t.same(resolveConfig(defineConfig({}), "here"), {
    entry: "app.ts",
    memoryBytes: 64 * 1024 ** 2,
    net: "user",
    publish: "auto",
    volumes: [],
    env: {},
    hosts: {},
    image: { optimize: "speed" },
  });
  t.end();
});

t.test("ports are read in all their notations, and written back", (t) => {
  const cases: [string, string][] = [
    ["8080:80", "127.0.0.1:8080:80"],
    ["0.0.0.0:0:65535", "0.0.0.0:0:65535"],
    ["127.0.0.1:5353:53/udp", "127.0.0.1:5353:53/udp"],
    ["80:80/tcp", "127.0.0.1:80:80"],
  ];
  for (const [text, formatted] of cases) {
    t.equal(formatPublish(parsePublish(text, "--publish")), formatted);
  }
  t.end();
});

t.test("a wrong port says what is wrong and how to write it", (t) => {
  const wrong = [
    "80",
    "a:80",
    "80:0",
    "70000:80",
    "1:2:3:4",
    "80:80/sctp",
    "host:80:80",
    "1.2.3.400:1:2",
    "[::1]:80:80",
    "",
  ];
  for (const text of wrong) {
    t.throws(() => parsePublish(text, "--publish"), ConfigError, text);
  }
  t.throws(
    () => parsePublish("80", "--publish"),
    /--publish: "80" is not .* write it like 8080:80/,
  );
  t.end();
});

t.test("sizes are read with units, within bounds", (t) => {
  t.equal(parseMemory("64MB", "m"), 64 * 1024 ** 2);
  t.equal(parseMemory("1.5 gib", "m"), 1.5 * 1024 ** 3);
  t.equal(parseMemory(2_000_000, "m"), 2_000_000);
  for (const wrong of ["", "64XB", "-1", "1kb", "3GB", "NaN", 12.5, Infinity]) {
    t.throws(() => parseMemory(wrong, "m"), ConfigError, String(wrong));
  }
  t.end();
});

t.test("volumes are read, also with colons in what is the host's", (t) => {
  t.same(parseVolume("./public:/www:ro", "v"), {
    hostPath: "./public",
    path: "/www",
    readOnly: true,
  });
  t.same(parseVolume("C:\\data:/data", "v"), {
    hostPath: "C:\\data",
    path: "/data",
    readOnly: false,
  });
  for (const wrong of ["public", "public:www", ":/www", "a:/../b", "a:/b:rx"]) {
    t.throws(() => parseVolume(wrong, "v"), ConfigError, wrong);
  }
  t.end();
});

t.test("what is wrong in a file is named with the file and the field", (t) => {
  const cases: [unknown, RegExp][] = [
    [undefined, /must export an object/],
    [[], /must export an object/],
    [{ port: 80 }, /cfg: unknown field "port"; the fields are entry, memory/],
    [{ entry: 1 }, /cfg: "entry" must be a string/],
    [{ net: "tap" }, /cfg: "net" must be "user" or "none"/],
    [{ publish: "80:80" }, /cfg: "publish" must be a list like/],
    [{ env: { A: 1 } }, /cfg: "env" must be an object of strings/],
    [{ publish: ["80:80", "80:81"] }, /both take host port 80; give one of them another/],
    [
      { image: { onFailure: "explode" } },
      /"image" must be an object whose onFailure is one of off/,
    ],
    [{ image: { watchdogMs: 0 } }, /whose watchdogMs is 1 to/],
    [{ image: { reboot: true } }, /an object of optimize, onFailure, watchdogMs and balloon/],
    [{ image: { balloon: 1 } }, /whose balloon is true or false/],
    [{ volumes: ["a:/x", "b:/x"] }, /two volumes are mounted at \/x/],
  ];
  for (const [config, message] of cases) t.throws(() => resolveConfig(config, "cfg"), message);
  t.doesNotThrow(() => resolveConfig({ publish: ["0:80", "0:81", "80:82", "80:82/udp"] }, "cfg"));
  t.end();
});
