/**
 * What the modules of an image leave for those that are evaluated later. The builder orders them
 * (`composition.ts`), so that a part finds the others that there are, and imports none of them.
 */
import type { Tcp } from "../../../components/tcp/mod.ts";
import type { MachineDevices } from "../../../bare-metal/hal.ts";
import type { System } from "../../system/mod.ts";
import type { SystemParts } from "../../system/state.ts";
import type { ShareDevice } from "../../hal/mod.ts";

/** Filled in before `hal.ts` is evaluated. */
export const machineParts: {
  openDevices?: (report: (line: string) => void) => MachineDevices;
  shares: ShareDevice[];
  /** A part of the system cannot do without unpredictable numbers. */
  needsEntropy?: boolean;
} = { shares: [] };

/** Filled in by the parts of the system. */
export const systemParts: {
  -readonly [Name in keyof Omit<SystemParts, "kernel">]: SystemParts[Name];
} & { tcp?: Tcp } = {};

/** Modules of the API by the names of Node, each there when it was composed. */
export const modules: Partial<
  Record<
    keyof System | "system" | "crypto" | "fs/promises" | "dns/promises" | "timers/promises",
    unknown
  >
> = {};

// Where the bundler leads imports of Node's modules.
(globalThis as unknown as Record<symbol, unknown>)[Symbol.for("libos.modules")] = modules;
