/** The global `structuredClone`. */
import { defineGlobals } from "../machine.ts";
import { structuredClone } from "../structured-clone.ts";

defineGlobals({ structuredClone });
