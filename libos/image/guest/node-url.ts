/** `node:url` in an image. */
import { formatLegacy, parseLegacy, Url } from "./url/legacy.ts";
import { URLSearchParams } from "./url/search-params.ts";
import { URL } from "./url/url.ts";

export { URL, URLSearchParams, Url };
export const parse: typeof parseLegacy = parseLegacy;

export function format(url: Parameters<typeof formatLegacy>[0] | URL): string {
  return url instanceof URL ? url.href : formatLegacy(url);
}

/** As a browser follows a link. */
export function resolve(from: string, to: string): string {
  const base = new URL(from, "resolve://");
  const found = new URL(to, base.href);
  return found.protocol === "resolve:" ? found.pathname + found.search + found.hash : found.href;
}

/** @throws TypeError with code ERR_INVALID_URL_SCHEME. */
export function fileURLToPath(url: URL | string): string {
  const { protocol, pathname } = typeof url === "string" ? new URL(url) : url;
  if (protocol === "file:") return decodeURIComponent(pathname);
  throw Object.assign(new TypeError("The URL must be of scheme file"), {
    code: "ERR_INVALID_URL_SCHEME",
  });
}

export function pathToFileURL(path: string): URL {
  const absolute = path.startsWith("/") ? path : `/${path}`;
  const encoded = absolute.replace(/[%\\\n\r\t?#]/g, (character) => encodeURIComponent(character));
  return new URL(`file://${encoded}`);
}

/** The module itself. */
const url: Readonly<Record<string, unknown>> = {
  URL,
  URLSearchParams,
  Url,
  parse,
  format,
  resolve,
  fileURLToPath,
  pathToFileURL,
};
export default url;
