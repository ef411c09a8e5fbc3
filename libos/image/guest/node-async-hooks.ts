/**
 * `node:async_hooks` in an image: resources whose scope is the call. What runs later, behind a promise
 * or a timer, finds no store: the engine tells of no asynchronous call.
 */

type AnyFunction = (...values: never[]) => unknown;

/** Runs functions as the resource that they belong to. */
export class AsyncResource {
  static bind<Call extends AnyFunction>(call: Call, _type?: string, self?: unknown): Call {
    return (self === undefined ? call : call.bind(self)) as Call;
  }

  runInAsyncScope(call: AnyFunction, self?: unknown, ...values: unknown[]): unknown {
    return Reflect.apply(call, self, values);
  }

  bind<Call extends AnyFunction>(call: Call, self?: unknown): Call {
    return AsyncResource.bind(call, undefined, self);
  }

  emitDestroy(): this {
    return this;
  }

  asyncId(): number {
    return 0;
  }

  triggerAsyncId(): number {
    return 0;
  }
}

/** A value for the time of a call. */
export class AsyncLocalStorage {
  #store: unknown;

  run(store: unknown, call: AnyFunction, ...values: unknown[]): unknown {
    const before = this.#store;
    this.#store = store;
    try {
      return Reflect.apply(call, undefined, values);
    } finally {
      this.#store = before;
    }
  }

  exit(call: AnyFunction, ...values: unknown[]): unknown {
    return this.run(undefined, call, ...values);
  }

  getStore(): unknown {
    return this.#store;
  }

  enterWith(store: unknown): void {
    this.#store = store;
  }

  disable(): void {
    this.#store = undefined;
  }
}

export const executionAsyncId = (): number => 0;
export const triggerAsyncId = (): number => 0;

/** The module itself. */
const hooks: Readonly<Record<string, unknown>> = {
  AsyncResource,
  AsyncLocalStorage,
  executionAsyncId,
  triggerAsyncId,
};
export default hooks;
