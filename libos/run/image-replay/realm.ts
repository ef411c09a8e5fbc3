/**
 * A realm of this engine that looks like that of an image's: what only this engine has is taken
 * away, and what the two write differently is written as there. What can't be made equal is in
 * `docs/image.md`.
 */
import { createContext, runInContext, type Context } from "node:vm";
import { valueOf, type Builtins } from "../../image/guest/builtins.ts";

/** Globals that this module itself needs until the program begins. */
const OUTSIDE = new Set(["globalThis"]);

/**
 * What QuickJS-ng does otherwise than V8, within what the standard leaves to the engine (ECMA-262
 * 19.2, 20.2.3.5, 21.4.4, 22.1.3.12; without ECMA-402 there are no locales).
 */
const DIFFERENCES = `
(() => {
  const define = (owner, name, value) =>
    Object.defineProperty(owner, name, { value, writable: true, configurable: true });
  const two = (value) => String(value).padStart(2, "0");
  const year = (value) => String(value).padStart(4, "0");
  define(Function.prototype, "toString", function toString() {
    if (typeof this !== "function") throw new TypeError("not a function");
    return \`function \${this.name}() {\\n    [native code]\\n}\`;
  });
  define(Number.prototype, "toLocaleString", function toLocaleString() {
    return this.toString();
  });
  define(BigInt.prototype, "toLocaleString", function toLocaleString() {
    return this.toString();
  });
  define(String.prototype, "localeCompare", function localeCompare(other) {
    const [left, right] = [String(this).normalize(), String(other).normalize()];
    const [one, two] = [Array.from(left), Array.from(right)];
    for (let at = 0; at < one.length && at < two.length; at++) {
      const difference = one[at].codePointAt(0) - two[at].codePointAt(0);
      if (difference !== 0) return difference < 0 ? -1 : 1;
    }
    return Math.sign(one.length - two.length);
  });
  const { toString, toTimeString } = Date.prototype;
  const withoutZone = (text) => text.replace(/ \\([^)]*\\)$/, "");
  define(Date.prototype, "toString", function () {
    return withoutZone(toString.call(this));
  });
  define(Date.prototype, "toTimeString", function () {
    return withoutZone(toTimeString.call(this));
  });
  const date = (time) =>
    \`\${two(time.getMonth() + 1)}/\${two(time.getDate())}/\${year(time.getFullYear())}\`;
  const clock = (time) => {
    const hours = time.getHours();
    const half = hours < 12 ? "AM" : "PM";
    return \`\${two(hours % 12 || 12)}:\${two(time.getMinutes())}:\${two(time.getSeconds())} \${half}\`;
  };
  const unlessInvalid = (format) =>
    function () {
      return Number.isNaN(this.getTime()) ? "Invalid Date" : format(this);
    };
  define(Date.prototype, "toLocaleDateString", unlessInvalid(date));
  define(Date.prototype, "toLocaleTimeString", unlessInvalid(clock));
  define(Date.prototype, "toLocaleString", unlessInvalid((time) => \`\${date(time)}, \${clock(time)}\`));
})();
`;

/** A realm, and its global object. */
export interface Realm {
  readonly context: Context;
  readonly global: object;
}

/** @param builtins What the recorded engine had. */
export function createRealm(builtins: Builtins): Realm {
  const context = createContext({});
  const global = runInContext("globalThis", context) as object;
  runInContext(DIFFERENCES, context, { filename: "libos:realm" });
  for (const [path, names] of Object.entries(builtins)) removeOthers(global, path, new Set(names));
  return { context, global };
}

function removeOthers(global: object, path: string, names: ReadonlySet<string>): void {
  let owner: object | undefined = global;
  for (const name of path === "" ? [] : path.split(".")) owner &&= valueOf(owner, name);
  if (owner === undefined) return;
  for (const name of Object.getOwnPropertyNames(owner)) {
    if (names.has(name) || (path === "" && OUTSIDE.has(name))) continue;
    if (Object.getOwnPropertyDescriptor(owner, name)?.configurable)
      Reflect.deleteProperty(owner, name);
  }
}
