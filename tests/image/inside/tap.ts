/**
 * What stands for `tap` inside an image: as much of it as the components' tests use. It runs files one
 * after another, says what fails, and counts.
 */
import { isAlike, isMatching } from "./compare.ts";

type Body = (t: Test) => unknown;

/** What a run has come to. */
export interface Count {
  passed: number;
  failed: number;
}

/** One test, or a whole file. */
export class Test {
  readonly #name: string;
  readonly #count: Count;
  readonly #queue: (() => Promise<void>)[] = [];
  readonly #teardowns: (() => unknown)[] = [];
  #failures = 0;
  #end: (() => void) | undefined;

  constructor(name: string, count: Count) {
    this.#name = name;
    this.#count = count;
  }

  /** Runs a test behind those before it. */
  test(name: string, ...rest: readonly (Body | object)[]): Promise<void> {
    const body = rest.at(-1) as Body;
    const { skip } = (rest.length > 1 ? rest[0] : {}) as { skip?: unknown };
    return new Promise((resolve) => {
      this.#queue.push(async () => {
        if (!skip) await this.#runOne(name, body);
        resolve();
      });
      if (this.#isRunning) void this.drain();
    });
  }

  #isRunning = false;
  #drained: Promise<void> | undefined;

  /** Runs what waits, until nothing is left. */
  drain(): Promise<void> {
    this.#isRunning = true;
    this.#drained ??= this.#runAll().then(() => {
      this.#drained = undefined;
    });
    return this.#drained;
  }

  async #runAll(): Promise<void> {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      await next();
    }
  }

  async #runOne(name: string, body: Body): Promise<void> {
    const inner = new Test(`${this.#name} > ${name}`, this.#count);
    inner.#isRunning = true;
    try {
      const ended = new Promise<void>((resolve) => (inner.#end = resolve));
      const result = body(inner);
      await (result instanceof Promise ? result : ended);
      await inner.drain();
    } catch (error) {
      inner.#fail(
        error instanceof Error ? `${error.message}\n${error.stack ?? ""}` : String(error),
      );
    }
    for (const call of inner.#teardowns.toReversed()) await call();
    this.#failures += inner.#failures;
    if (inner.#failures === 0) this.#count.passed++;
    else this.#count.failed++;
  }

  #fail(message: string): boolean {
    this.#failures++;
    console.log(`not ok: ${this.#name}: ${message}`);
    return false;
  }

  /** What was found is put into words only where it is wrong: behind a connection is a whole network. */
  #judge(isRight: boolean, what: () => string, message?: string): boolean {
    if (isRight) return true;
    return this.#fail(message === undefined ? what() : `${message}: ${what()}`);
  }

  pass(): boolean {
    return true;
  }

  fail(message = "failed"): boolean {
    return this.#fail(message);
  }

  comment(): void {}

  end(): void {
    this.#end?.();
  }

  teardown(call: () => unknown): void {
    this.#teardowns.push(call);
  }

  ok(value: unknown, message?: string): boolean {
    return this.#judge(Boolean(value), () => `${show(value)} is not true`, message);
  }

  notOk(value: unknown, message?: string): boolean {
    return this.#judge(!value, () => `${show(value)} is true`, message);
  }

  equal(found: unknown, wanted: unknown, message?: string): boolean {
    return this.#judge(
      Object.is(found, wanted),
      () => `${show(found)} is not ${show(wanted)}`,
      message,
    );
  }

  not(found: unknown, unwanted: unknown, message?: string): boolean {
    return this.#judge(!Object.is(found, unwanted), () => `it is ${show(unwanted)}`, message);
  }

  same(found: unknown, wanted: unknown, message?: string): boolean {
    return this.#judge(
      isAlike(found, wanted),
      () => `${show(found)} is not ${show(wanted)}`,
      message,
    );
  }

  match(found: unknown, pattern: unknown, message?: string): boolean {
    const isRight = isMatching(found, pattern);
    return this.#judge(isRight, () => `${show(found)} does not match ${show(pattern)}`, message);
  }

  type(value: unknown, kind: unknown, message?: string): boolean {
    const isRight =
      typeof kind === "function" ? value instanceof kind : typeof value === String(kind);
    return this.#judge(isRight, () => `${show(value)} is no ${String(kind)}`, message);
  }

  throws(call: () => unknown, ...rest: unknown[]): boolean {
    const pattern = typeof rest[0] === "string" ? undefined : rest[0];
    try {
      call();
    } catch (error) {
      if (pattern === undefined) return true;
      if (pattern instanceof RegExp) return this.match((error as Error).message, pattern);
      return this.match(error, pattern);
    }
    return this.#fail("nothing was thrown");
  }

  doesNotThrow(call: () => unknown): boolean {
    try {
      call();
    } catch (error) {
      return this.#fail(`it throws ${show(error)}`);
    }
    return true;
  }
}

const SHOWN_DEPTH = 3;
const SHOWN_BYTES = 32;

function show(value: unknown, depth = 0): string {
  if (typeof value === "string" && depth > 0) return JSON.stringify(value);
  if (typeof value !== "object" || value === null) return String(value);
  if (value instanceof Error || value instanceof RegExp) return String(value);
  if (value instanceof Uint8Array) return `[${String(value.subarray(0, SHOWN_BYTES))}]`;
  if (depth === SHOWN_DEPTH) return Array.isArray(value) ? "[…]" : "{…}";
  const parts = Object.entries(value).map(([name, item]) => {
    const text = show(item, depth + 1);
    return Array.isArray(value) ? text : `${name}: ${text}`;
  });
  const text = parts.join(", ");
  return (Array.isArray(value) ? `[${text}]` : `{${text}}`).slice(0, 300);
}

/** What all files have come to. */
export const total: Count = { passed: 0, failed: 0 };

const root: Test = new Test("", total);
export default root;
