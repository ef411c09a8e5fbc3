/**
 * What the interpreter's quick paths must not get wrong, case by case: the image's engine and Node give the
 * same text (`engine.test.ts`). Each case runs several times, since functions and shapes are known after the
 * first; what is thrown shows the error's name, since engines word it differently.
 */
const ROUNDS = 3;

type Case = () => unknown;

function text(value: unknown): string {
  if (Object.is(value, -0)) return "-0";
  if (typeof value === "bigint") return `${value}n`;
  if (Array.isArray(value)) return `[${value.map(text).join(" ")}]`;
  return String(value);
}

function attempt(run: Case): string {
  try {
    return text(run());
  } catch (error) {
    return error instanceof Error ? error.name : `thrown ${text(error)}`;
  }
}

class Counter {
  #count = 0;
  static #made = 0;
  static made(): number {
    return Counter.#made;
  }
  constructor(start = 0) {
    this.#count = start;
    Counter.#made++;
  }
  #add(by: number): number {
    return (this.#count += by);
  }
  get #double(): number {
    return this.#count * 2;
  }
  set #double(value: number) {
    this.#count = value / 2;
  }
  add(by: number): number {
    return this.#add(by);
  }
  twice(): number {
    this.#double = this.#double + 2;
    return this.#double;
  }
  peek(other: Counter): number {
    return other.#count;
  }
  call(other: Counter): number {
    return other.#add(1);
  }
  static has(value: object): boolean {
    return #count in value;
  }
}

function numbers(): unknown {
  const edge = [0, -0, 1, -1, 2147483647, -2147483648, 4294967295, 0.5, NaN, Infinity, 2 ** 53];
  const results: unknown[] = [];
  for (const left of edge) {
    for (const right of edge) {
      results.push(left + right, left - right, left * right, left % right);
      results.push(left << right, left >> right, left >>> right, left & right, left ^ right);
      results.push(left < right, left <= right, left > right, left >= right, left === right);
    }
    let step = left;
    results.push(step++, step, ++step, step--, --step, -left, ~left, !left);
  }
  return results;
}

function equality(): unknown {
  const shared = {};
  const values: unknown[] = [0, "0", "", null, undefined, true, false, NaN, shared, {}, "a", 1n, 1];
  values.push(Symbol.iterator, [1], 0.5, "a".concat(""), -0);
  // The loose comparison is what is tested.
  return values.map((left) =>
    // oxlint-disable-next-line eqeqeq
    values.map((right) => Number(left === right) + 2 * Number(left == right)).join(""),
  );
}

function prototypes(): unknown {
  const base: Record<string, unknown> = { name: "base", kept: 1 };
  const middle = Object.create(base) as Record<string, unknown>;
  const object = Object.create(middle) as Record<string, unknown>;
  const read = (): unknown => [object["name"], object["kept"], object["absent"]];
  const seen = [read()];
  middle["name"] = "middle";
  seen.push(read());
  Object.defineProperty(middle, "kept", { get: () => "got", configurable: true });
  seen.push(read());
  object["name"] = "own";
  seen.push(read());
  delete object["name"];
  delete middle["name"];
  delete middle["kept"];
  seen.push(read());
  Object.setPrototypeOf(object, { name: "other", absent: "there" });
  seen.push(read());
  Object.setPrototypeOf(object, null);
  seen.push(read());
  return seen;
}

function accessors(): unknown {
  const log: unknown[] = [];
  const object = {
    value: 1,
    get twice() {
      return this.value * 2;
    },
    set twice(value: number) {
      log.push(`set ${value}`);
      this.value = value / 2;
    },
    get fails(): number {
      throw new RangeError("no");
    },
  };
  for (let index = 0; index < ROUNDS; index++) {
    object.twice = object.twice + 2;
    log.push(
      object.value,
      attempt(() => object.fails),
    );
  }
  const frozen = Object.freeze({ a: 1 }) as { a: number; b?: number };
  log.push(
    attempt(() => (frozen.a = 2)),
    attempt(() => (frozen.b = 2)),
    frozen.a,
  );
  const inherited = Object.create(object) as typeof object;
  inherited.twice = 10;
  log.push(inherited.value, object.value, Object.keys(inherited).length);
  return log;
}

function proxies(): unknown {
  const log: string[] = [];
  const proxy = new Proxy({ a: 1 } as Record<string, unknown>, {
    get: (target, name) => (log.push(`get ${String(name)}`), target[String(name)] ?? "none"),
    set: (target, name, value) => (
      log.push(`set ${String(name)}`),
      (target[String(name)] = value),
      true
    ),
  });
  const heir = Object.create(proxy) as Record<string, unknown>;
  for (let index = 0; index < ROUNDS; index++) {
    proxy["a"] = index;
    log.push(text(proxy["a"]), text(heir["b"]), text((heir as unknown as unknown[])[0]));
    heir["c"] = index;
  }
  return log;
}

function privates(): unknown {
  const counter = new Counter(3);
  const results: unknown[] = [];
  for (let index = 0; index < ROUNDS; index++) {
    results.push(counter.add(1), counter.twice(), counter.peek(new Counter(7)));
    results.push(new Counter(index).add(2), counter.call(counter), Counter.has({}));
    results.push(
      attempt(() => counter.peek({} as Counter)),
      Counter.has(counter),
    );
    results.push(attempt(() => counter.call({} as Counter)));
    results.push(attempt(() => counter.peek(null as unknown as Counter)));
    results.push(attempt(() => counter.call(5 as unknown as Counter)));
  }
  return results.concat(Counter.made() > 0);
}

function few(a?: unknown, b?: unknown, c: unknown = "default"): unknown {
  const before = [a, b, c];
  a = 1;
  return [before, a, b, c];
}
function many(...rest: unknown[]): unknown {
  return rest.length;
}
function calls(): unknown {
  const results: unknown[] = [];
  const apply = few as (...values: unknown[]) => unknown;
  for (let index = 0; index < 5; index++) {
    const values = Array.from({ length: index }, (_, at) => at);
    results.push(apply(...values), many(...values), apply.call(null, ...values));
    results.push(apply.apply(null, values), apply.bind(null, "bound")(...values));
    results.push(
      values.map(apply as never),
      values.map((value) => few(value)),
    );
  }
  results.push(attempt(() => (undefined as unknown as Case)()));
  results.push(
    attempt(() => ({}) as unknown as number),
    attempt(() => (({}) as unknown as Case)()),
  );
  results.push(attempt(() => new (few as unknown as new () => object)() instanceof Object));
  results.push(attempt(() => (Counter as unknown as Case)()));
  results.push(attempt(() => (5 as unknown as { x: Case }).x()));
  return results;
}

/** More variables than a small frame has room for. */
function large(a: number): number {
  const b = a + 1,
    c = b + 1,
    d = c + 1,
    e = d + 1,
    f = e + 1,
    g = f + 1,
    h = g + 1,
    i = h + 1;
  const j = i + 1,
    k = j + 1,
    l = k + 1,
    m = l + 1,
    n = m + 1,
    o = n + 1,
    p = o + 1,
    q = p + 1;
  const r = q + 1,
    s = r + 1,
    t = s + 1,
    u = t + 1,
    v = u + 1,
    w = v + 1,
    x = w + 1,
    y = x + 1;
  const z = Math.max(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y);
  return a <= 0 ? z : large(a - 1) + z;
}

function closures(): unknown {
  const kept: (() => number)[] = [];
  for (let index = 0; index < 4; index++) {
    let own = index * 10;
    kept.push(() => own++ + index);
  }
  const make = (start: number): { next: () => number; reset: () => void } => {
    let value = start;
    return { next: () => ++value, reset: () => void (value = start) };
  };
  const [left, right] = [make(1), make(100)];
  left.next();
  right.next();
  left.reset();
  return [kept.map((one) => one() + one()), left.next(), right.next(), large(3)];
}

function unwinding(): unknown {
  const log: unknown[] = [];
  const fail = (depth: number): number => {
    if (depth === 0) throw new TypeError("deep");
    try {
      return fail(depth - 1) + 1;
    } finally {
      log.push(depth);
    }
  };
  const early = (): string => {
    for (const value of [1, 2, 3]) {
      try {
        if (value === 2) return `left at ${value}`;
      } finally {
        log.push(`saw ${value}`);
      }
    }
    return "never";
  };
  const overrides = (): number => {
    try {
      throw new Error("lost");
    } catch {
      return 1;
    } finally {
      log.push("finally");
    }
  };
  const recurse = (depth: number): number => recurse(depth + 1) + 1;
  log.push(
    attempt(() => fail(4)),
    early(),
    overrides(),
    attempt(() => recurse(0)),
  );
  return log;
}

function arrays(): unknown {
  const holes: unknown[] = [1, 2, 3];
  delete holes[1];
  const list: unknown[] = [];
  for (let index = 0; index < 6; index++) list[index] = index;
  list[9] = "far";
  list[2] = list;
  list[2] = "again";
  const frozen = Object.freeze([1, 2]) as number[];
  const results = [holes[1], list.length, list[7], list[-1 as number], "abc"[1], "abc"[5], list[2]];
  results.push(
    attempt(() => (frozen[0] = 5)),
    frozen[0],
    list[1.5 as number],
    list["3" as never],
  );
  for (const Kind of [
    Uint8Array,
    Int8Array,
    Uint8ClampedArray,
    Uint16Array,
    Int32Array,
    Float64Array,
  ]) {
    const typed = new Kind(3);
    for (const value of [300, -1, 1.7, NaN, "12", undefined]) {
      typed[1] = value as number;
      typed[7] = 1;
      results.push(typed[1], typed[7]);
    }
  }
  const detached = new Uint8Array(4);
  detached[0] = 9;
  (detached.buffer as ArrayBuffer).transfer?.();
  detached[0] = 1;
  results.push(detached[0], detached.length, [1, 2, 3].length, "four".length, few.length);
  return results;
}

class Base {
  readonly kind: string;
  constructor() {
    this.kind = new.target.name;
  }
  hello(): string {
    return `base ${this.kind}`;
  }
}
class Derived extends Base {
  readonly field = this.hello();
  override hello(): string {
    return `derived ${super.hello()}`;
  }
}
function* generate(limit: number): Generator<number, string, number | undefined> {
  let sum = 0;
  for (let index = 0; index < limit; index++) sum += (yield sum + index) ?? 0;
  return `sum ${sum}`;
}
function classes(): unknown {
  const made = new Derived();
  const generator = generate(3);
  const steps = [generator.next(), generator.next(5), generator.next(7), generator.next(1)];
  const spread = [...generate(3)];
  const { kind, ...others } = made;
  return [made.field, kind, Object.keys(others), steps.map((step) => step.value), spread];
}

function conversions(): unknown {
  const log: string[] = [];
  const odd = {
    valueOf: () => (log.push("valueOf"), 4),
    toString: () => (log.push("toString"), "odd"),
  };
  const results: unknown[] = [
    Number(odd) + 1,
    `${odd as never}`,
    (odd as never) + 1,
    (odd as never) < 5,
  ];
  const doubtful: unknown[] = [odd, "", "a", 0n, 1n, NaN, 0.5, -0, Symbol.iterator, null, few];
  results.push(
    doubtful.map((value) => (value ? "true" : "false")),
    doubtful.map((value) => !value),
  );
  results.push(typeof odd);
  results.push(typeof few, typeof null, typeof undefined, "a" + 1 + null, 1 + ("2" as never));
  let joined = "";
  for (let index = 0; index < 5; index++) joined += index;
  return results.concat(joined, log);
}

async function asynchronous(): Promise<unknown> {
  const log: unknown[] = [];
  const wait = async (value: number): Promise<number> => {
    await Promise.resolve();
    if (value === 2) throw new RangeError("two");
    return value * 2;
  };
  for (let index = 0; index < 4; index++) {
    try {
      log.push(await wait(index));
    } catch (error) {
      log.push((error as Error).name);
    }
  }
  for await (const value of [wait(5), 6]) log.push(value);
  return log;
}

const CASES: Readonly<Record<string, Case>> = {
  numbers,
  equality,
  prototypes,
  accessors,
  proxies,
  privates,
  calls,
  closures,
  unwinding,
  arrays,
  classes,
  conversions,
};

/** @returns A line for each case and round. */
export async function runCases(): Promise<string[]> {
  const lines: string[] = [];
  for (const [name, run] of Object.entries(CASES)) {
    for (let round = 1; round <= ROUNDS; round++) lines.push(`${name} ${round}: ${attempt(run)}`);
  }
  lines.push(`asynchronous: ${text(await asynchronous())}`);
  return lines;
}
