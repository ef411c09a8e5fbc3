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
    const globals = GLOBALS.filter((name) => !isDeclared(code, name));
    for (const [index, line] of code.split("\n").entries()) {
      for (const name of namesIn(line, globals)) found.push(`${path}:${index + 1} uses ${name}`);
    }
  }
  return found;
}

function namesIn(line: string, globals: readonly string[]): string[] {
  const used = globals.filter((name) =>
    // Not a property (`hal.console`), not a key or a member (`console: …`).
    new RegExp(`(?<![\\w$.]|\\.\\s)${name}(?![\\w$]|\\??\\s*:)`).test(line),
  );
  for (const [pattern, name] of HIDDEN_INPUTS) if (pattern.test(line)) used.push(name);
  return used;
}

/** Whether the file has a binding of its own with that name: imported, a parameter, a constant. */
function isDeclared(code: string, name: string): boolean {
  const imported = new RegExp(`\\bimport\\b[^;]*[{,\\s]${name}\\s*[,}\\s][^;]*\\bfrom\\b`);
  const parameter = new RegExp(`[({,]\\s*(?:readonly\\s+)?${name}\\s*(?:\\?\\s*)?[:,)}=]`);
  const variable = new RegExp(`\\b(?:const|let|function|class)\\s+${name}\\b`);
  return imported.test(code) || parameter.test(code) || variable.test(code);
}
