/** One application on one system in this process: what `libos run` and `libos replay` share. */
import { pathToFileURL } from "node:url";
import type { System } from "../system/mod.ts";
import { createAbsentModules, removeHostGlobals } from "./absent-modules.ts";
import { installAppGlobals } from "./app-globals.ts";
import { installAppModules, type AppLoader } from "./app-modules.ts";
import { formatUncaught } from "./report-error.ts";

/** Folders of libos itself: the package's root in the repository, `dist/` when it is installed. */
const BASE = new URL("../../", import.meta.url).href;
export const OWN_ROOTS: readonly string[] = ["libos/", "components/", "host-adapters/"].map(
  (folder) => BASE + folder,
);

export interface ApplicationHost {
  readonly loader: AppLoader;
  /**
   * Loads and evaluates the application; resolves when its main module has been evaluated.
   *
   * @param begin Called when all that is imported statically is loaded and evaluation begins.
   */
  start(begin: () => void): Promise<void>;
}

/** Puts the system's modules and globals in place of the host's. */
export function hostApplication(system: System, entryPath: string): ApplicationHost {
  removeHostGlobals();
  const crypto = installAppGlobals(system.hal, system.timers);
  const { kernel, vfs, volumes, tcp, udp, fs, net, dgram, dns, http, timers } = system;
  const loader = installAppModules(
    {
      libos: { kernel, vfs, volumes, tcp, udp, fs, net, dgram, dns, http, timers, system },
      fs,
      "fs/promises": fs.promises,
      net,
      dgram,
      dns,
      "dns/promises": dns.promises,
      http,
      timers,
      "timers/promises": timers.promises,
      crypto,
      ...createAbsentModules(),
    },
    OWN_ROOTS,
  );
  return {
    loader,
    start: (begin) => loader.load(pathToFileURL(entryPath).href, begin),
  };
}

/**
 * Reports what nobody caught, and ends the process with 1 after `flush`: where the application does not
 * listen for that itself. As in Node a rejection goes to those who listen for errors where nobody listens
 * for rejections.
 */
export function reportUncaught(flush: (exitCode: number) => void): void {
  const report = (error: unknown): void => {
    process.stderr.write(formatUncaught(error, OWN_ROOTS));
    flush(1);
    process.exit(1);
  };
  const isHeard = (event: string): boolean => process.listenerCount(event) > 1;
  process.on("uncaughtException", (error) => {
    if (!isHeard("uncaughtException")) report(error);
  });
  process.on("unhandledRejection", (error) => {
    if (isHeard("unhandledRejection")) return;
    if (!isHeard("uncaughtException")) report(error);
    else process.emit("uncaughtException", error as Error, "unhandledRejection");
  });
}
