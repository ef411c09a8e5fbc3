/** The image's system itself. Modules that the application never names are not in it. */
import { takeSnapshot } from "../../../system/state.ts";
import type { System } from "../../../system/mod.ts";
import { core } from "../core.ts";
import { modules, systemParts } from "../parts.ts";

const { hal, kernel, log } = core;
modules.system = {
  ...modules,
  hal,
  kernel,
  log,
  stack: { ...systemParts.network, tcp: systemParts.tcp },
  vfs: systemParts.vfs,
  state: () => takeSnapshot({ kernel, ...systemParts }),
  stop: (graceUs) => core.stop(graceUs),
} as System;
