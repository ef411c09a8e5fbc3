import { connect, createServer } from "node:net";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { COUNTER_APP, run, start, write } from "./harness.ts";

t.test("an application serves the host through its own stack, and Ctrl-C ends it", async (t) => {
  const dir = write(t.testdir(), { "app.ts": COUNTER_APP });
  const app = start(dir, "run", "app.ts", "-p", "0:80");
  const [, port] = await app.until(/port 80 is at http:\/\/127\.0\.0\.1:(\d+)/);
  const first = await fetch(`http://127.0.0.1:${port}/a`);
  t.match(await first.text(), /^hello 1 \/a /);
  t.match(await (await fetch(`http://127.0.0.1:${port}/b`)).text(), /^hello 2 \/b /);
  app.signal("SIGINT");
  t.equal((await app.finish()).code, 130);
});

t.test("Ctrl-C loses nothing of what a slow client has yet to read", async (t) => {
  const dir = write(t.testdir(), {
    "app.ts": `
      import { net } from "libos";
      net.createServer((socket) => socket.end(Buffer.alloc(3_000_000, 7))).listen(80);
    `,
  });
  const app = start(dir, "run", "app.ts", "-p", "0:80");
  const [, port] = await app.until(/127\.0\.0\.1:(\d+)/);
  await app.until(/app\.ts on/);
  const socket = connect(Number(port), "127.0.0.1");
  socket.pause();
  await new Promise((resolve) => setTimeout(resolve, 300));
  app.signal("SIGINT");
  await new Promise((resolve) => setTimeout(resolve, 700));
  let received = 0;
  for await (const chunk of socket) received += (chunk as Buffer).length;
  t.equal(received, 3_000_000);
  t.equal((await app.finish()).code, 130);
});

t.test("a port on which the application listens is published by itself", async (t) => {
  const source = COUNTER_APP.replace("80", "18080");
  const app = start(write(t.testdir(), { "app.ts": source }), "run");
  const [, port] = await app.until(/port 18080 is at http:\/\/127\.0\.0\.1:(\d+)/);
  t.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 200);
  app.signal("SIGTERM");
  await app.finish();
});

t.test("with nothing left to do, the process ends with 0", async (t) => {
  const dir = write(t.testdir(), {
    "app.ts": `
      import { fs } from "libos";
      import nodeFs, { readFileSync } from "node:fs";
      fs.writeFileSync("/tmp/x", "own file system");
      fs.writeSync(1, "to descriptor 1\\n");
      console.log(readFileSync("/tmp/x", "utf8"), nodeFs === fs, process.argv.slice(2).join());
      setTimeout(() => console.log("later"), 20);
      export const unused: number = 1;
    `,
  });
  const { code, stdout } = await run(dir, "run", "app.ts", "--", "one", "two");
  t.equal(code, 0);
  t.equal(stdout, "to descriptor 1\nown file system true one,two\nlater\n");
});

t.test("TypeScript is modules, whatever npm init has written", async (t) => {
  const dir = write(t.testdir(), {
    "package.json": '{ "type": "commonjs" }',
    "app.ts": `import { value } from "./other.ts"; import { fs } from "libos"; console.log(value, !!fs);`,
    "other.ts": "export const value: number = 7;",
  });
  t.equal((await run(dir, "run", "app.ts")).stdout, "7 true\n");
});

t.test("packages that require Node's modules get the system's", async (t) => {
  const dir = write(t.testdir(), {
    "app.ts": `
      import { fs } from "libos";
      import dependency from "dependency";
      console.log(dependency.fs === fs, dependency.promises === fs.promises, dependency.net);
    `,
    "node_modules/dependency/package.json": '{ "main": "index.js" }',
    "node_modules/dependency/index.js": `
      exports.fs = require("fs");
      exports.promises = require("node:fs/promises");
      exports.net = typeof require("net").createServer;
    `,
  });
  t.equal((await run(dir, "run", "app.ts")).stdout, "true true function\n");
});

t.test(
  "what would go past the system to the host can be imported, and throws when used",
  async (t) => {
    const dir = write(t.testdir(), {
      "app.ts": `
      import https, { Agent } from "node:https";
      import { spawn } from "node:child_process";
      class OwnAgent extends Agent {}
      for (const job of [() => https.get("https://x"), () => spawn("ls"), () => fetch("http://x")]) {
        try {
          job();
        } catch (error) {
          console.log(error.code, error.message.split(" ")[0]);
        }
      }
    `,
    });
    t.same((await run(dir, "run", "app.ts")).stdout.trim().split("\n"), [
      "ERR_LIBOS_UNAVAILABLE node:https's",
      "ERR_LIBOS_UNAVAILABLE node:child_process's",
      "ERR_LIBOS_UNAVAILABLE fetch",
    ]);
  },
);

t.test("an application that listens for what nobody caught goes on, as in Node", async (t) => {
  const heard = `const say = (error, origin) => console.log("heard", error.message, origin);
    process.on("uncaughtException", say);
    setTimeout(() => { throw new Error("one"); }, 1);
    setTimeout(() => { Promise.reject(new Error("two")); }, 5);
    setTimeout(() => process.on("unhandledRejection", (reason) => say(reason, "rejection")), 20);
    setTimeout(() => { Promise.reject(new Error("three")); }, 30);
    setTimeout(() => console.log("the end"), 50);`;
  const { code, stdout } = await run(write(t.testdir(), { "app.js": heard }), "run", "app.js");
  t.equal(code, 0);
  const lines = ["one uncaughtException", "two unhandledRejection", "three rejection"];
  t.equal(stdout, `${lines.map((line) => `heard ${line}\n`).join("")}the end\n`);
});

t.test("an uncaught error names the line in the application, and ends with 1", async (t) => {
  const dir = write(t.testdir(), {
    "app.ts": `
      type Shape = { readonly size: number };
      function fail(shape: Shape): never {
        throw new TypeError("no " + shape.size);
      }
      setTimeout(() => fail({ size: 3 }), 1);
    `,
  });
  const { code, stderr } = await run(dir, "run", "app.ts");
  t.equal(code, 1);
  t.match(stderr, /^app\.ts:4:15: TypeError: no 3$/m);
  t.notMatch(stderr, /libos\/(kernel|system|run)/, "the way through libos is left out");
});

t.test("so does an error while the application is loaded", async (t) => {
  const dir = write(t.testdir(), { "app.ts": `import "./missing.ts";` });
  const { code, stderr } = await run(dir, "run", "app.ts");
  t.equal(code, 1);
  t.match(stderr, /Cannot find module .*missing\.ts/);
});

t.test("the environment is the configuration's, and flags go over the file", async (t) => {
  const dir = write(t.testdir(), {
    "libos.config.ts": `
      import { defineConfig } from "libos/config";
      export default defineConfig({ entry: "main.ts", env: { A: "file", B: "file" } });
    `,
    "main.ts": "console.log(JSON.stringify(process.env));",
  });
  const { stdout } = await run(dir, "run", "-e", "A=flag", "-e", "C=x=y");
  t.same(JSON.parse(stdout), { A: "flag", B: "file", C: "x=y" });
});

t.test("a folder of the host is a file system of the application, and a cage", async (t) => {
  const dir = write(t.testdir(), {
    "secret.txt": "secret",
    "public/page.txt": "page",
    "app.ts": `
      import { fs } from "libos";
      const attempt = (job: () => unknown): string => {
        try {
          return String(job());
        } catch (error) {
          return (error as { code: string }).code;
        }
      };
      console.log(attempt(() => fs.readFileSync("/www/page.txt", "utf8")));
      console.log(attempt(() => fs.readFileSync("/www/../secret.txt", "utf8")));
      console.log(attempt(() => fs.readFileSync("/www/up/secret.txt", "utf8")));
      console.log(attempt(() => fs.readFileSync("/www/absolute", "utf8")));
      console.log(attempt(() => fs.writeFileSync("/www/new.txt", "x")));
      console.log(attempt(() => fs.writeFileSync("/data/new.txt", "x")));
      console.log(attempt(() => fs.readdirSync("/data").join()));
    `,
  });
  symlinkSync("..", join(dir, "public/up"));
  symlinkSync(join(dir, "secret.txt"), join(dir, "public/absolute"));
  write(dir, { "data/old.txt": "" });
  const { stdout } = await run(dir, "run", "app.ts", "-v", "./public:/www:ro", "-v", "data:/data");
  t.same(stdout.trim().split("\n"), [
    "page",
    "ENOENT",
    "ENOENT",
    "ENOENT",
    "EROFS",
    "undefined",
    "new.txt,old.txt",
  ]);
});

t.test("what can't be is said in one line, with 2 for the call and 1 for the world", async (t) => {
  const dir = write(t.testdir(), {
    "app.ts": COUNTER_APP,
    "bad.config/app.ts": "",
    "old.elf": "",
    "old.iso": "",
  });
  writeFileSync(join(dir, "bad.config/libos.config.ts"), "export default { publish: 80 };");
  const taken = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => taken.on("listening", resolve));
  const { port } = taken.address() as { port: number };
  const cases: [string[], number, RegExp][] = [
    [["run", "missing.ts"], 2, /missing\.ts: no such file; give the app's module/],
    [["run", "app.ts", "--bogus"], 2, /unknown option '--bogus'/],
    [["run", "app.ts", "--trase"], 2, /Did you mean --trace\?/],
    [["run", "app.ts", "-p", "80"], 2, /--publish: "80" is not/],
    [["run", "app.ts", "-p", "80:1", "-p", "80:2"], 2, /both take host port 80/],
    [["run", "app.ts", "-p", `${port}:80`], 1, /port is in use; stop what uses it/],
    [["run", "app.ts", "-v", "nothing:/x"], 2, /no such folder; make it/],
    [["run", "app.ts", "-e", "K"], 2, /--env: "K" is not K=V/],
    [["run", "app.ts", "-m", "lots"], 2, /--memory: "lots" is not a size/],
    [["run", "app.ts", "-m", "512KB"], 2, /--memory: 512KB is out of range; use 1MB to 2GB/],
    [["run", "app.ts", "-m", "8"], 2, /--memory: 8 is a number of bytes; .* like 8MB\n/],
    [["image", "app.ts", "-o", "."], 2, /-o \S+: it is a folder; name a file in it\n/],
    [
      ["image", "app.ts", "-o", "none/x.elf"],
      2,
      /-o .*can't be written: its folder does not exist/,
    ],
    [["run", "app.ts", "--trace", "tpc.state"], 2, /--trace: "tpc\.state" names no events/],
    [["run", "app.ts", "--seed", "x"], 2, /--seed: "x" is not a whole number/],
    [["run", "app.ts", "--pcap", "no/where.pcap"], 2, /its folder does not exist/],
    [["run", "bad.config"], 2, /libos\.config\.ts: "publish" must be a list/],
    [["replay", "missing.rec"], 2, /missing\.rec: no such file/],
    [["replay", "app.ts"], 2, /this is not a recording/],
    [["run", "old.elf"], 2, /old\.elf: it is an image, .* boot it by: .* -kernel old\.elf\n/],
    [["image", "old.iso"], 2, /old\.iso: it is an image, .* -cdrom old\.iso\n/],
    [["bogus"], 2, /unknown command 'bogus'/],
  ];
  await Promise.all(
    cases.map(async ([values, code, message]) => {
      const result = await run(dir, ...values);
      t.equal(result.code, code, values.join(" "));
      t.match(result.stderr, message);
      t.notMatch(result.stderr, /^\s+at /m, "no stack trace");
    }),
  );
  taken.close();
});

t.test("no output takes the place of the app or of its configuration", async (t) => {
  const config = "export default {};\n";
  const app = "console.log('ran');\n";
  const dir = write(t.testdir(), { "app.ts": app, "libos.config.ts": config });
  const cases = [
    ["image", "app.ts", "-o", "app.ts"],
    ["image", ".", "-o", "./libos.config.ts"],
    ["run", "app.ts", "--record", "app.ts"],
    ["run", "app.ts", "--pcap", "libos.config.ts"],
    ["run", "-t", "qemu", "app.ts", "--record", "app.ts"],
    ["run", "-t", "qemu", "app.ts", "--pcap", "app.ts"],
    ["run", "app.ts", "--record", "x", "--pcap", "x"],
  ];
  await Promise.all(
    cases.map(async (words) => {
      const { code, stdout, stderr } = await run(dir, ...words);
      t.equal(code, 2, words.join(" "));
      t.equal(stdout, "");
      t.match(stderr, /^libos: \S+ \S+: it is \S+, which the command needs; name another file\n$/);
    }),
  );
  t.equal(readFileSync(join(dir, "app.ts"), "utf8"), app);
  t.equal(readFileSync(join(dir, "libos.config.ts"), "utf8"), config);
});

t.test("new makes a folder that runs, and overwrites nothing", async (t) => {
  const dir = t.testdir();
  const made = await run(dir, "new", "My App", "--json");
  t.equal(made.code, 0, made.stderr);
  t.ok((JSON.parse(made.stdout) as { files: string[] }).files.includes("libos.config.ts"));
  const app = start(dir, "run", "My App", "-p", "0:80");
  const [, port] = await app.until(/http:\/\/127\.0\.0\.1:(\d+)/);
  t.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 200);
  app.signal("SIGINT");
  await app.finish();
  const again = await run(dir, "new", "My App");
  t.equal(again.code, 1);
  t.match(again.stderr, /My App is not empty/);
  write(dir, { "a-file": "" });
  const onFile = await run(dir, "new", "a-file");
  t.equal(onFile.code, 1);
  t.equal(onFile.stderr, "libos: a-file is a file; give the name of a new folder\n");
  t.match((await run(dir, "new", "a-file/app")).stderr, /^libos: .*can't be made \(ENOTDIR\)/);
});

t.test("what can't be read as TypeScript is named with its line", async (t) => {
  const dir = write(t.testdir(), { "app.ts": "export const a = 1;\nconst b: number = ;\n" });
  const { code, stderr } = await run(dir, "run", "app.ts");
  t.equal(code, 1);
  t.match(stderr, /^app\.ts:2: SyntaxError: /m);
});

t.test("every command explains itself, with an example", async (t) => {
  for (const values of [["--help"], ["run", "--help"], ["new", "--help"], ["replay", "--help"]]) {
    const { code, stdout } = await run(t.testdir(), ...values);
    t.equal(code, 0);
    t.match(stdout, /Example:\n  libos /);
  }
});

t.test("on the simulator, time jumps and a seed repeats everything", async (t) => {
  const dir = write(t.testdir(), {
    "app.ts": `
      import { net } from "libos";
      const server = net.createServer((socket) => socket.end("x".repeat(1000)));
      server.listen(7, () => {
        const socket = net.connect(7, "127.0.0.1");
        socket.on("data", (data) => console.log(data.length, socket.localPort, Math.random()));
      });
      setTimeout(() => { console.log("an hour later", Date.now()); server.close(); }, 3_600_000);
    `,
  });
  const first = await run(dir, "run", "app.ts", "--seed", "42");
  t.equal(first.code, 0);
  t.match(first.stdout, /^1000 \d+ 0\.\d+\nan hour later 1767229200\d{3}\n$/);
  t.equal((await run(dir, "run", "app.ts", "--seed", "42")).stdout, first.stdout);
  t.not((await run(dir, "run", "app.ts", "--seed", "43")).stdout, first.stdout);
});

t.test("events of the command come as JSON lines when asked", async (t) => {
  const app = start(write(t.testdir(), { "app.ts": COUNTER_APP }), "run", "--json", "-p", "0:80");
  await app.until(/"publish"/);
  await app.until(/"start"/);
  app.signal("SIGINT");
  const { stdout } = await app.finish();
  const events = stdout
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { event: string }).event);
  t.same(events.toSorted(), ["publish", "start", "stopping"]);
  const failed = await run(t.testdir({ "bad.ts": "const x = ;" }), "image", "--json", "bad.ts");
  t.equal(failed.code, 1);
  t.match(JSON.parse(failed.stdout), { event: "failure", text: /bad\.ts:1/, exitCode: 1 });
  t.equal(failed.stderr, "");
});
