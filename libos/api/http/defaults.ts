/**
 * Sets what the fields of a class's instances hold until they are written, on its prototype.
 *
 * A message has forty fields, of which an exchange writes a dozen. A field of the instance's own
 * costs an interpreter a thousand instructions whenever one is made; declared, and set here, it
 * costs them when it is first written. Values are shared: no arrays, no objects.
 */
export function setDefaults<Instance extends object>(
  prototype: Instance,
  values: { readonly [Name in keyof Instance]?: Instance[Name] & (Primitive | undefined) },
): void {
  Object.assign(prototype, values);
}

type Primitive = string | number | boolean | null;
