/** What an engine offers by itself, so that a replay in another one can leave out the rest. */

/** Names of own properties, by the path of their object: "Array.prototype" has "at", "concat" … */
export type Builtins = Readonly<Record<string, readonly string[]>>;

/**
 * Lists the globals and what they hold, down to their prototypes. Called before anything was added.
 *
 * @param root The global object.
 */
export function describeBuiltins(root: object = globalThis): Builtins {
  const found: Record<string, readonly string[]> = { "": Object.getOwnPropertyNames(root) };
  for (const name of found[""]!) {
    const value = valueOf(root, name);
    if (value === undefined || value === root) continue;
    found[name] = Object.getOwnPropertyNames(value);
    const prototype = valueOf(value, "prototype");
    if (prototype !== undefined) found[`${name}.prototype`] = Object.getOwnPropertyNames(prototype);
  }
  return found;
}

/** The object or function behind a property; getters are not called. */
export function valueOf(owner: object, name: string): object | undefined {
  const value: unknown = Object.getOwnPropertyDescriptor(owner, name)?.value;
  return typeof value === "function" || (typeof value === "object" && value !== null)
    ? value
    : undefined;
}
