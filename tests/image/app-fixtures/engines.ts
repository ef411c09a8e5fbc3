/**
 * What two engines could do differently, line by line: an image records it, and a replay in another
 * engine must say the same.
 */
/* eslint-disable unicorn/no-thenable, unicorn/no-unnecessary-await -- how engines treat them is what is looked at */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

const say = (name: string, ...values: unknown[]): void => console.log(name, ...values);
const text = (values: readonly unknown[]): string => values.map(String).join(" ");

// Chance and time.
say("random", Math.random(), Math.random(), randomBytes(8).toString("hex"));
say("time", new Date(), Date.now(), performance.now(), process.uptime(), process.hrtime());
say("dates", new Date(0).toString(), new Date(2024, 1, 29, 13, 5, 9).toLocaleString());
say("dates", new Date(NaN).toString(), new Date(0).toLocaleDateString(), Date());
say("dates", Date.parse("2024-02-30"), Date.parse("Thu, 01 Jan 1970 00:00:01 GMT"));
say("zone", new Date(0).getTimezoneOffset(), new Date(1e12).toTimeString());

// Numbers.
const numbers = [0.1 + 0.2, 1 / 3, 1e21, 1e-7, -0, 123456789.125, 5e-324, 2 ** 53, NaN];
say("numbers", text(numbers), JSON.stringify(numbers));
for (const value of numbers) {
  if (Math.abs(value) < 1e21)
    say("fixed", value.toFixed(7), value.toPrecision(9), value.toExponential(5));
  say("radix", value.toString(2), value.toString(36), value.toLocaleString());
}
say("parse", Number("0x1f"), Number(" 12 "), parseFloat("3.14abc"), parseInt("08"), Number("1_0"));
const inputs = Array.from({ length: 64 }, (_, index) => (index - 20.5) * 1.37);
for (const name of [
  "sin",
  "cos",
  "tan",
  "exp",
  "log",
  "log10",
  "log2",
  "log1p",
  "expm1",
  "cbrt",
] as const) {
  say(name, text(inputs.map((value) => Math[name](value))));
}
for (const name of [
  "sinh",
  "cosh",
  "tanh",
  "asin",
  "acos",
  "atan",
  "asinh",
  "acosh",
  "atanh",
] as const) {
  say(name, text(inputs.map((value) => Math[name](value / 40))));
}
say(
  "pow",
  text(inputs.map((value) => Math.abs(value) ** 1.3)),
  text(inputs.map((v) => Math.hypot(v, 1, 2))),
);
say("exponents", text(inputs.map((_, index) => 10 ** (index - 30))));
say("atan2", text(inputs.map((value) => Math.atan2(value, 3))));

for (let index = 0; index < 100; index++) {
  const value = (Math.random() - 0.5) * [1e-20, 1e-9, 1e-3, 1, 1e3, 1e15, 1e22][index % 7]!;
  say("base", ...[3, 7, 11, 16, 32, 36].map((radix) => value.toString(radix)));
}
let big = 3n;
big **= 5n;
say("big", big, (2n ** 70n).toString(36));

// Order.
const pairs = Array.from({ length: 200 }, (_, index) => ({ key: (index * 7919) % 10, index }));
say("sort", text(pairs.toSorted((a, b) => a.key - b.key).map(({ index }) => index)));
say("sort default", text([10, 9, 1, "b", "a", undefined, 2].toSorted()));
say("keys", text(Object.keys({ b: 1, 2: 1, a: 1, 1: 1, [Symbol.iterator]: 1 })));
const object: Record<string, number> = { z: 1, y: 2 };
delete object["z"];
object["z"] = 3;
say("keys", JSON.stringify(object), text(Reflect.ownKeys({ b: 1, [Symbol.iterator]: 2, 0: 3 })));
for (const key in Object.assign(Object.create({ inherited: 1 }), { own: 1 })) say("in", key);

// Text.
say(
  "compare",
  text(["a", "B", "ä", "z", "Z", "é", "10", "9"].toSorted((a, b) => a.localeCompare(b))),
);
say("case", "ßİıÅ".toUpperCase(), "İΣΑΣ".toLowerCase(), "ﬁ".toUpperCase());
say("normalize", "Å".normalize("NFD").length, "e\u0301".normalize().length);
say("expressions", text("aBc-ünï 12".match(/\p{L}+/gu) ?? []), "x".replace(/(?<a>x)/, "[$<a>]"));
say("split", text("a1b22c".split(/(\d+)/)), "𝒳y".at(0), [..."𝒳y"].length);
say("uri", encodeURIComponent("a b&ü/€"), decodeURIComponent("%E2%82%AC"), escape("ü"));

// Functions and errors.
say(
  "function",
  String(sleep),
  (() => 1).toString(),
  class Named extends Array {}.name,
  text([function f() {}]),
);
say("inspect", { a: [1, { b: new Map([[1, new Set([2])]]) }], f() {}, d: new Date(0), n: null });
class Wrong extends Error {
  override name = "Wrong";
}
try {
  throw new Wrong("message", { cause: 1 });
} catch (error) {
  say("error", String(error), (error as Error).message, (error as Error).cause);
}
say("module", typeof import.meta, import.meta.url);
say("globals", text(Object.getOwnPropertyNames(globalThis).toSorted()));
say(
  "features",
  typeof Intl,
  typeof Reflect.get(globalThis, "WebAssembly"),
  typeof SharedArrayBuffer,
  typeof structuredClone,
);
say("methods", text(Object.getOwnPropertyNames(Array.prototype).toSorted()));

// Order of promise reactions.
const order: string[] = [];
const note = (name: string) => (): void => void order.push(name);
const thenable = { then: (resolve: (value: number) => void) => (note("thenable")(), resolve(1)) };
const chain = async (name: string, count: number): Promise<void> => {
  for (let index = 0; index < count; index++) {
    await null;
    order.push(`${name}${index}`);
  }
};
const wrapped = async (): Promise<unknown> => Promise.resolve().then(note("inner"));
async function* generate(): AsyncGenerator<number> {
  try {
    yield 1;
    yield Promise.resolve(2);
  } finally {
    await null;
    order.push("generator closed");
  }
}
const consume = async (): Promise<void> => {
  for await (const value of generate()) {
    order.push(`generated ${value}`);
    if (value === 2) break;
  }
};
process.nextTick(note("tick"));
queueMicrotask(note("microtask"));
await Promise.all([
  chain("a", 6),
  chain("b", 6),
  wrapped().then(note("wrapped")),
  (async () => (await thenable, order.push("after thenable")))(),
  consume(),
  Promise.race([Promise.reject(new Error("x")), sleep(1)]).catch(note("caught")),
  Promise.allSettled([Promise.reject(1), 2]).then(note("settled")),
]);
say("order", text(order));
const started = performance.now();
await Promise.all([3, 1, 2].map(async (ms) => (await sleep(ms), order.push(`slept ${ms}`))));
say("slept", text(order.slice(-3)), performance.now() - started > 2);
