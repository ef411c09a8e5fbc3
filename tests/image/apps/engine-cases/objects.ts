/** Properties: inherited, computed, intercepted and private; classes. */
import { attempt, ROUNDS, text } from "./case.ts";

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

export function prototypes(): unknown {
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

export function accessors(): unknown {
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

export function proxies(): unknown {
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

export function privates(): unknown {
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
export function classes(): unknown {
  const made = new Derived();
  const generator = generate(3);
  const steps = [generator.next(), generator.next(5), generator.next(7), generator.next(1)];
  const spread = [...generate(3)];
  const { kind, ...others } = made;
  return [made.field, kind, Object.keys(others), steps.map((step) => step.value), spread];
}
