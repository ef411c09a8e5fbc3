/** How values look on the console: as in Node for what is common, simpler for the rest. */

const DEPTH_MAX = 2;
const ITEMS_MAX = 100;
const LINE_WIDTH = 72;

/** Formats as `console.log` does: `%s %d %i %f %j %o %O %%` in a first text, then the rest. */
export function format(values: readonly unknown[]): string {
  const [text] = values;
  let used = 0;
  const parts: string[] = [];
  if (typeof text === "string") {
    // Also with a percent sign: there is nothing to put in its place.
    if (values.length === 1) return text;
    used = 1;
    parts.push(
      text.replace(/%[sdifjoOc%]/g, (place) => {
        if (place === "%%") return "%";
        return used < values.length ? formatOne(place, values[used++]) : place;
      }),
    );
  }
  for (const value of values.slice(used)) {
    parts.push(typeof value === "string" ? value : inspect(value));
  }
  return parts.join(" ");
}

function formatOne(place: string, value: unknown): string {
  if (place === "%s") return typeof value === "string" ? value : inspect(value);
  if (place === "%d") return typeof value === "bigint" ? `${value}n` : String(Number(value));
  if (place === "%i") return String(Number.parseInt(String(value), 10));
  if (place === "%f") return String(Number.parseFloat(String(value)));
  if (place === "%c") return "";
  return place === "%j" ? String(JSON.stringify(value)) : inspect(value);
}

/** @returns A value as text, two levels deep. */
export function inspect(value: unknown): string {
  return show(value, 0, []);
}

function show(value: unknown, depth: number, path: readonly object[]): string {
  if (typeof value === "string")
    return `'${value.replace(/[\\']/g, "\\$&").replace(/\n/g, "\\n")}'`;
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") {
    const kind = /^class\b/.test(Function.prototype.toString.call(value)) ? "class" : "Function";
    if (kind === "class") return `[class ${value.name || "(anonymous)"}]`;
    return value.name === "" ? "[Function (anonymous)]" : `[Function: ${value.name}]`;
  }
  if (typeof value !== "object" || value === null) {
    return Object.is(value, -0) ? "-0" : String(value);
  }
  return showObject(value, depth, path);
}

function showObject(value: object, depth: number, path: readonly object[]): string {
  if (path.includes(value)) return "[Circular *1]";
  if (value instanceof Error) return showError(value);
  if (value instanceof Date) return Number.isNaN(+value) ? "Invalid Date" : value.toISOString();
  if (value instanceof RegExp) return String(value);
  const name = nameOf(value);
  if (depth > DEPTH_MAX) return Array.isArray(value) ? "[Array]" : `[${name || "Object"}]`;
  const inner = [...path, value];
  const one = (item: unknown): string => show(item, depth + 1, inner);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const items = [...(value as Uint8Array)].slice(0, ITEMS_MAX).map(String);
    return wrap(`${name}(${(value as Uint8Array).length}) [`, items, "]");
  }
  if (Array.isArray(value)) {
    const items = value.slice(0, ITEMS_MAX).map(one);
    if (value.length > ITEMS_MAX) items.push(`... ${value.length - ITEMS_MAX} more items`);
    return wrap("[", items, "]");
  }
  if (value instanceof Map) {
    const items = [...value]
      .slice(0, ITEMS_MAX)
      .map(([key, item]) => `${one(key)} => ${one(item)}`);
    return wrap(`Map(${value.size}) {`, items, "}");
  }
  if (value instanceof Set) {
    return wrap(`Set(${value.size}) {`, [...value].slice(0, ITEMS_MAX).map(one), "}");
  }
  if (value instanceof Promise) return "Promise {}";
  const items = Object.keys(value).map(
    (key) => `${showKey(key)}: ${showProperty(value, key, one)}`,
  );
  return wrap(name === "Object" ? "{" : `${name || "[Object: null prototype]"} {`, items, "}");
}

function showKey(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : `'${key}'`;
}

/** Getters are not called: to look at a value changes nothing. */
function showProperty(value: object, key: string, one: (item: unknown) => string): string {
  const property = Object.getOwnPropertyDescriptor(value, key);
  if (property?.get !== undefined) return property.set ? "[Getter/Setter]" : "[Getter]";
  return one(property?.value);
}

function showError(error: Error): string {
  const head = `${error.name}: ${error.message}`;
  const stack = typeof error.stack === "string" ? error.stack.trimEnd() : "";
  // It begins with the message, where nobody gave the error another one.
  const text = stack.startsWith(error.name) || stack === "" ? stack || head : `${head}\n${stack}`;
  const extra = Object.entries(error).filter(([, value]) => typeof value !== "object");
  if (extra.length === 0) return text;
  return `${text} {\n${extra.map(([key, value]) => `  ${key}: ${show(value, 1, [])}`).join(",\n")}\n}`;
}

function nameOf(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null) return "";
  const { constructor } = value;
  return typeof constructor === "function" ? constructor.name : "Object";
}

function wrap(open: string, items: readonly string[], close: string): string {
  if (items.length === 0) return open + close;
  const line = `${open} ${items.join(", ")} ${close}`;
  if (line.length <= LINE_WIDTH && !line.includes("\n")) return line;
  return `${open}\n  ${items.join(",\n").replace(/\n/g, "\n  ")}\n${close}`;
}
