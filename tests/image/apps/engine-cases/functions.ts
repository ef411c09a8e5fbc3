/** Calls, frames, closures, and leaving them by errors and promises. */
import { attempt, type Case } from "./case.ts";

/** With all kinds of parameters: a missing one, and one with a default. */
export function few(a?: unknown, b?: unknown, c: unknown = "default"): unknown {
  const before = [a, b, c];
  a = 1;
  return [before, a, b, c];
}
function many(...rest: unknown[]): unknown {
  return rest.length;
}
class Uncalled {
  readonly kind = "a class";
}
export function calls(): unknown {
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
  results.push(attempt(() => (Uncalled as unknown as Case)()));
  results.push(attempt(() => (5 as unknown as { x: Case }).x()));
  return results;
}

const OFFSETS = [
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24,
] as const;
/** More variables than a small frame has room for. */
function large(a: number): number {
  const [b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y] = OFFSETS;
  const z = a + Math.max(b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y);
  return a <= 0 ? z : large(a - 1) + z;
}

export function closures(): unknown {
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

export function unwinding(): unknown {
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

export async function asynchronous(): Promise<unknown> {
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
