/** `node:querystring` in an image. */
import { formatQueryString, parseQueryString } from "./url/query-string.ts";

export const parse: typeof parseQueryString = parseQueryString;
export const decode: typeof parseQueryString = parseQueryString;
export const stringify: typeof formatQueryString = formatQueryString;
export const encode: typeof formatQueryString = formatQueryString;
export const escape: (text: string) => string = encodeURIComponent;
export const unescape: (text: string) => string = decodeURIComponent;

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
