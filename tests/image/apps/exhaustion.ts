/** Fills the heap with objects of every kind until it is full, lets go of them, twenty times. */
import { openImage } from "./image.ts";

const { bareMetal, hal, print } = openImage();
const ROUNDS = 20;
const kept: unknown[] = [];

class Sample {
  #value: number;
  static all: readonly string[] = ["a"];
  constructor(value: number) {
    this.#value = value;
  }
  get value(): number {
    return this.#value;
  }
}

function* count(from: number): Generator<number> {
  yield from;
  yield* [1, 2];
}

const MAKERS: readonly ((i: number) => unknown)[] = [
  (i) => ({ a: i, b: [1, 2, 3], c: `x${i}` }),
  (i) =>
    new Map<unknown, unknown>([
      [i, { i }],
      ["k", new Set([i])],
    ]),
  (i) => JSON.parse(JSON.stringify({ a: [1, 2, { b: "c".repeat(i % 100) }] })),
  (i) => /(\w+)-(\d+)/u.exec(`abc-${i}`),
  (i) => new RegExp(`a{${i % 50}}(b|c)*${i}`),
  (i) => new Uint8Array(i % 5000),
  (i) => new Sample(i),
  (i) => count(i).next(),
  (i) => [() => i, async () => i],
  (i) => (async () => [await i])().catch(() => {}),
  (i) => new Proxy({ i }, { get: (target, key) => Reflect.get(target, key) }),
  (i) => new Error(`e${i}`, { cause: i }).stack,
  (i) => [2n ** BigInt(i % 500), Symbol(`s${i}`), new Date(i)],
  (i) => Function("a", `return { a, b: [${i}] }`)(i),
  (i) => ["s".repeat(i % 300) + i, `a,b,${i}`.split(","), "abc".replaceAll("b", (x) => x + i)],
  (i) => Object.fromEntries(Array.from({ length: 40 }, (_, key) => [`k${key}_${i}`, key])),
  (i) => [3, 1, 2, i].toSorted((a, b) => a - b),
  (i) => new WeakRef({ i }),
  (i) => [...`h\u00e9llo${i}`].join("-").normalize("NFD") + encodeURIComponent("\u00e9"),
];

let round = 0;

function exhaust(): void {
  try {
    for (let i = 0; ; i++) kept.push(MAKERS[(i * 7 + round) % MAKERS.length]!(i));
  } catch {
    kept.length = 0;
  }
}

function next(): void {
  if (round++ === ROUNDS) {
    print(`exhausted ${ROUNDS} times`);
    hal.power.off(0);
    return;
  }
  exhaust();
  bareMetal.schedule(next);
}

next();
