/** The globals `AbortController` and `AbortSignal`. */
import { AbortController, AbortSignal } from "abort-controller";
import { defineGlobals } from "../machine.ts";

defineGlobals({ AbortController, AbortSignal });
