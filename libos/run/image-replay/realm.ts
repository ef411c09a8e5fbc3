/**
 * A realm of this engine that looks like that of an image's: what only this engine has is taken
 * away, and what the two write differently is written as there. What can't be made equal is in
 * `docs/image.md`.
 */
import { createContext, runInContext, type Context } from "node:vm";
import { installQuickJsWays, type RealmGlobals } from "./quickjs-ways.ts";
import { valueOf, type Builtins } from "../../image/guest/builtins.ts";

/** Globals that this module itself needs until the program begins. */
const OUTSIDE = new Set(["globalThis"]);

/** A realm, and its global object. */
export interface Realm {
  readonly context: Context;
  readonly global: object;
}

/** @param builtins What the recorded engine had. */
export function createRealm(builtins: Builtins): Realm {
  const context = createContext({});
  const global = runInContext("globalThis", context) as object;
  installQuickJsWays(global as RealmGlobals);
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
