/** What most programs do: console, environment, files, timers, promises, globals. Prints what it saw. */
import { Buffer } from "node:buffer";
import { randomUUID } from "node:crypto";
import { EventEmitter } from "node:events";
import fs from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { fs as sameFs } from "libos";

console.log("env", process.env["COLOR"], process.argv.slice(2));
console.log("same fs", fs.readFileSync === sameFs.readFileSync);

console.log("volume", fs.readFileSync("/data/hello.txt", "utf8").trim(), fs.readdirSync("/data"));
console.log("deep", await fs.promises.readFile(join("/data", "sub", "deep.txt"), "utf8"));
try {
  fs.writeFileSync("/data/new", "x");
} catch (error) {
  console.log("volume is", (error as NodeJS.ErrnoException).code);
}
fs.writeFileSync("/tmp/copy", "");
await pipeline(fs.createReadStream("/data/hello.txt"), fs.createWriteStream("/tmp/copy"));
console.log("copied", fs.statSync("/tmp/copy").size);

const order: string[] = [];
// The timer begins in the immediate: how fast the machine is decides nothing.
const isPast = new Promise<void>((resolve) => {
  setImmediate(() => {
    order.push("immediate");
    setTimeout(() => resolve(void order.push("timeout")), 1);
  });
});
process.nextTick(() => order.push("tick"));
queueMicrotask(() => order.push("microtask"));
await isPast;
const startMs = performance.now();
await sleep(300);
console.log("order", order.join(" "), "slept", performance.now() - startMs >= 300);

const emitter = new EventEmitter();
emitter.once("x", (value: number) => console.log("event", value));
emitter.emit("x", 7);
console.log(
  "text",
  new TextDecoder().decode(new TextEncoder().encode("ß€😀")),
  Buffer.from("ß").length,
);
console.log("uuid", /^[\da-f]{8}-[\da-f]{4}-4/.test(randomUUID()), Math.random() < 1);
console.log("promisify", ((await promisify(fs.stat)("/tmp")) as fs.Stats).isDirectory());
const controller = new AbortController();
controller.abort();
console.log("aborted", controller.signal.aborted, new Date().getFullYear() >= 2025);

process.on("exit", (code) => console.log("exit", code));
process.exitCode = 7;
