/** `await using server = …`: adds the method to a class where the engine has the symbol. */
export function addAsyncDispose<Instance>(
  Class: { readonly prototype: Instance },
  close: (instance: Instance, done: (error?: Error) => void) => void,
): void {
  const { asyncDispose } = Symbol as { asyncDispose?: symbol };
  if (asyncDispose === undefined) return;
  Object.defineProperty(Class.prototype, asyncDispose, {
    configurable: true,
    writable: true,
    value(this: Instance): Promise<void> {
      return new Promise((resolve, reject) => {
        close(this, (error) => (error === undefined ? resolve() : reject(error)));
      });
    },
  });
}
