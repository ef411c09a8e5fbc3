/** The symbols of `using` and `await using`, which a bare engine may lack. */
const { dispose, asyncDispose } = Symbol as { dispose?: symbol; asyncDispose?: symbol };

/** Lets `using` call `close` of a class, where the engine has it. */
export function defineDispose<T>(prototype: T, close: (this: T) => void): void {
  define(prototype, dispose, close);
}

/** Lets `await using` call `close` of a class, where the engine has it. */
export function defineAsyncDispose<T>(prototype: T, close: (this: T) => Promise<void>): void {
  define(prototype, asyncDispose, close);
}

function define(prototype: unknown, symbol: symbol | undefined, value: unknown): void {
  if (symbol === undefined) return;
  Object.defineProperty(prototype, symbol, { value, configurable: true, writable: true });
}
