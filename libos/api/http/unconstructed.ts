/**
 * A subclass whose constructor does nothing: what `Base`'s would set up is set up later, or never.
 *
 * @param Base A class of the old kind: a function, which can be called on an object that is there.
 * @param properties Of its prototype.
 */
export function unconstructed<Base extends new (...parameters: never[]) => object>(
  Base: Base,
  properties: PropertyDescriptorMap = {},
): Base {
  function construct(): void {}
  Object.setPrototypeOf(construct, Base);
  construct.prototype = Object.create(Base.prototype as object, {
    constructor: { value: construct, writable: true, configurable: true },
    ...properties,
  });
  return construct as unknown as Base;
}
