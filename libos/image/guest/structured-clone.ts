/** The global `structuredClone` (HTML, 2.7.10), for what the engine has. */

const TYPED = Object.getPrototypeOf(Uint8Array) as new (buffer: ArrayBuffer) => Uint8Array;

function refuse(value: unknown): never {
  const text = typeof value === "object" ? Object.prototype.toString.call(value) : String(value);
  throw new DOMException(`${text} could not be cloned.`, "DataCloneError");
}

/**
 * Copies a value with all that it holds, cycles too.
 *
 * @param transfer Buffers that move into the copy and are empty afterwards.
 * @throws DOMException, a DataCloneError, for functions, symbols and what has no copy.
 */
export function structuredClone<Value>(
  value: Value,
  { transfer = [] }: { readonly transfer?: readonly ArrayBuffer[] } = {},
): Value {
  return clone(value, new Map(), new Set(transfer)) as Value;
}

type Copies = Map<object, object>;
type Moved = ReadonlySet<object>;

function clone(value: unknown, copies: Copies, moved: Moved): unknown {
  if (typeof value === "function" || typeof value === "symbol") refuse(value);
  if (typeof value !== "object" || value === null) return value;
  const known = copies.get(value);
  if (known !== undefined) return known;
  const copy = cloneShell(value, copies, moved);
  copies.set(value, copy);
  fill(value, copy, (inner) => clone(inner, copies, moved));
  return copy;
}

/** The copy, without what it holds. */
function cloneShell(value: object, copies: Copies, moved: Moved): object {
  if (Array.isArray(value)) return new Array(value.length);
  if (value instanceof Date) return new Date(+value);
  if (value instanceof RegExp) return new RegExp(value.source, value.flags);
  if (value instanceof Map) return new Map();
  if (value instanceof Set) return new Set();
  if (value instanceof Error) return cloneError(value);
  if (value instanceof ArrayBuffer) return moved.has(value) ? value.transfer() : value.slice(0);
  if (value instanceof TYPED || value instanceof DataView) {
    const { buffer, byteOffset } = value;
    const Class = classOf(value);
    const length = value instanceof DataView ? value.byteLength : value.length;
    return new Class(clone(buffer, copies, moved) as ArrayBuffer, byteOffset, length);
  }
  const tag = Object.prototype.toString.call(value);
  if (/^\[object (?:Number|String|Boolean|BigInt)\]$/.test(tag)) return Object(value.valueOf());
  if (/^\[object (?:Symbol|Promise|WeakMap|WeakSet|WeakRef|Generator)\]$/.test(tag)) refuse(value);
  return {};
}

type ViewClass = new (buffer: ArrayBuffer, offset: number, length: number) => object;

/** The class of the language: what inherits from it loses its own, as in Node. */
function classOf(view: Uint8Array | DataView): ViewClass {
  const name = view instanceof DataView ? "DataView" : (view[Symbol.toStringTag] as string);
  return Reflect.get(globalThis, name) as ViewClass;
}

const ERRORS = { EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

function cloneError(error: Error): Error {
  const Class = ERRORS[error.name as keyof typeof ERRORS] ?? Error;
  const copy = new Class(error.message);
  const { stack } = error;
  Object.defineProperty(copy, "stack", { value: stack, writable: true, configurable: true });
  return copy;
}

function fill(value: object, copy: object, inner: (value: unknown) => unknown): void {
  if (value instanceof Map) {
    for (const [key, item] of value) (copy as Map<unknown, unknown>).set(inner(key), inner(item));
  } else if (value instanceof Set) {
    for (const item of value) (copy as Set<unknown>).add(inner(item));
  } else if (value instanceof Error) {
    if (Object.hasOwn(value, "cause")) {
      const cause = { value: inner(value.cause), writable: true, configurable: true };
      Object.defineProperty(copy, "cause", cause);
    }
  } else if (Array.isArray(value) || Object.getPrototypeOf(copy) === Object.prototype) {
    for (const key of Object.keys(value)) Reflect.set(copy, key, inner(Reflect.get(value, key)));
  }
}
