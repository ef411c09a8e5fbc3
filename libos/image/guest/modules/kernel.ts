/** The kernel core. */
import { core } from "../core.ts";
import { modules } from "../parts.ts";

modules.kernel = core.kernel;
