import type { CoreContext } from "../shared/context.ts";
import { Liveness } from "../shared/liveness.ts";

/** The immediates of one system, in order; each runs in a turn of its own. */
export class ImmediateQueue {
  readonly context: CoreContext;
  #queue: Immediate[] = [];
  #head = 0;

  constructor(context: CoreContext) {
    this.context = context;
  }

  add(immediate: Immediate): void {
    this.#queue.push(immediate);
    if (this.#queue.length - this.#head === 1) this.context.defer(() => this.#runNext());
  }

  #runNext(): void {
    const next = this.#queue[this.#head++]!;
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
    } else {
      if (this.#head > 1024) {
        this.#queue = this.#queue.slice(this.#head);
        this.#head = 0;
      }
      this.context.defer(() => this.#runNext());
    }
    next.run();
  }
}

/** What `setImmediate` returns. */
export class Immediate {
  readonly #liveness: Liveness;
  #callback: ((...values: unknown[]) => void) | undefined;
  readonly #values: readonly unknown[];

  constructor(
    queue: ImmediateQueue,
    callback: (...values: unknown[]) => void,
    values: readonly unknown[],
  ) {
    this.#callback = callback;
    this.#values = values;
    this.#liveness = new Liveness(queue.context);
    this.#liveness.setActive(true);
    queue.add(this);
  }

  /** Called when its turn has come. */
  run(): void {
    const callback = this.#callback;
    this.close();
    callback?.apply(this, this.#values as unknown[]);
  }

  /** Cancels it, as `clearImmediate` does. */
  close(): void {
    this.#callback = undefined;
    this.#liveness.setActive(false);
  }

  ref(): this {
    this.#liveness.setReferenced(true);
    return this;
  }

  unref(): this {
    this.#liveness.setReferenced(false);
    return this;
  }

  hasRef(): boolean {
    return this.#liveness.referenced;
  }
}
