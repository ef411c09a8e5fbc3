/** What somebody gets who installs the package into an empty folder. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { BOOT_CODE, KERNEL_PATHS } from "../../scripts/build-kernel.ts";
import { Running, write } from "../cli/harness.ts";

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));

const APP = `
import { dgram, dns, fs, http, net, system } from "libos";

fs.writeFileSync("/greeting", "hello");
const server: InstanceType<typeof net.Server> = net.createServer((socket) => {
  socket.end(fs.readFileSync("/greeting", "utf8"));
});
server.listen(18007, () => {
  console.log(typeof dgram.createSocket, typeof dns.lookup, typeof http.createServer);
  console.log(system.state().platform.name);
});
setTimeout(() => server.close(), 1500);
`;

const CONFIG = `
import { defineConfig } from "libos/config";
export default defineConfig({ memory: "16MB", publish: ["0:18007"] });
`;

const TSCONFIG = JSON.stringify({
  compilerOptions: {
    target: "ES2024",
    module: "NodeNext",
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    types: [],
  },
  include: ["*.ts"],
});

function install(folder: string): void {
  const tarball = execFileSync("npm", ["pack", "--silent", "--pack-destination", folder], {
    cwd: REPOSITORY,
    encoding: "utf8",
  });
  const file = tarball.trim().split("\n").at(-1)!;
  // The folder is empty but for the package: what npm writes is all there is.
  const values = ["install", "--prefix", folder, "--no-audit", "--no-fund", join(folder, file)];
  execFileSync("npm", values, { cwd: folder, stdio: "pipe" });
}

async function ask(app: Running): Promise<string> {
  const [, port] = await app.until(/127\.0\.0\.1:(\d+)/);
  let answer = "";
  await new Promise((resolve) => {
    connect(Number(port), "127.0.0.1")
      .on("data", (data) => (answer += data.toString()))
      .on("close", resolve);
  });
  return answer;
}

t.test("the package works in an empty folder", { timeout: 600_000 }, async (t) => {
  // Outside of this repository, whose package npm would find otherwise.
  const folder = mkdtempSync(join(tmpdir(), "libos-install-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  // Before: other tests may build it meanwhile.
  const hasKernel = [KERNEL_PATHS.full, BOOT_CODE].every((path) => existsSync(path));
  install(folder);
  write(folder, { "app.ts": APP, "libos.config.ts": CONFIG, "tsconfig.json": TSCONFIG });
  const bin = join(folder, "node_modules/.bin");
  const runs: [string, string[]][] = [
    ["the command", [join(bin, "libos"), "run"]],
    ["node app.ts", ["app.ts"]],
  ];
  for (const [name, values] of runs) {
    const app = new Running(spawn(process.execPath, values, { cwd: folder, stdio: "pipe" }));
    t.equal(await ask(app), "hello", name);
    const { code, stdout } = await app.finish();
    t.equal(code, 0);
    t.equal(stdout, "function function function\nnode\n");
  }

  const deno = join(REPOSITORY, "node_modules/.bin/deno");
  const app = new Running(spawn(deno, ["run", "-A", "app.ts"], { cwd: folder, stdio: "pipe" }));
  t.equal(await ask(app), "hello", "deno run app.ts");
  t.match(await app.finish(), { code: 0, stdout: "function function function\ndeno\n" });

  const tsc = spawnSync(join(REPOSITORY, "node_modules/.bin/tsc"), [], {
    cwd: folder,
    encoding: "utf8",
  });
  t.equal(tsc.stdout, "", "its types are whole");

  const files = readdirSync(join(folder, "node_modules/libos"), { recursive: true }).map(String);
  t.notOk(files.some((file) => file.endsWith(".debug.elf")));
  if (hasKernel) {
    const image = spawnSync(join(bin, "libos"), ["image", "-o", "app.iso"], { cwd: folder });
    t.equal(image.status, 0, image.stderr.toString());
    const size = spawnSync(join(bin, "libos"), ["image", "size", "app.iso"], { cwd: folder });
    t.match(size.stdout.toString(), /kernel with the engine/);
  }
  t.notOk(
    files.some((file) => /\.test\.|fuzz|testing/.test(file)),
    "no tests are published",
  );
});

t.test("an old Node is told what to do", (t) => {
  // The launcher looks at this before anything else, so a faked version shows what is said.
  const script = `Object.defineProperty(process.versions, "node", { value: "20.1.0" });
    await import(${JSON.stringify(join(REPOSITORY, "libos/cli/main.ts"))});`;
  const { status, stderr } = spawnSync(
    process.execPath,
    ["--input-type=module", "--eval", script],
    { encoding: "utf8" },
  );
  t.equal(status, 2);
  t.match(stderr, /libos needs Node 22\.18 or newer, and this is 20\.1\.0; install a newer one/);
  t.end();
});
