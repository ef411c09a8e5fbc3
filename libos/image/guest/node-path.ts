/** `node:path` in an image: POSIX paths, where the working folder is always `/`. */

export const sep = "/";
export const delimiter = ":";

export interface ParsedPath {
  readonly root: string;
  readonly dir: string;
  readonly base: string;
  readonly ext: string;
  readonly name: string;
}

export function isAbsolute(path: string): boolean {
  return path.startsWith("/");
}

/** The parts of a path without empty ones, `.` and what `..` takes back. */
function walk(path: string, isFromRoot: boolean): string[] {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else if (!isFromRoot) parts.push("..");
  }
  return parts;
}

export function normalize(path: string): string {
  const root = isAbsolute(path) ? "/" : "";
  const parts = walk(path, root !== "");
  const end = path.endsWith("/") ? "/" : "";
  if (parts.length === 0) return root || `.${end}`;
  return root + parts.join("/") + end;
}

export function join(...paths: string[]): string {
  return normalize(paths.filter((path) => path !== "").join("/"));
}

export function resolve(...paths: string[]): string {
  const start = paths.findLastIndex((path) => isAbsolute(path));
  return `/${walk(paths.slice(Math.max(start, 0)).join("/"), true).join("/")}`;
}

export function relative(from: string, to: string): string {
  const [source, target] = [walk(resolve(from), true), walk(resolve(to), true)];
  let same = 0;
  while (same < source.length && source[same] === target[same]) same++;
  return [...source.slice(same).map(() => ".."), ...target.slice(same)].join("/");
}

export function dirname(path: string): string {
  const trimmed = path.replace(/(?<=.)\/+$/, "");
  const slash = trimmed.lastIndexOf("/");
  if (slash < 0) return ".";
  return trimmed.slice(0, slash).replace(/(?<=.)\/+$/, "") || "/";
}

export function basename(path: string, suffix: string = ""): string {
  const base = path.replace(/\/+$/, "").replace(/^.*\//s, "");
  return suffix !== base && base.endsWith(suffix)
    ? base.slice(0, base.length - suffix.length)
    : base;
}

export function extname(path: string): string {
  const base = basename(path);
  const dot = base.lastIndexOf(".");
  return dot <= 0 || base === ".." ? "" : base.slice(dot);
}

export function parse(path: string): ParsedPath {
  const root = isAbsolute(path) ? "/" : "";
  const base = basename(path);
  const ext = extname(path);
  const dir = path.replace(/\/+$/, "").includes("/") || root !== "" ? dirname(path) : "";
  return { root, dir, base, ext, name: base.slice(0, base.length - ext.length) };
}

export function format(parsed: Partial<ParsedPath>): string {
  const { root = "", dir = "", ext = "", name = "" } = parsed;
  const folder = dir || root;
  const base = parsed.base || name + (ext === "" || ext.startsWith(".") ? ext : `.${ext}`);
  if (folder === "") return base;
  return folder === root ? folder + base : `${folder}/${base}`;
}

/** The module itself; `posix` is another name for it. */
const path: Record<string, unknown> = {
  sep,
  delimiter,
  isAbsolute,
  normalize,
  join,
  resolve,
  relative,
  dirname,
  basename,
  extname,
  parse,
  format,
};
path["posix"] = path;
export const posix: object = path;
export default path;
