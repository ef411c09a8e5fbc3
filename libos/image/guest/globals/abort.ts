/** The globals `AbortController` and `AbortSignal`. */
import { AbortController, AbortSignal } from "../abort.ts";
import { defineGlobals } from "../machine.ts";

defineGlobals({ AbortController, AbortSignal });
