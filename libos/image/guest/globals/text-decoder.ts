/** The global `TextDecoder`. */
import { defineGlobals, native } from "../machine.ts";
import { createTextDecoder } from "../native-text.ts";

defineGlobals({ TextDecoder: createTextDecoder(native.text) });
