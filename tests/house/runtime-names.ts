/**
 * The names of runtimes that the contract, the kernel, the components and the application's API must
 * not use, because a bare JavaScript engine lacks them or because they would let time and chance in
 * past the HAL.
 *
 * The compiler refuses most of them already (tsconfig.core.json knows no ambient types); this check
 * also finds the two that the language itself offers, and declarations that would silence the compiler.
 */
import type { Sources } from "./source-files.ts";
import { isTestCode } from "./source-files.ts";
import { plainCode } from "./plain-code.ts";

const FOLDERS = ["libos/hal/", "libos/kernel/", "components/", "libos/api/"];

const GLOBALS = [
  "Buffer",
  "Deno",
  "__dirname",
  "__filename",
  "clearImmediate",
  "clearInterval",
  "clearTimeout",
  "console",
  "fetch",
  "navigator",
  "performance",
  "process",
  "queueMicrotask",
  "require",
  "setImmediate",
  "setInterval",
  "setTimeout",
  "structuredClone",
  "TextDecoder",
  "TextEncoder",
];

/** Time and chance that the language itself offers. */
const HIDDEN_INPUTS: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/\bDate\s*\.\s*now\b/, "Date.now"],
  [/\bnew\s+Date\s*(?:\(\s*\)|[^\s(\w])/, "new Date()"],
  [/(?<!new\s)(?<![\w$.])Date\s*\(/, "Date()"],
  [/\bMath\s*\.\s*random\b/, "Math.random"],
  [/\bglobalThis\b/, "globalThis"],
  [/\bimport\s*\.\s*meta\b/, "import.meta"],
  [/^\s*declare\s+(?:global|const|let|var|function|class|module)\b/, "declare"],
];

/** @returns One line for each use of such a name. */
export function runtimeNames(sources: Sources): string[] {
  const found: string[] = [];
  for (const [path, text] of sources) {
    if (!path.endsWith(".ts") || isTestCode(path)) continue;
    if (!FOLDERS.some((folder) => path.startsWith(folder))) continue;
    const code = plainCode(text);
    const lineOf = (index: number): number => code.slice(0, index).split("\n").length;
    for (const name of GLOBALS) {
      if (isDeclared(code, name)) continue;
      // Not a property (`hal.console`), not a key or a member (`console: …`).
      const pattern = new RegExp(`(?<![\\w$.]|\\.\\s)${name}(?![\\w$]|\\??\\s*:)`, "g");
      for (const { index } of code.matchAll(pattern)) {
        if (!isMethod(code, index, name)) found.push(`${path}:${lineOf(index)} uses ${name}`);
      }
    }
    for (const [pattern, name] of HIDDEN_INPUTS) {
      for (const { index } of code.matchAll(new RegExp(pattern.source, "gm"))) {
        found.push(`${path}:${lineOf(index)} uses ${name}`);
      }
    }
  }
  return found;
}

/** Whether a method of that name is declared here: `setTimeout(ms: number): this {` on a socket. */
function isMethod(code: string, index: number, name: string): boolean {
  const before = code.slice(code.lastIndexOf("\n", index) + 1, index);
  if (!/^\s*(?:(?:async|static|override|public|private|protected)\s+)*\*?\s*$/.test(before)) {
    return false;
  }
  const head = /^\??\s*(?:<[^(]*>)?\s*\(/.exec(code.slice(index + name.length));
  if (head === null) return false;
  let at = index + name.length + head[0].length;
  for (let depth = 1; depth > 0 && at < code.length; at++) {
    if (code[at] === "(") depth++;
    if (code[at] === ")") depth--;
  }
  return /^\s*[:{]/.test(code.slice(at));
}

/** Whether the file has a binding of its own with that name: imported, a parameter, a constant. */
function isDeclared(code: string, name: string): boolean {
  const imported = new RegExp(`\\bimport\\b[^;]*[{,\\s]${name}\\s*[,}\\s][^;]*\\bfrom\\b`);
  const parameter = new RegExp(`[({,]\\s*(?:readonly\\s+)?${name}\\s*(?:\\?\\s*)?:`);
  const unpacked = new RegExp(`\\{[^{}]*\\b${name}\\b[^{}]*\\}\\s*(?:=|:)`);
  const variable = new RegExp(`\\b(?:const|let|function|class)\\s+${name}\\b`);
  return [imported, parameter, unpacked, variable].some((pattern) => pattern.test(code));
}
