/** `node:querystring`. */

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

/** @returns Values by their names; a list where a name comes again. */
export function parseQueryString(
  text: string,
  separator = "&",
  equals = "=",
  options: { readonly maxKeys?: number } = {},
): Record<string, string | string[]> {
  const result = Object.create(null) as Record<string, string | string[]>;
  const { maxKeys = 1000 } = options;
  const parts = text.split(separator).filter((part) => part !== "");
  for (const part of maxKeys > 0 ? parts.slice(0, maxKeys) : parts) {
    const at = part.indexOf(equals);
    const name = decode(at < 0 ? part : part.slice(0, at));
    const value = at < 0 ? "" : decode(part.slice(at + equals.length));
    const before = result[name];
    if (before === undefined) result[name] = value;
    else if (Array.isArray(before)) before.push(value);
    else result[name] = [before, value];
  }
  return result;
}

function encode(value: unknown): string {
  const isShown = ["string", "number", "bigint", "boolean"].includes(typeof value);
  return isShown ? encodeURIComponent(String(value)) : "";
}

/** @returns `a=1&b=2&b=3`. */
export function formatQueryString(values: unknown, separator = "&", equals = "="): string {
  if (typeof values !== "object" || values === null) return "";
  return Object.entries(values)
    .flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value]).map(
        (item) => `${encode(name)}${equals}${encode(item)}`,
      ),
    )
    .join(separator);
}
