/** The old interface of `node:url`: `parse` and `format`. */
import { parseQueryString } from "./query-string.ts";

/** What `url.parse` gives. */
export class Url {
  protocol: string | null = null;
  slashes: boolean | null = null;
  auth: string | null = null;
  host: string | null = null;
  port: string | null = null;
  hostname: string | null = null;
  hash: string | null = null;
  search: string | null = null;
  query: string | Record<string, string | string[]> | null = null;
  pathname: string | null = null;
  path: string | null = null;
  href = "";
}

const WITH_SLASHES = /^(?:https?|ftp|gopher|file|wss?):$/;

/** @param parsesQuery Makes an object of the query. */
export function parseLegacy(text: string, parsesQuery = false): Url {
  const url = new Url();
  let rest = text.trim();
  const hash = rest.indexOf("#");
  if (hash >= 0) {
    url.hash = rest.slice(hash);
    rest = rest.slice(0, hash);
  }
  const mark = rest.indexOf("?");
  if (mark >= 0) {
    url.search = rest.slice(mark);
    url.query = rest.slice(mark + 1);
    rest = rest.slice(0, mark);
  }
  url.protocol = /^([a-z\d.+-]+:)/i.exec(rest)?.[1]?.toLowerCase() ?? null;
  if (url.protocol !== null) {
    rest = rest.slice(url.protocol.length);
    if (rest.startsWith("//")) url.slashes = true;
    if (url.slashes || !rest.startsWith("/")) rest = parsePlace(url, rest);
  }
  const path = rest.replace(/[\s"'<>\\^`{|}]/g, (character) => encodeURIComponent(character));
  if (path !== "") url.pathname = path;
  else if (url.protocol !== null && WITH_SLASHES.test(url.protocol) && url.hostname) {
    url.pathname = "/";
  }
  if (url.pathname !== null || url.search !== null) {
    url.path = (url.pathname ?? "") + (url.search ?? "");
  }
  if (parsesQuery) {
    url.query = parseQueryString(typeof url.query === "string" ? url.query : "");
    url.search ??= "";
  }
  url.href = formatLegacy(url);
  return url;
}

function parsePlace(url: Url, text: string): string {
  const rest = url.slashes ? text.slice(2) : text;
  const slash = rest.indexOf("/");
  const place = slash < 0 ? rest : rest.slice(0, slash);
  const at = place.lastIndexOf("@");
  if (at >= 0) url.auth = decodeURIComponent(place.slice(0, at));
  const host = place.slice(at + 1).toLowerCase();
  url.port = /:(\d+)$/.exec(host)?.[1] ?? null;
  url.hostname = url.port === null ? host : host.slice(0, -url.port.length - 1);
  url.host = host;
  return slash < 0 ? "" : rest.slice(slash);
}

/** A URL as text, of what `parse` gave or of an object like it. */
export function formatLegacy(url: Partial<Url> | string): string {
  if (typeof url === "string") return parseLegacy(url).href;
  const { protocol, auth, host, hostname, port, pathname, hash, search } = url;
  const scheme = protocol ? (protocol.endsWith(":") ? protocol : `${protocol}:`) : "";
  const user = auth ? `${encodeURIComponent(auth).replace(/%3A/i, ":")}@` : "";
  const place = host ?? (hostname ? hostname + (port ? `:${port}` : "") : undefined);
  const hasSlashes = url.slashes || (WITH_SLASHES.test(scheme) && place !== undefined);
  const path = (pathname ?? "").replaceAll("?", "%3F").replaceAll("#", "%23");
  const begin = scheme + (hasSlashes ? "//" : "") + (place === undefined ? "" : user + place);
  const query = search ?? "";
  return begin + path + query.replaceAll("#", "%23") + (hash ?? "");
}
