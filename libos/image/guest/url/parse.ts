/** Texts to the parts of URLs (WHATWG URL, 4.4), without drive letters of Windows. */
import { percentEncode, SETS } from "./encode.ts";
import { parseHost } from "./host.ts";

export interface UrlParts {
  /** Without its colon. */
  scheme: string;
  username: string;
  password: string;
  /** Undefined: none, as in `mailto:a@b.c`; "": an empty one, as in `file:///a`. */
  host: string | undefined;
  /** "" for the scheme's own. */
  port: string;
  /** A text: opaque, without slashes. */
  path: string[] | string;
  query: string | undefined;
  fragment: string | undefined;
}

/** Schemes that have a host, and their ports. */
export const SPECIAL: Readonly<Record<string, string>> = {
  http: "80",
  https: "443",
  ws: "80",
  wss: "443",
  ftp: "21",
  file: "",
};

export function isSpecial(scheme: string): boolean {
  return Object.hasOwn(SPECIAL, scheme);
}

/** @returns Undefined where it is no URL. */
export function parseUrl(text: string, base?: UrlParts): UrlParts | undefined {
  // oxlint-disable-next-line no-control-regex
  let rest = text.replace(/^[\0- ]+|[\0- ]+$/g, "").replace(/[\t\n\r]/g, "");
  const scheme = /^([a-z][a-z\d+.-]*):/i.exec(rest)?.[1]?.toLowerCase();
  if (scheme === undefined && base === undefined) return undefined;
  let fragment: string | undefined;
  const hash = rest.indexOf("#");
  if (hash >= 0) {
    fragment = percentEncode(rest.slice(hash + 1), SETS.fragment);
    rest = rest.slice(0, hash);
  }
  if (scheme !== undefined) {
    rest = rest.slice(scheme.length + 1);
    const isRelative =
      base?.scheme === scheme && isSpecial(scheme) && scheme !== "file" && !/^[\\/]/.test(rest);
    const isFileRelative = base?.scheme === "file" && scheme === "file";
    if (!isRelative && !isFileRelative) return parseAbsolute(scheme, rest, fragment);
  }
  return parseRelative(rest, base!, fragment);
}

function parseQuery(
  rest: string,
  scheme: string,
): { readonly before: string; readonly query: string | undefined } {
  const mark = rest.indexOf("?");
  if (mark < 0) return { before: rest, query: undefined };
  const set = isSpecial(scheme) ? SETS.specialQuery : SETS.query;
  return { before: rest.slice(0, mark), query: percentEncode(rest.slice(mark + 1), set) };
}

const NOTHING = { username: "", password: "", host: undefined, port: "" } as const;

function parseAbsolute(
  scheme: string,
  text: string,
  fragment: string | undefined,
): UrlParts | undefined {
  const { before, query } = parseQuery(text, scheme);
  const special = isSpecial(scheme);
  const rest = special ? before.replaceAll("\\", "/") : before;
  const end = { scheme, query, fragment };
  if (special || rest.startsWith("//")) {
    const slashes = special && scheme !== "file" ? /^\/*/ : /^(?:\/\/)?/;
    const authority = rest.replace(slashes, "");
    if (scheme === "file" && !rest.startsWith("//")) {
      return { ...NOTHING, ...end, host: "", path: resolvePath(rest, [], scheme) };
    }
    return parseAuthority(authority, end);
  }
  if (rest.startsWith("/")) return { ...NOTHING, ...end, path: resolvePath(rest, [], scheme) };
  return { ...NOTHING, ...end, path: percentEncode(rest, SETS.opaque) };
}

type End = Pick<UrlParts, "scheme" | "query" | "fragment">;

function parseAuthority(rest: string, end: End): UrlParts | undefined {
  const slash = rest.indexOf("/");
  const [authority, path] = slash < 0 ? [rest, ""] : [rest.slice(0, slash), rest.slice(slash)];
  const at = authority.lastIndexOf("@");
  const [name = "", ...words] = at < 0 ? [] : authority.slice(0, at).split(":");
  const place = authority.slice(at + 1);
  const found = /^(?<host>\[[^\]]*\]|[^:]*)(?::(?<port>\d*))?$/.exec(place)?.groups;
  if (found === undefined) return undefined;
  const special = isSpecial(end.scheme);
  const { host: hostText = "", port: portText = "" } = found;
  if (hostText === "" && ((special && end.scheme !== "file") || at >= 0 || portText !== "")) {
    return undefined;
  }
  let host = hostText === "" ? "" : parseHost(hostText, special);
  if (host === undefined || Number(portText) > 65_535) return undefined;
  if (end.scheme === "file") {
    if (host === "localhost") host = "";
    if (at >= 0 || portText !== "") return undefined;
  }
  const port = portText === "" ? "" : String(Number(portText));
  return {
    ...end,
    username: percentEncode(name, SETS.userinfo),
    password: percentEncode(words.join(":"), SETS.userinfo),
    host,
    port: port === SPECIAL[end.scheme] ? "" : port,
    path: path === "" && !special ? [] : resolvePath(path, [], end.scheme),
  };
}

function parseRelative(
  text: string,
  base: UrlParts,
  fragment: string | undefined,
): UrlParts | undefined {
  const { scheme } = base;
  if (typeof base.path === "string") {
    return text === "" && fragment !== undefined ? { ...base, fragment } : undefined;
  }
  const { before, query } = parseQuery(text, scheme);
  const rest = isSpecial(scheme) ? before.replaceAll("\\", "/") : before;
  if (rest.startsWith("//")) {
    const slashes = isSpecial(scheme) && scheme !== "file" ? /^\/*/ : /^\/\//;
    return parseAuthority(rest.replace(slashes, ""), { scheme, query, fragment });
  }
  if (rest === "") return { ...base, query: query ?? base.query, fragment };
  const from = rest.startsWith("/") ? [] : base.path.slice(0, -1);
  return { ...base, path: resolvePath(rest, from, scheme), query, fragment };
}

const DOT = /^(?:\.|%2e)$/i;
const DOTS = /^(?:\.|%2e){2}$/i;

/** @returns The segments behind each slash, without `.` and `..`. */
export function resolvePath(text: string, from: readonly string[], scheme: string): string[] {
  const path = [...from];
  const segments = (isSpecial(scheme) ? text.replaceAll("\\", "/") : text)
    .replace(/^\//, "")
    .split("/");
  for (const [index, segment] of segments.entries()) {
    const isLast = index === segments.length - 1;
    if (DOTS.test(segment)) path.pop();
    if (DOT.test(segment) || DOTS.test(segment)) {
      if (isLast) path.push("");
    } else path.push(percentEncode(segment, SETS.path));
  }
  return path;
}

/** @returns The path as text. */
export function formatPath({ path }: UrlParts): string {
  return typeof path === "string" ? path : path.map((segment) => `/${segment}`).join("");
}

/** @returns The URL as text. */
export function formatUrl(parts: UrlParts): string {
  const { scheme, username, password, host, port, path, query, fragment } = parts;
  let text = `${scheme}:`;
  if (host !== undefined) {
    const word = password === "" ? "" : `:${password}`;
    const user = username === "" && word === "" ? "" : `${username}${word}@`;
    text += `//${user}${host}${port === "" ? "" : `:${port}`}`;
  } else if (typeof path !== "string" && path.length > 1 && path[0] === "") text += "/.";
  text += formatPath(parts);
  if (query !== undefined) text += `?${query}`;
  return fragment === undefined ? text : `${text}#${fragment}`;
}
