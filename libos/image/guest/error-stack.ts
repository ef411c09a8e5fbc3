/**
 * `stack` as in Node: it begins with the error's name and message, of the moment in which it is asked for.
 * The engine's has the calls alone. Where errors have a `stack` of their own (a replay, in V8) nothing is
 * to be done.
 */
const property = Object.getOwnPropertyDescriptor(Error.prototype, "stack");
const calls = property?.get;

if (property !== undefined && calls !== undefined) {
  const { captureStackTrace } = Error;
  const withHead = (error: object, text: unknown): unknown =>
    typeof text === "string" ? `${Error.prototype.toString.call(error)}\n${text}`.trimEnd() : text;
  // oxlint-disable-next-line no-extend-native -- the property is there, and stays what it was.
  Object.defineProperty(Error.prototype, "stack", {
    ...property,
    get(this: object): unknown {
      return withHead(this, calls.call(this));
    },
  });
  Error.captureStackTrace = (target, caller): void => {
    captureStackTrace(target, caller ?? Error.captureStackTrace);
    const { stack } = target as { stack?: unknown };
    Object.defineProperty(target, "stack", {
      value: withHead(target, stack),
      configurable: true,
      writable: true,
    });
  };
}
