/**
 * Values as Node's error messages show them, for the kinds that occur there: primitives, and
 * objects by their constructor's name. Not a general `util.inspect`.
 */

/** @returns A string in the quotes that `util.inspect` would choose, with control characters escaped. */
export function quote(text: string): string {
  let mark = "'";
  if (text.includes("'")) mark = !text.includes('"') ? '"' : text.includes("`") ? "'" : "`";
  let out = mark;
  for (const character of text) {
    const unit = character.charCodeAt(0);
    if (character === mark || character === "\\") out += `\\${character}`;
    else if (unit < 0x20 || (unit >= 0x7f && unit < 0xa0)) out += escapeControl(unit);
    else out += character;
  }
  return out + mark;
}

function escapeControl(unit: number): string {
  const short = { 8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r" }[unit];
  return short ?? `\\x${unit.toString(16).toUpperCase().padStart(2, "0")}`;
}

/** @returns A value as `util.inspect(value)` shows it; objects by constructor and shallow content. */
export function inspectValue(value: unknown, depth = 1): string {
  switch (typeof value) {
    case "string":
      return quote(value);
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    case "bigint":
      return `${value}n`;
    case "function":
      return value.name === "" ? "[Function (anonymous)]" : `[Function: ${value.name}]`;
    case "object":
      return value === null ? "null" : inspectObject(value, depth);
    default:
      return String(value);
  }
}

function inspectObject(value: object, depth: number): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (value instanceof Uint8Array) return inspectBytes(value);
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    return depth < 0
      ? "[Array]"
      : `[ ${value.map((item) => inspectValue(item, depth - 1)).join(", ")} ]`;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  const name =
    prototype === null
      ? "[Object: null prototype] "
      : prototype === Object.prototype
        ? ""
        : `${constructorName(value)} `;
  const keys = Object.keys(value);
  if (keys.length === 0) return `${name}{}`;
  if (depth < 0) return `[${constructorName(value)}]`;
  const fields = keys.map(
    (key) => `${key}: ${inspectValue((value as Record<string, unknown>)[key], depth - 1)}`,
  );
  return `${name}{ ${fields.join(", ")} }`;
}

/** As many bytes as `buffer.INSPECT_MAX_BYTES` allows. */
function inspectBytes(bytes: Uint8Array): string {
  const shown = Array.from(bytes.subarray(0, 50), (byte) => byte.toString(16).padStart(2, "0"));
  const left = bytes.length - shown.length;
  const rest = left > 0 ? ` ... ${left} more byte${left > 1 ? "s" : ""}` : "";
  if (constructorName(bytes) === "Buffer") return `<Buffer ${shown.join(" ")}${rest}>`;
  return `Uint8Array(${bytes.length}) [ ${Array.from(bytes.subarray(0, 50)).join(", ")}${rest} ]`;
}

function constructorName(value: object): string {
  const name: unknown = (value as { constructor?: { name?: unknown } }).constructor?.name;
  return typeof name === "string" && name !== "" ? name : "Object";
}

/**
 * How ERR_INVALID_ARG_TYPE names what it received: "undefined", "type number (5)",
 * "an instance of Map", "function foo".
 */
export function describeReceived(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "function") return `function ${value.name}`;
  if (typeof value === "object") {
    const named = (value as { constructor?: { name?: unknown } }).constructor?.name;
    if (typeof named === "string" && named !== "") return `an instance of ${named}`;
    return inspectValue(value, -1);
  }
  if (typeof value === "string") {
    const text = value.length > 28 ? `${value.slice(0, 25)}...` : value;
    return `type string (${text.includes("'") ? JSON.stringify(text) : `'${text}'`})`;
  }
  return `type ${typeof value} (${inspectValue(value)})`;
}

/** @returns A number with `_` between groups of three digits, as ERR_OUT_OF_RANGE shows large ones. */
export function groupDigits(digits: string): string {
  const sign = digits.startsWith("-") ? "-" : "";
  return sign + digits.slice(sign.length).replace(/\B(?=(\d{3})+$)/g, "_");
}
