/** `timers`, and the globals of the same names. */
import { createTimers } from "../../../api/timers/mod.ts";
import { core } from "../core.ts";
import { defineGlobals } from "../machine.ts";
import { modules } from "../parts.ts";

const timers = createTimers(core.context);
const { promises, ...functions } = timers;
defineGlobals(functions);
modules.timers = timers;
modules["timers/promises"] = promises;
