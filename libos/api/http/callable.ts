/**
 * Node's `http` is made of functions, and programs rely on it: `http.Server()` without `new`, and
 * `http.ServerResponse.call(this, request)` in constructors of the old kind. Ours are classes; this
 * is what makes them callable.
 */
import { EventEmitter } from "events";

/**
 * An `EventEmitter` whose list of listeners is made with the first of them: what its constructor
 * would set, its prototype says as well, and most messages are sent without anybody listening.
 */
function construct(): void {}

Object.setPrototypeOf(construct, EventEmitter);
construct.prototype = Object.create(EventEmitter.prototype, {
  constructor: { value: construct, writable: true, configurable: true },
});

const LazyEmitter: typeof EventEmitter = construct as unknown as typeof EventEmitter;

/** The root of what can be constructed onto an object that is there already. */
export class EmitterBase extends LazyEmitter {
  /** @param self The object to construct onto; its prototype chain holds the class already. */
  constructor(self?: unknown) {
    super();
    if (self instanceof EmitterBase) return self as this;
  }
}

/** @returns False when nobody listens for anything; quicker than to ask for one event. */
export function hasListeners(emitter: EventEmitter): boolean {
  // A field of Node's own and of the package's, which packages read as well.
  return (emitter as unknown as { readonly _eventsCount: number })._eventsCount !== 0;
}

/**
 * @returns The listener of an event that has one only, for who calls it himself: `emit` puts what it
 *   is given into a list. Undefined where there is another number of them, or `emit` was replaced.
 */
export function onlyListener(
  emitter: EventEmitter,
  event: string,
): ((...values: unknown[]) => void) | undefined {
  if (emitter.emit !== EventEmitter.prototype.emit) return undefined;
  const { _events } = emitter as unknown as { _events?: Record<string, unknown> };
  const listener = _events?.[event];
  return typeof listener === "function" ? (listener as () => void) : undefined;
}

type AnyClass = abstract new (...parameters: never[]) => object;

/**
 * @param Class Its constructor takes the object to construct onto as parameter number `selfIndex`;
 *   without one, a call makes a new object.
 * @returns The class, which can be called as well.
 */
export function callable<Class extends AnyClass>(Class: Class, selfIndex?: number): Class {
  return new Proxy(Class, {
    apply(target, self: unknown, given: unknown[]): object | undefined {
      if (selfIndex === undefined || !(self instanceof target)) {
        return Reflect.construct(target, given) as object;
      }
      const parameters = given.slice(0, selfIndex);
      while (parameters.length < selfIndex) parameters.push(undefined);
      Reflect.construct(target, [...parameters, self]);
      return undefined;
    },
  });
}
