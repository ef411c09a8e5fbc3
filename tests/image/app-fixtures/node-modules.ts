/** Prints what Node's modules and globals answer; the same lines in an image as in Node. */
import assert, { AssertionError } from "node:assert";
import strictAssert from "node:assert/strict";
import events, { EventEmitter, on, once } from "node:events";
import { parseArgs, format, inherits, isDeepStrictEqual, promisify, types } from "node:util";
import {
  stripVTControlCharacters,
  styleText,
  callbackify,
  deprecate,
  toUSVString,
} from "node:util";
import { finished, pipeline } from "node:stream/promises";
import { PassThrough, Readable, Transform } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { setTimeout as sleep, setInterval as every } from "node:timers/promises";
import { mkdir, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import querystring from "node:querystring";

const say = (name: string, ...values: unknown[]): void => console.log(`${name}:`, ...values);
/** What a call throws, in one line. */
const thrown = (run: () => unknown): string => {
  try {
    return `returned ${String(run())}`;
  } catch (error) {
    const { name, code, message } = error as NodeJS.ErrnoException;
    return `${name} ${code ?? ""} ${message.split("\n")[0]}`;
  }
};

const ASSERTIONS = [
  () => assert(1),
  () => assert.ok("", "said"),
  () => assert.equal(1, "1"),
  () => assert.equal(1, 2),
  () => strictAssert.equal(1, "1"),
  () => assert.strictEqual(1, 2),
  () => assert.strictEqual("a", "b", "own words"),
  () => assert.notStrictEqual(1, 1),
  () => assert.deepEqual({ a: [1, { b: 2 }] }, { a: [1, { b: "2" }] }),
  () => assert.deepStrictEqual({ a: [1, { b: 2 }] }, { a: [1, { b: "2" }] }),
  () => assert.deepStrictEqual(new Map([[{ a: 1 }, 1]]), new Map([[{ a: 1 }, 1]])),
  () => assert.deepStrictEqual(new Set([1, [2]]), new Set([[2], 1])),
  () => assert.notDeepStrictEqual([1], [1]),
  () => assert.match("abc", /x/),
  () => assert.doesNotMatch("abc", /b/),
  () => assert.fail("failed"),
  () => assert.ifError(null),
  () => assert.ifError(new Error("an error")),
  () => assert.throws(() => {}),
  () => assert.throws(() => JSON.parse("{"), SyntaxError),
  () => assert.throws(() => JSON.parse("{"), RangeError),
  () => assert.throws(() => assert.fail("x"), { code: "ERR_ASSERTION", message: /x/ }),
  () => assert.doesNotThrow(() => {}),
];
for (const [index, run] of ASSERTIONS.entries()) say(`assertion ${index}`, thrown(run));
say("AssertionError", new AssertionError({ message: "m", actual: 1, expected: 2 }).actual);
await assert.rejects(Promise.reject(new TypeError("no")), TypeError);
say("rejects", await assert.rejects(Promise.resolve(1)).catch((error: Error) => error.message));

const cyclic: Record<string, unknown> = { list: [1, undefined, 3], date: new Date(5), re: /a/gi };
cyclic["self"] = cyclic;
cyclic["map"] = new Map([["key", new Set([1n])]]);
cyclic["bytes"] = new Uint8Array([1, 2, 3]).subarray(1);
cyclic["error"] = new RangeError("far", { cause: 1 });
const copy = structuredClone(cyclic);
say("clone", copy["self"] === copy, isDeepStrictEqual(copy, cyclic), Object.keys(copy).join());
say("clone refuses", thrown(() => structuredClone({ f() {} })).startsWith("DataCloneError 25"));
const moved = new ArrayBuffer(4);
say("transfer", structuredClone(moved, { transfer: [moved] }).byteLength, moved.byteLength);

const target = new EventTarget();
const heard: string[] = [];
const listener = (event: Event): void => void heard.push(`${event.type} ${event.eventPhase}`);
target.addEventListener("a", listener);
target.addEventListener("a", listener);
target.addEventListener("a", (event) => event.preventDefault(), { once: true });
target.addEventListener("b", { handleEvent: listener });
say("dispatch", target.dispatchEvent(new Event("a", { cancelable: true })), heard);
target.removeEventListener("a", listener);
say("dispatch", target.dispatchEvent(new CustomEvent("b", { detail: 3 })), heard);
say("detail", new CustomEvent("x", { detail: { a: 1 } }).detail);

const controller = new AbortController();
const any = AbortSignal.any([controller.signal, new AbortController().signal]);
any.addEventListener("abort", () => say("any aborted", String(any.reason)));
// eslint-disable-next-line unicorn/prefer-add-event-listener -- it is what is tried
controller.signal.onabort = () => say("aborted", controller.signal.aborted);
controller.abort();
say(
  "throwIfAborted",
  thrown(() => any.throwIfAborted()),
);
say(
  "abort",
  thrown(() => AbortSignal.abort(new Error("mine")).throwIfAborted()),
);
say(
  "constructor",
  thrown(() => new (AbortSignal as unknown as new () => AbortSignal)()),
);
const timely = AbortSignal.timeout(1);
await sleep(20);
say("timeout", timely.aborted, (timely.reason as Error).name);
say("sleep", await sleep(1000, 0, { signal: AbortSignal.abort() }).catch((e: Error) => e.name));

const emitter = new EventEmitter();
setTimeout(() => {
  emitter.emit("data", 1, 2);
  emitter.emit("data", 3);
  emitter.emit("error", new Error("enough"));
}, 1);
try {
  for await (const values of on(emitter, "data")) say("on", values);
} catch (error) {
  say("on ends", (error as Error).message);
}
setTimeout(() => emitter.emit("one", 7), 1);
say("once", await once(emitter, "one"));
say("events", typeof events, events.EventEmitter === EventEmitter, typeof events.errorMonitor);
say("listeners", events.getEventListeners(emitter, "data").length);

say("parseArgs", {
  ...parseArgs({
    args: ["-v", "--port=80", "file", "-n5", "--tag", "a", "--tag", "b", "--no-color"],
    options: {
      verbose: { type: "boolean", short: "v" },
      port: { type: "string" },
      name: { type: "string", short: "n" },
      tag: { type: "string", multiple: true },
      color: { type: "boolean" },
      level: { type: "string", default: "info" },
    },
    allowPositionals: true,
    allowNegative: true,
  }).values,
});
say("parseArgs", thrown(() => parseArgs({ args: ["--x"], options: {} })).slice(0, 60));
say("style", styleText("red", "text", { validateStream: false }) === "\u001b[31mtext\u001b[39m");
say("strip", stripVTControlCharacters("\u001b[1;31mtext\u001b[0m!"));
say("types", types.isDate(new Date()), types.isRegExp("a"), types.isUint8Array(Buffer.from("a")));
say("types", types.isPromise(sleep(0)), types.isMap(new Map()), types.isBoxedPrimitive(Object(1n)));
say(
  "types",
  types.isNativeError(new TypeError()),
  types.isAsyncFunction(async () => {}),
);
say(
  "types",
  types.isGeneratorFunction(function* () {}),
  types.isArrayBufferView(Buffer.alloc(1)),
);
say("hex", Buffer.from("a\u00ff\u0001").toString("hex"), Buffer.from("6869", "hex").toString());
say("base64", Buffer.from("a\u00ff").toString("base64"), Buffer.byteLength("aGk=", "base64"));
say("base64", Buffer.from("aGk", "base64").toString());
const pieces = (encoding: BufferEncoding, ...all: number[][]): string[] => {
  const decoder = new StringDecoder(encoding);
  return [...all.map((bytes) => decoder.write(Buffer.from(bytes))), decoder.end()];
};
say("decoder", pieces("base64url", [251], [255, 254, 250]), pieces("base64", [251], [255]));
say("decoder", pieces("utf8", [0xe2], [0x82], [0xac, 0xe2], [0x41], [0xc3]), pieces("hex", [1]));
say(
  "decoder",
  thrown(() => new StringDecoder("raw" as "hex")),
);
say("base64", Buffer.from([251, 255]).toString("base64url"), Buffer.isEncoding("base64url"));
say("format", format("%s %d %i %j %o %%", "a", 1.5, 2.7, { a: 1 }, 5), toUSVString("a\ud800"));
say("promisify", await promisify((done: (e: null, v: number) => void) => done(null, 4))());
await new Promise<void>((resolve) =>
  callbackify(async () => 5)((error: unknown, value: number) => {
    say("callbackify", error, value);
    resolve();
  }),
);
function Parent(): void {}
function Child(): void {}
inherits(Child as never, Parent as never);
say("inherits", Object.getPrototypeOf(Child.prototype) === Parent.prototype);
say("deprecate", typeof deprecate(() => 1, "old"));

const upper = new Transform({
  transform: (chunk: Buffer, _encoding, done) => done(null, chunk.toString().toUpperCase()),
});
const through = new PassThrough();
await pipeline(Readable.from(["a", "b"]), upper, through);
say("pipeline", String(through.read()));
await finished(Readable.from([]).resume());
let ticks = 0;
for await (const value of every(1, "tick")) {
  say("every", value);
  if (++ticks === 2) break;
}

await mkdir("/tmp/libos-modules/deep", { recursive: true });
await writeFile("/tmp/libos-modules/deep/a.txt", "text");
say(
  "fs",
  await readdir("/tmp/libos-modules"),
  await readFile("/tmp/libos-modules/deep/a.txt", "utf8"),
);
say("fs", (await stat("/tmp/libos-modules/deep/a.txt")).size, path.join("a", "../b"));
await rm("/tmp/libos-modules", { recursive: true });
say("fs", await stat("/tmp/libos-modules").catch((error: NodeJS.ErrnoException) => error.code));

console.table([
  { a: 1, b: "x" },
  { a: 2, c: true },
]);
console.table(new Map([["k", 1]]));
console.table([1, "two"]);
console.table([{ a: 1, b: 2 }], ["b"]);
console.group("group");
console.log("inner\nlines");
console.groupEnd();
console.count();
console.count();
console.assert(true, "never");
console.dir({ a: { b: {} } });
queueMicrotask(() => say("microtask", 1));
process.nextTick(() => say("tick", 2));
await sleep(1);
say(
  "encoder",
  new TextEncoder().encode("é").length,
  new TextDecoder().decode(Uint8Array.of(195, 169)),
);
say("params", new URLSearchParams({ a: "1 2", b: "ä" }).toString(), [
  ...new URLSearchParams("x=1&x=2"),
]);
for (const value of [null, undefined, 5, "a=1&a=2&b=%zz+c"]) {
  say("query", { ...querystring.parse(value as string) }, querystring.stringify(value as never));
}
say("hrtime", typeof process.hrtime.bigint(), process.hrtime().length, process.uptime() > 0);
say(
  "process",
  process.memoryUsage.rss() > 0,
  process.cpuUsage().user > 0,
  typeof process.getuid?.(),
);
say("process", process.availableMemory() > 0, typeof process.constrainedMemory());
console.groupCollapsed("collapsed");
console.dirxml({ a: 1 });
console.groupEnd();
say("memory", process.memoryUsage().heapUsed > 0, typeof performance.now(), process.platform);
