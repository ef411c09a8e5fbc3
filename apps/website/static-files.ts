/**
 * Serves the files below one folder: types, validators (ETag, Last-Modified), ranges, and a page for
 * what is not there. What is asked for never leads out of the folder, neither by `..` nor by a link.
 */
import type { Fs, Request, Response } from "./modules.ts";
import { parseRange, type ByteRange } from "./byte-range.ts";
import { mimeType } from "./mime-types.ts";

/** A file that was found. */
interface Found {
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

/** Files up to this size are read whole, and leave in one write with their head. */
const WHOLE_FILE_BYTES = 65_536;

export interface StaticFilesOptions {
  readonly fs: Fs;
  /** The folder, without a slash at its end. */
  readonly root: string;
}

export type StaticFiles = (request: Request, response: Response) => Promise<void>;

/** @returns A handler that answers GET and HEAD, and refuses other methods with 405. */
export function createStaticFiles({ fs, root }: StaticFilesOptions): StaticFiles {
  return async (request, response) => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.writeHead(405, { Allow: "GET, HEAD", "Content-Type": "text/plain" });
      response.end("Only GET and HEAD are answered here.\n");
      return;
    }
    const path = safePath(request.url ?? "/");
    const found = path === undefined ? undefined : await find(fs, root, path);
    if (found === undefined) await sendNotFound(fs, root, response);
    else await sendFile(fs, found, request, response);
  };
}

/**
 * @param url A request target: "/a/b%20c?query".
 * @returns The path below the root, "/a/b c"; undefined for one that could lead elsewhere.
 */
export function safePath(url: string): string | undefined {
  let path: string;
  try {
    path = decodeURIComponent(url.split("?", 1)[0]!.split("#", 1)[0]!);
  } catch {
    return undefined;
  }
  if (!path.startsWith("/") || path.includes("\0") || path.includes("\\")) return undefined;
  const parts = path.split("/");
  if (parts.includes("..") || parts.includes(".")) return undefined;
  return path.endsWith("/") ? `${path}index.html` : path;
}

async function find(fs: Fs, root: string, path: string): Promise<Found | undefined> {
  try {
    const realRoot = await fs.promises.realpath(root);
    const realPath = await fs.promises.realpath(root + path);
    if (!realPath.startsWith(`${realRoot}/`)) return undefined;
    const stat = await fs.promises.stat(realPath);
    if (!stat.isFile()) return undefined;
    return { path: realPath, sizeBytes: stat.size, modifiedMs: stat.mtimeMs };
  } catch {
    return undefined;
  }
}

async function sendFile(fs: Fs, found: Found, request: Request, response: Response): Promise<void> {
  const etag = `"${found.sizeBytes.toString(36)}-${Math.trunc(found.modifiedMs).toString(36)}"`;
  const lastModified = new Date(found.modifiedMs).toUTCString();
  response.setHeader("ETag", etag);
  response.setHeader("Last-Modified", lastModified);
  response.setHeader("Cache-Control", "no-cache");
  if (isUnchanged(request, etag, found.modifiedMs)) {
    response.writeHead(304).end();
    return;
  }
  response.setHeader("Content-Type", mimeType(found.path));
  response.setHeader("Accept-Ranges", "bytes");
  const condition = request.headers["if-range"];
  const isSame = condition === undefined || condition === etag || condition === lastModified;
  const range = isSame ? parseRange(one(request.headers["range"]), found.sizeBytes) : undefined;
  if (range === "unsatisfiable") {
    response.writeHead(416, { "Content-Range": `bytes */${found.sizeBytes}` }).end();
    return;
  }
  if (range !== undefined) {
    response.statusCode = 206;
    const last = range.end - 1;
    response.setHeader("Content-Range", `bytes ${range.start}-${last}/${found.sizeBytes}`);
  }
  await sendBytes(fs, found.path, range ?? { start: 0, end: found.sizeBytes }, request, response);
}

async function sendBytes(
  fs: Fs,
  path: string,
  { start, end }: ByteRange,
  request: Request,
  response: Response,
): Promise<void> {
  response.setHeader("Content-Length", end - start);
  if (request.method === "HEAD" || end === start) {
    response.end();
  } else if (end - start <= WHOLE_FILE_BYTES && start === 0) {
    const bytes = await fs.promises.readFile(path);
    // The file may have changed since it was found; the length that was promised holds.
    if (bytes.length < end) response.destroy();
    else response.end(bytes.subarray(0, end));
  } else {
    const stream = fs.createReadStream(path, { start, end: end - 1 });
    stream.on("error", () => response.destroy());
    response.on("close", () => stream.destroy());
    stream.pipe(response as never);
  }
}

/** RFC 9110 13.2.2: If-None-Match is asked first, and If-Modified-Since only without it. */
function isUnchanged(request: Request, etag: string, modifiedMs: number): boolean {
  const noneMatch = one(request.headers["if-none-match"]);
  if (noneMatch !== undefined) {
    return noneMatch.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag);
  }
  const modifiedSince = one(request.headers["if-modified-since"]);
  if (modifiedSince === undefined) return false;
  const since = Date.parse(modifiedSince);
  return !Number.isNaN(since) && Math.floor(modifiedMs / 1_000) <= Math.floor(since / 1_000);
}

async function sendNotFound(fs: Fs, root: string, response: Response): Promise<void> {
  let page: Uint8Array | string = "There is nothing here.\n";
  let type = "text/plain; charset=utf-8";
  try {
    page = await fs.promises.readFile(`${root}/404.html`);
    type = "text/html; charset=utf-8";
  } catch {
    // Without a page of its own the folder gets the plain line.
  }
  response.writeHead(404, { "Content-Type": type });
  response.end(page);
}

function one(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
