/**
 * Node's `http` is made of functions, and programs rely on it: `http.Server()` without `new`, and
 * `http.ServerResponse.call(this, request)` in constructors of the old kind. Ours are classes; this
 * is what makes them callable.
 */
import { EventEmitter } from "events";
import { unconstructed } from "./unconstructed.ts";

/**
 * An `EventEmitter` whose list of listeners is made with the first of them: what its constructor
 * would set, its prototype says as well, and most messages are sent without anybody listening.
 */
const LazyEmitter: typeof EventEmitter = unconstructed(EventEmitter);

/** The root of what can be constructed onto an object that is there already. */
export class EmitterBase extends LazyEmitter {
  /** @param self The object to construct onto; its prototype chain holds the class already. */
  constructor(self?: unknown) {
    super();
    if (self instanceof EmitterBase) return self as this;
  }
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
