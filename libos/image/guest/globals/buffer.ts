/** The global `Buffer`. */
import { Buffer } from "buffer";
import { defineGlobals } from "../machine.ts";

defineGlobals({ Buffer });
