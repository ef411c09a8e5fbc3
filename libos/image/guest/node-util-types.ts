/** `node:util/types` in an image: what a value is, whatever its prototype was made to say. */

type Test = (value: unknown) => boolean;

const tagOf = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1);
const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** Whether a getter that only such objects have takes the value. */
function taking(owner: object, name: PropertyKey): Test {
  const getter = Object.getOwnPropertyDescriptor(owner, name)?.get;
  return (value) => {
    try {
      getter!.call(value);
      return isObject(value);
    } catch {
      return false;
    }
  };
}

const TYPED = Object.getPrototypeOf(Uint8Array.prototype) as object;
const tagGetter = Object.getOwnPropertyDescriptor(TYPED, Symbol.toStringTag)!.get!;
const typed =
  (name: string): Test =>
  (value) =>
    tagGetter.call(value) === name;
const tagged =
  (name: string): Test =>
  (value) =>
    isObject(value) && tagOf(value) === name;
const boxed =
  (name: string): Test =>
  (value) =>
    isObject(value) && typeof value.valueOf() !== "object" && tagOf(value) === name;
const calls =
  (method: (this: never) => unknown): Test =>
  (value) => {
    try {
      method.call(value as never);
      return isObject(value);
    } catch {
      return false;
    }
  };
const called =
  (...names: string[]): Test =>
  (value) =>
    typeof value === "function" && names.includes(tagOf(value));

export const isAnyArrayBuffer: Test = taking(ArrayBuffer.prototype, "byteLength");
export const isArrayBuffer: Test = isAnyArrayBuffer;
export const isArrayBufferView: Test = (value) => ArrayBuffer.isView(value);
export const isArgumentsObject: Test = tagged("Arguments");
export const isAsyncFunction: Test = called("AsyncFunction", "AsyncGeneratorFunction");
export const isBigIntObject: Test = boxed("BigInt");
export const isBooleanObject: Test = boxed("Boolean");
export const isBoxedPrimitive: Test = (value) =>
  ["BigInt", "Boolean", "Number", "String", "Symbol"].some((name) => boxed(name)(value));
export const isDataView: Test = taking(DataView.prototype, "byteLength");
export const isDate: Test = calls(Date.prototype.getTime);
export const isGeneratorFunction: Test = called("GeneratorFunction", "AsyncGeneratorFunction");
export const isGeneratorObject: Test = (value) =>
  tagged("Generator")(value) || tagged("AsyncGenerator")(value);
export const isMap: Test = taking(Map.prototype, "size");
export const isMapIterator: Test = tagged("Map Iterator");
export const isNativeError: Test = (value) => value instanceof Error;
export const isNumberObject: Test = boxed("Number");
export const isPromise: Test = (value) => value instanceof Promise;
/** The language hides proxies. */
export const isProxy: Test = () => false;
export const isRegExp: Test = (value) => value instanceof RegExp;
export const isSet: Test = taking(Set.prototype, "size");
export const isSetIterator: Test = tagged("Set Iterator");
export const isSharedArrayBuffer: Test = () => false;
export const isStringObject: Test = boxed("String");
export const isSymbolObject: Test = boxed("Symbol");
export const isTypedArray: Test = (value) => tagGetter.call(value) !== undefined;
export const isWeakMap: Test = tagged("WeakMap");
export const isWeakSet: Test = tagged("WeakSet");
export const isInt8Array: Test = typed("Int8Array");
export const isUint8Array: Test = typed("Uint8Array");
export const isUint8ClampedArray: Test = typed("Uint8ClampedArray");
export const isInt16Array: Test = typed("Int16Array");
export const isUint16Array: Test = typed("Uint16Array");
export const isInt32Array: Test = typed("Int32Array");
export const isUint32Array: Test = typed("Uint32Array");
export const isFloat32Array: Test = typed("Float32Array");
export const isFloat64Array: Test = typed("Float64Array");
export const isBigInt64Array: Test = typed("BigInt64Array");
export const isBigUint64Array: Test = typed("BigUint64Array");
