/** Rules about single fields: what may be sent, and how repeated ones are read. */
import {
  classifyFieldValue,
  commonFieldName,
  isToken,
  lowerCaseFieldName,
} from "../../../components/http/mod.ts";
import { invalidCharacter, invalidHeaderValue, invalidToken } from "./errors.ts";

/** What applications give as a field's value. */
export type OutgoingHttpHeader = number | string | readonly string[];

/** Fields to send; a list is sent as one field for each element. */
export type OutgoingHttpHeaders = Record<string, OutgoingHttpHeader | undefined>;

/** Received fields by name in lower case; `mergeField` says how repeated ones are joined. */
export type IncomingHttpHeaders = Record<string, string | string[] | undefined>;

/**
 * Throws unless `name` may be sent as a field's name.
 *
 * @throws ERR_INVALID_HTTP_TOKEN
 */
export function validateHeaderName(name: string, label = "Header name"): void {
  if (commonFieldName(name) !== undefined) return;
  if (typeof name !== "string" || !isToken(name)) throw invalidToken(label, name);
}

/**
 * Throws unless `value` may be sent as the value of the field `name`.
 *
 * @throws ERR_HTTP_INVALID_HEADER_VALUE for undefined, ERR_INVALID_CHAR for control characters and
 *   characters beyond ISO 8859-1.
 */
export function validateHeaderValue(name: string, value: unknown): void {
  if (value === undefined) throw invalidHeaderValue(value, name);
  const values = Array.isArray(value) ? value : [value];
  for (const item of values) {
    if (classifyFieldValue(String(item)) === "invalid") {
      throw invalidCharacter("header content", name);
    }
  }
}

/** Fields of which a second one is dropped, because a list of their values has no meaning. */
const SINGLE: ReadonlySet<string> = new Set(
  (
    "age authorization content-length content-type etag expires from host if-modified-since " +
    "if-unmodified-since last-modified location max-forwards proxy-authorization referer " +
    "retry-after server user-agent"
  ).split(" "),
);

/**
 * Adds one received field to `headers` in the manner of Node: Set-Cookie becomes a list, Cookie is
 * joined by "; ", the fields of `SINGLE` keep their first value, and others are joined by ", ".
 *
 * @param joinsAll Joins the fields of `SINGLE` too (the option `joinDuplicateHeaders`).
 */
export function mergeField(
  headers: IncomingHttpHeaders,
  rawName: string,
  value: string,
  joinsAll: boolean,
): void {
  const name = lowerCaseFieldName(rawName);
  const before = headers[name];
  if (name === "set-cookie") {
    if (before === undefined) headers[name] = [value];
    else (before as string[]).push(value);
  } else if (before === undefined) {
    headers[name] = value;
  } else if (name === "cookie") {
    headers[name] = `${before as string}; ${value}`;
  } else if (joinsAll || !SINGLE.has(name)) {
    headers[name] = `${before as string}, ${value}`;
  }
}

/** @returns Each field's values as a list, by name in lower case. */
export function distinctFields(rawHeaders: readonly string[]): Record<string, string[]> {
  const headers = Object.create(null) as Record<string, string[]>;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    (headers[lowerCaseFieldName(rawHeaders[index]!)] ??= []).push(rawHeaders[index + 1]!);
  }
  return headers;
}

/** @returns The fields merged by `mergeField`. */
export function mergedFields(
  rawHeaders: readonly string[],
  joinsAll: boolean,
): IncomingHttpHeaders {
  const headers: IncomingHttpHeaders = {};
  for (let index = 0; index < rawHeaders.length; index += 2) {
    mergeField(headers, rawHeaders[index]!, rawHeaders[index + 1]!, joinsAll);
  }
  return headers;
}
