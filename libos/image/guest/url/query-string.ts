/** `node:querystring`. */

/** What `parse` takes beside the text. */
export interface ParseOptions {
  /** So many pairs are read; 0: all. Default 1000. */
  readonly maxKeys?: number;
  readonly decodeURIComponent?: (text: string) => string;
}

/** What `stringify` takes beside the values. */
export interface FormatOptions {
  readonly encodeURIComponent?: (text: string) => string;
}

/** A character in percent-encoding, as far as one can tell without decoding it, or a byte. */
const ENCODED = /%[0-7][\da-f]|%[c-f][\da-f](?:%[89ab][\da-f])+|%[\da-f]{2}/gi;

/** Decodes `%XX`, and never throws: what is no UTF-8 becomes U+FFFD, and other "%" stay. */
export function unescapeQuery(text: unknown): string {
  const whole = String(text);
  try {
    return decodeURIComponent(whole);
  } catch {
    return whole.replace(ENCODED, (part) => {
      try {
        return decodeURIComponent(part);
      } catch {
        return "\ufffd";
      }
    });
  }
}

/** Encodes as `encodeURIComponent` does, for values of any type. */
export function escapeQuery(value: unknown): string {
  return encodeURIComponent(String(value));
}

/**
 * Reads `a=1&b=2&b=3`.
 *
 * @param text What is no text has no pairs.
 * @returns Values by their names; a list where a name comes again.
 */
export function parseQueryString(
  text?: unknown,
  separator?: string | null,
  equals?: string | null,
  options?: ParseOptions | null,
): Record<string, string | string[]> {
  const result = Object.create(null) as Record<string, string | string[]>;
  if (typeof text !== "string") return result;
  const maxKeys = typeof options?.maxKeys === "number" ? options.maxKeys : 1000;
  const own = options?.decodeURIComponent;
  const decode = (part: string): string => {
    const spaced = part.replaceAll("+", " ");
    if (typeof own !== "function") return unescapeQuery(spaced);
    try {
      return own(part.replaceAll("+", "%20"));
    } catch {
      return unescapeQuery(spaced);
    }
  };
  const sign = equals || "=";
  const parts = text.split(separator || "&").filter((part) => part !== "");
  for (const part of maxKeys > 0 ? parts.slice(0, maxKeys) : parts) {
    const at = part.indexOf(sign);
    const name = decode(at < 0 ? part : part.slice(0, at));
    const value = at < 0 ? "" : decode(part.slice(at + sign.length));
    const before = result[name];
    if (before === undefined) result[name] = value;
    else if (Array.isArray(before)) before.push(value);
    else result[name] = [before, value];
  }
  return result;
}

/** @returns `a=1&b=2&b=3`; "" of what is no object. */
export function formatQueryString(
  values?: unknown,
  separator?: string | null,
  equals?: string | null,
  options?: FormatOptions | null,
): string {
  if (typeof values !== "object" || values === null) return "";
  const own = options?.encodeURIComponent;
  const encodeText = typeof own === "function" ? own : escapeQuery;
  const encode = (value: unknown): string => {
    const isShown =
      typeof value === "string" || typeof value === "bigint" || typeof value === "boolean";
    return isShown || Number.isFinite(value) ? encodeText(String(value)) : "";
  };
  return Object.entries(values)
    .flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value]).map(
        (item) => `${encode(name)}${equals || "="}${encode(item)}`,
      ),
    )
    .join(separator || "&");
}
