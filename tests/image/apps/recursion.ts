/** Recursion through every part of the engine: each must end in an error that JavaScript catches. */
import { openImage } from "./image.ts";

const { hal, print } = openImage();
const DEPTH = 100_000;

function nested(): unknown[] {
  let value: unknown[] = [];
  for (let depth = 0; depth < DEPTH; depth++) value = [value];
  return value;
}

function proxies(): Record<string, unknown> {
  let value: Record<string, unknown> = {};
  for (let depth = 0; depth < DEPTH; depth++) value = new Proxy(value, {});
  return value;
}

function bound(): () => unknown {
  let value: () => unknown = () => 1;
  for (let depth = 0; depth < 3000; depth++) value = value.bind(undefined);
  return value;
}

function* generate(): Generator<number> {
  yield* generate();
}

function compare(): number {
  return [3, 2, 1].toSorted(compare).length;
}

function replace(): string {
  return "a".replace(/a/, replace);
}

const printable = {
  toString(): string {
    return `${printable as unknown as string}`;
  },
};

const getter = {
  get self(): unknown {
    return getter.self;
  },
};

class Recursive {
  readonly inner: object = Reflect.construct(Recursive, []);
}

const KINDS: Readonly<Record<string, () => unknown>> = {
  "JSON arrays": () => JSON.parse("[".repeat(DEPTH)),
  "JSON objects": () => JSON.parse('{"a":'.repeat(DEPTH)),
  parentheses: () => Function("(".repeat(DEPTH)),
  arrays: () => Function("[".repeat(DEPTH) + "]".repeat(DEPTH)),
  negations: () => Function(`${"- ".repeat(DEPTH)}1`),
  functions: () => Function("(function(){".repeat(5000) + "})".repeat(5000)),
  templates: () => Function("`${".repeat(20_000)),
  statements: () => Function(`${"if(1)".repeat(DEPTH)};`),
  "toString of arrays": () => String(nested()),
  stringify: () => JSON.stringify(nested()),
  flat: () => nested().flat(Infinity),
  "groups of expressions": () => new RegExp("(?:".repeat(DEPTH) + ")".repeat(DEPTH)),
  proxies: () => proxies()["x"],
  "keys of proxies": () => Object.keys(proxies()),
  "bound functions": () => bound()(),
  toString: () => String(printable),
  getters: () => getter.self,
  generators: () => [...generate()],
  comparisons: () => compare(),
  replacements: () => replace(),
  constructors: () => new Recursive(),
};

const notCaught: string[] = [];
for (const [name, run] of Object.entries(KINDS)) {
  try {
    run();
    notCaught.push(name);
  } catch {
    // What is to be shown.
  }
}
if (notCaught.length > 0) print(`no error from ${notCaught.join(", ")}`);
else print(`${Object.keys(KINDS).length} kinds of recursion, all caught`);
hal.power.off(0);
