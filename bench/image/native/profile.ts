/**
 * Where an image's instructions go, by the functions of the kernel and its engine: exact, not sampled.
 *
 *   node bench/image/native/profile.ts [IMAGE.elf] [--requests 50 | --start] [--top 40] [--path /] [--opcodes] [--addresses FILE]
 *
 * Boots the image (default: the benchmark's hello, built anew) by emulation with a
 * plugin that counts (`counter.c`), asks over one kept connection until the engine is warm, and then counts
 * what `--requests` further requests take. `--opcodes`: which instructions of the bytecode the engine's own
 * interpreter did. `--addresses`: counts by address, for a look at the disassembly.
 * `--start` counts from the machine's start to the first answer instead, and the blocks that the emulator had to
 * translate for it: code that runs once costs more for that than for its instructions. The address is
 * given to the image, as in the benchmark.
 * Symbols come from `build/kernel/libos-x86_64.debug.elf`; the image must hold the kernel beside it.
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { freePort } from "../../../libos/run/qemu/forward-ports.ts";
import { buildBenchImage } from "../prepare.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const SYMBOLS = join(ROOT, "build/kernel/libos-x86_64.debug.elf");
const WARM_UP_REQUESTS = 30;
/** A block that ran as often as this or less took longer to translate than to run. */
const RARE_RUNS = 3;

/** A function of the kernel: where it begins, and what it is called. */
interface Symbol {
  readonly start: number;
  readonly name: string;
}

/** @returns Symbols in the order of their addresses. */
function readSymbols(path: string): Symbol[] {
  const text = execFileSync("llvm-nm-19", ["-n", "--demangle", path], {
    encoding: "utf8",
    maxBuffer: 64 << 20,
  });
  return text.split("\n").flatMap((line) => {
    const [, address, name] = /^([0-9a-f]+) [tTwW] (.*)$/.exec(line) ?? [];
    return address === undefined ? [] : [{ start: parseInt(address, 16), name: name! }];
  });
}

function nameOf(symbols: readonly Symbol[], address: number): string {
  let [low, high] = [0, symbols.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (symbols[middle]!.start <= address) low = middle + 1;
    else high = middle;
  }
  const name = symbols[low - 1]?.name ?? "(firmware and loader, before the kernel)";
  return name === "__text_end" ? "(firmware, after the kernel)" : name;
}

/** Counts by address: of instructions, and of the blocks that begin there. */
interface Counts {
  readonly instructions: Map<number, number>;
  readonly entries: Map<number, number>;
}

/** @returns What ran between the last two snapshots; before the first one, if it is the only one. */
function difference(text: string): Counts {
  const snapshots = ["", "", ...text.split(".\n")];
  const instructions = new Map<number, number>();
  const entries = new Map<number, number>();
  const add = (map: Map<number, number>, address: number, count: number): void => {
    map.set(address, (map.get(address) ?? 0) + count);
  };
  for (const [snapshot, sign] of [
    [snapshots.at(-3)!, -1],
    [snapshots.at(-2)!, 1],
  ] as const) {
    for (const line of snapshot.split("\n")) {
      if (line === "") continue;
      const [address, count, isEntry] = line.split(" ");
      const amount = sign * parseInt(count!, 16);
      add(instructions, parseInt(address!, 16), amount);
      if (isEntry !== undefined) add(entries, parseInt(address!, 16), amount);
    }
  }
  return { instructions, entries };
}

/** @returns The addresses of the interpreter's dispatch table, in the order of its opcodes. */
function readDispatchTable(path: string, opcodes: number): number[] {
  const names = execFileSync("llvm-nm-19", ["-n", path], { encoding: "utf8", maxBuffer: 64 << 20 });
  const [, start] = /^([0-9a-f]+) [rRdD] JS_CallInternal\.dispatch_table$/m.exec(names) ?? [];
  if (start === undefined) throw new Error("the kernel has no symbol of the dispatch table");
  const sections = execFileSync("llvm-readelf-19", ["-SW", path], { encoding: "utf8" });
  const bytes = readFileSync(path);
  for (const line of sections.split("\n")) {
    const [, address, offset, size] =
      /PROGBITS\s+([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]+)/.exec(line) ?? [];
    if (address === undefined) continue;
    const at = parseInt(start, 16) - parseInt(address, 16);
    if (at < 0 || at >= parseInt(size!, 16)) continue;
    const view = new DataView(bytes.buffer, bytes.byteOffset + parseInt(offset!, 16) + at);
    return Array.from({ length: opcodes }, (_, index) =>
      Number(view.getBigUint64(index * 8, true)),
    );
  }
  throw new Error("the dispatch table is in no section");
}

/** The names of the engine's opcodes, in order, from its own table. */
function readOpcodes(): string[] {
  const builds = join(ROOT, "build/bare-metal/x86_64-libos/release/build");
  const [found] = execFileSync("sh", ["-c", `ls -t ${builds}/*/out/engine-sources`], {
    encoding: "utf8",
  }).split("\n");
  const text = readFileSync(join(readFileSync(found!, "utf8"), "quickjs-opcode.h"), "utf8");
  return [...text.matchAll(/^DEF\( *(\w+),/gm)].map((match) => match[1]!);
}

function buildCounter(folder: string): string {
  const plugin = join(folder, "counter.so");
  const source = fileURLToPath(new URL("counter.c", import.meta.url));
  const result = spawnSync("clang-19", ["-O2", "-shared", "-fPIC", "-o", plugin, source], {
    encoding: "utf8",
  });
  if (result.status !== 0) throw new Error(`the plugin does not build:\n${result.stderr}`);
  return plugin;
}

/** Asks once, and waits for the whole answer. */
async function ask(socket: Socket, path: string): Promise<void> {
  socket.write(`GET ${path} HTTP/1.1\r\nHost: guest\r\n\r\n`);
  let text = "";
  for (;;) {
    const [part] = (await once(socket, "data")) as [string];
    text += part;
    const head = text.indexOf("\r\n\r\n");
    const length = Number(/content-length: (?<length>\d+)/i.exec(text)?.groups?.["length"] ?? 0);
    if (head >= 0 && text.length >= head + 4 + length) return;
  }
}

async function connectGuest(port: number, path: string): Promise<Socket> {
  for (let attempt = 0; attempt < 600; attempt++) {
    const socket = connect(port, "127.0.0.1").setEncoding("latin1");
    try {
      socket.on("error", () => undefined);
      await once(socket, "connect");
      const closed = once(socket, "close").then(() => {
        throw new Error("closed");
      });
      await Promise.race([ask(socket, path), closed]);
      return socket;
    } catch {
      socket.destroy();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  throw new Error("the image does not answer");
}

/** @returns The plugin's snapshots: one after warming up, one at the end; of the start, one. */
async function count(
  image: string,
  path: string,
  requests: number,
  ofStart: boolean,
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "libos-native-"));
  const [control, out] = [join(folder, "control"), join(folder, "counts")];
  execFileSync("mkfifo", [control]);
  const port = await freePort("127.0.0.1");
  const qemu = spawn(
    "qemu-system-x86_64",
    [
      ...["-accel", "tcg", "-cpu", "max", "-M", "q35", "-m", ofStart ? "512" : "64"],
      ...["-nodefaults", "-display", "none", "-no-reboot", "-serial", "none"],
      ...["-netdev", `user,id=net0,hostfwd=tcp:127.0.0.1:${port}-:80`],
      ...["-device", "virtio-net-pci,disable-legacy=on,romfile=,netdev=net0"],
      ...["-plugin", `${buildCounter(folder)},control=${control},out=${out}`, "-kernel", image],
      ...(ofStart ? ["-append", "ipv4=10.0.2.15/24 gateway=10.0.2.2"] : []),
    ],
    { stdio: ["ignore", "inherit", "inherit"] },
  );
  try {
    const socket = await connectGuest(port, path);
    const snapshot = async (number: number): Promise<void> => {
      writeFileSync(control, "s");
      for (;;) {
        const text = existsSync(out) ? readFileSync(out, "latin1") : "";
        if (text.split("\n.\n").length > number) return;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    };
    if (!ofStart) {
      for (let index = 0; index < WARM_UP_REQUESTS; index++) await ask(socket, path);
    }
    await snapshot(1);
    if (!ofStart) {
      for (let index = 0; index < requests; index++) await ask(socket, path);
      await snapshot(2);
    }
    socket.destroy();
    return readFileSync(out, "latin1");
  } finally {
    qemu.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  }
}

function print(
  title: string,
  rows: readonly (readonly [string, number])[],
  requests: number,
): void {
  const total = rows.reduce((sum, [, amount]) => sum + amount, 0);
  console.log(`${title}: ${Math.round(total / requests).toLocaleString("en")} for each request`);
  for (const [name, amount] of rows.toSorted((a, b) => b[1] - a[1]).slice(0, top)) {
    const share = ((100 * amount) / total).toFixed(1);
    console.log(
      `${String(Math.round(amount / requests)).padStart(9)} ${share.padStart(5)} %  ${name}`,
    );
  }
}

/** What a function took until the first answer. */
interface Start {
  readonly name: string;
  instructions: number;
  /** Instructions that were translated, whether they ran once or a million times. */
  translated: number;
  blocks: number;
  rareBlocks: number;
}

function printStart(counts: Counts, symbols: readonly Symbol[]): void {
  const total: Start = { name: "all", instructions: 0, translated: 0, blocks: 0, rareBlocks: 0 };
  const byName = new Map<string, Start>();
  for (const [address, amount] of counts.instructions) {
    const name = nameOf(symbols, address);
    const row = byName.get(name) ?? {
      name,
      instructions: 0,
      translated: 0,
      blocks: 0,
      rareBlocks: 0,
    };
    byName.set(name, row);
    const runs = counts.entries.get(address);
    for (const sum of [row, total]) {
      sum.instructions += amount;
      sum.translated++;
      if (runs !== undefined) sum.blocks++;
      if (runs !== undefined && runs <= RARE_RUNS) sum.rareBlocks++;
    }
  }
  console.log("  blocks  run <= 3  translated  instructions");
  const rows = [...byName.values()].toSorted((a, b) => b.blocks - a.blocks).slice(0, top);
  for (const row of [total, ...rows]) {
    const cells = [row.blocks, row.rareBlocks, row.translated, row.instructions];
    const widths = [8, 9, 11, 13];
    console.log(
      `${cells.map((cell, index) => String(cell).padStart(widths[index]!)).join(" ")}  ${row.name}`,
    );
  }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    requests: { type: "string", default: "50" },
    start: { type: "boolean", default: false },
    top: { type: "string", default: "40" },
    path: { type: "string", default: "/" },
    opcodes: { type: "boolean", default: false },
    addresses: { type: "string" },
  },
});
const requests = Number(values.requests);
const top = Number(values.top);
const image =
  positionals[0] ?? (await buildBenchImage("hello-native", "bench/image/apps/hello.ts")).path;
if (statSync(image).mtimeMs < statSync(SYMBOLS).mtimeMs) {
  console.error(`${image} is older than the kernel: build it again, or its symbols are wrong`);
}
const counts = difference(await count(image, values.path, requests, values.start));
const symbols = readSymbols(SYMBOLS);
if (values.start) {
  printStart(counts, symbols);
  process.exit();
}
const byName = new Map<string, number>();
for (const [address, amount] of counts.instructions) {
  const name = nameOf(symbols, address);
  byName.set(name, (byName.get(name) ?? 0) + amount);
}
print("guest instructions", [...byName], requests);
if (values.opcodes) {
  const opcodes = readOpcodes();
  const table = readDispatchTable(SYMBOLS, opcodes.length);
  const rows = new Map<string, number>();
  const names = new Map<number, string[]>();
  table.forEach((address, index) =>
    names.set(address, [...(names.get(address) ?? []), opcodes[index]!]),
  );
  for (const [address, list] of names) {
    const label = list.length > 3 ? `${list.slice(0, 3).join(", ")} …` : list.join(", ");
    rows.set(label, counts.entries.get(address) ?? 0);
  }
  print("instructions of the bytecode", [...rows], requests);
}
if (values.addresses !== undefined) {
  const lines = [...counts.instructions].toSorted((a, b) => a[0] - b[0]);
  writeFileSync(values.addresses, lines.map(([a, n]) => `${a.toString(16)} ${n}`).join("\n"));
}
