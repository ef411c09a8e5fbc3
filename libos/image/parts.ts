/** Which part of an image a source file belongs to, for `libos image size`. */
import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root, or `dist/` of the installed package. */
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/**
 * @param path As the bundler names it: relative to the working folder, or with a namespace.
 * @param entryPath The application's main module.
 * @returns "components/tcp", "libos/api/net", "libos/kernel", "bare-metal", "npm:buffer", "app", or
 *   "bundle" for what the bundler adds.
 */
export function partOf(path: string, entryPath: string): string {
  const packages = [...path.matchAll(/node_modules\/(?<name>(?:@[^/]+\/)?[^/]+)\//g)];
  const last = packages.at(-1)?.groups?.["name"];
  const absolute = resolve(path);
  // The published package lies in node_modules itself, and is no package of the application.
  if (isOwn(absolute)) return ownPart(relative(ROOT, absolute));
  if (last !== undefined) return `npm:${last}`;
  if (/^[\w-]+:/.test(path) || path === "<stdin>") return "bundle";
  return relative(dirname(entryPath), absolute).startsWith("..") ? "app (outside)" : "app";
}

/** Whether a file, by its absolute path, is of libos itself. */
export function isOwn(path: string): boolean {
  return /^(?:libos|components|bare-metal)\//.test(relative(ROOT, path));
}

function ownPart(own: string): string {
  const folders = own.split("/").slice(0, -1);
  const depth = own.startsWith("libos/api/") ? 3 : 2;
  return folders.slice(0, depth).join("/");
}
