/** `node:querystring` in an image. */
import {
  escapeQuery,
  formatQueryString,
  parseQueryString,
  unescapeQuery,
} from "./url/query-string.ts";

export const parse: typeof parseQueryString = parseQueryString;
export const decode: typeof parseQueryString = parseQueryString;
export const stringify: typeof formatQueryString = formatQueryString;
export const encode: typeof formatQueryString = formatQueryString;
export const escape: typeof escapeQuery = escapeQuery;
export const unescape: typeof unescapeQuery = unescapeQuery;

/** The module itself. */
const querystring: Readonly<Record<string, unknown>> = {
  parse,
  decode,
  stringify,
  encode,
  escape,
  unescape,
};
export default querystring;
