/** What a user sees when the application throws and nobody catches. */
import { relative } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Makes the report: the line of the application, the message, and the calls in the application.
 *
 * @param ownRoots URLs of libos' own folders; calls in them are left out.
 */
export function formatUncaught(error: unknown, ownRoots: readonly string[]): string {
  if (!(error instanceof Error)) return `Uncaught ${String(error)}\n`;
  const calls = (error.stack ?? "")
    .split("\n")
    .filter((line) => /^\s+at /.test(line))
    .filter((line) => !/\(?node:/.test(line) && !line.includes("libos-module:"))
    .filter((line) => !ownRoots.some((root) => line.includes(root)))
    .map(shorten);
  const place = calls[0] === undefined ? placeOfSyntaxError(error) : `${placeOf(calls[0])}: `;
  const extra = Object.entries(error)
    .filter(([, value]) => typeof value === "string" || typeof value === "number")
    .map(([name, value]) => `  ${name}: ${value}\n`)
    .join("");
  const cause = error.cause === undefined ? "" : `  cause: ${String(error.cause)}\n`;
  return `${place}${error.name}: ${error.message}\n${calls.join("\n")}${calls.length ? "\n" : ""}${extra}${cause}`;
}

/** Above the error Node says where TypeScript can't be read: "/dir/app.ts:3", then that line. */
function placeOfSyntaxError(error: Error): string {
  const match = /^(?:file:\/\/)?(\/.+|[A-Za-z]:\\.+):(\d+)\n/.exec(error.stack ?? "");
  if (match === null || !(error instanceof SyntaxError)) return "";
  return `${fromHere(match[1]!)}:${match[2]}: `;
}

function shorten(line: string): string {
  return line.replace(/file:\/\/[^\s):]+/, (url) => fromHere(fileURLToPath(url)));
}

/** The path as it is shortest to read: relative, unless it leads out of the working directory. */
function fromHere(path: string): string {
  const shown = relative(process.cwd(), path);
  return shown.startsWith("..") ? path : shown;
}

/** "app.ts:7:41" out of "    at boom (app.ts:7:41)". */
function placeOf(call: string): string {
  return /\(?([^\s(]+:\d+:\d+)\)?$/.exec(call)?.[1] ?? "";
}
