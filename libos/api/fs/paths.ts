import { Buffer } from "buffer";
import { codedError, invalidArgType, invalidArgValue } from "../shared/errors.ts";

/** As much of a `URL` as a path needs; a bare engine may lack the class. */
interface UrlLike {
  readonly href: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly pathname: string;
}

function isUrl(value: unknown): value is UrlLike {
  if (value === null || typeof value !== "object") return false;
  const { href, protocol, auth, path } = value as Record<string, unknown>;
  return Boolean(href) && Boolean(protocol) && auth === undefined && path === undefined;
}

/** The path of a `file:` URL, by the rules of Node's `fileURLToPath` on POSIX. */
function urlToPath(url: UrlLike): string {
  if (url.protocol !== "file:") {
    throw codedError("ERR_INVALID_URL_SCHEME", "The URL must be of scheme file", TypeError);
  }
  if (url.hostname !== "") {
    const message = 'File URL host must be "localhost" or empty on linux';
    throw codedError("ERR_INVALID_FILE_URL_HOST", message, TypeError);
  }
  if (/%2f/i.test(url.pathname)) {
    const message = "File URL path must not include encoded / characters";
    throw codedError("ERR_INVALID_FILE_URL_PATH", message, TypeError);
  }
  return decodeURIComponent(url.pathname);
}

/**
 * A path as the VFS takes it.
 *
 * @param value A string, a `Uint8Array` of UTF-8, or a `file:` URL.
 * @throws ERR_INVALID_ARG_TYPE, and ERR_INVALID_ARG_VALUE for a path with a NUL.
 */
export function toPath(value: unknown, name = "path"): string {
  let path: string;
  if (typeof value === "string") path = value;
  else if (value instanceof Uint8Array) path = bytesToString(value);
  else if (isUrl(value)) path = urlToPath(value);
  else throw invalidArgType(name, ["string", "Buffer", "URL"], value);
  if (path.includes("\0")) {
    const reason = "must be a string, Uint8Array, or URL without null bytes";
    throw invalidArgValue(name, value, reason);
  }
  return path;
}

/** @returns The string of UTF-8 bytes. */
export function bytesToString(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

/** @returns The directory part of a path: what stands before its last slash. */
export function parentPath(path: string): string {
  let end = path.length;
  while (end > 1 && path.endsWith("/", end)) end--;
  const slash = path.lastIndexOf("/", end - 1);
  return slash < 0 ? "." : slash === 0 ? "/" : path.slice(0, slash);
}

/** @returns The last component of a path. */
export function baseName(path: string): string {
  let end = path.length;
  while (end > 1 && path.endsWith("/", end)) end--;
  return path.slice(path.lastIndexOf("/", end - 1) + 1, end);
}

/** @returns `name` in `directory`. */
export function joinPath(directory: string, name: string): string {
  return directory.endsWith("/") ? directory + name : `${directory}/${name}`;
}

/**
 * @param directory An absolute path, for a `path` that is relative.
 * @returns The absolute path without ".", ".." and empty components, by its text alone.
 */
export function resolvePath(directory: string, path: string): string {
  const isPlain = !path.includes("//") && !path.includes("/.") && !path.endsWith("/");
  if (isPlain && path.startsWith("/")) return path;
  const parts: string[] = [];
  for (const part of (path.startsWith("/") ? path : `${directory}/${path}`).split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}
