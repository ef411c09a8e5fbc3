/**
 * The module `libos` on Node: `fs`, `net`, `dgram`, `dns`, `http` and `timers` of this process's
 * default system, in user mode.
 *
 * `libos run` puts a system with its own configuration here; under plain `node app.ts` it is one with
 * the defaults: 64 MB of packet memory, and each port on which the application listens is published
 * at 127.0.0.1.
 */
import { startHost } from "./run/host.ts";
import { startDefaultSystem } from "./run/default-system.ts";
import type { System } from "./system/mod.ts";

export type { System, SystemState } from "./system/mod.ts";

/** The default system itself: its state, and its parts. */
export const system: System = startDefaultSystem(startHost);

/** What the modules below stand on, for who does without them. */
export const kernel: System["kernel"] = system.kernel;
export const vfs: System["vfs"] = system.vfs;
export const volumes: System["volumes"] = system.volumes;
export const tcp: System["tcp"] = system.tcp;
export const udp: System["udp"] = system.udp;

export const fs: System["fs"] = system.fs;
export const net: System["net"] = system.net;
export const dgram: System["dgram"] = system.dgram;
export const dns: System["dns"] = system.dns;
export const http: System["http"] = system.http;
export const timers: System["timers"] = system.timers;

const libos: Pick<System, "fs" | "net" | "dgram" | "dns" | "http" | "timers"> & {
  readonly system: System;
} = { fs, net, dgram, dns, http, timers, system };
export default libos;
