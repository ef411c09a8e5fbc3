/** The module `libos` in an image: the modules of its system. */
import { system as imageSystem } from "./boot.ts";
import type { System } from "../../system/mod.ts";

export type { System, SystemState } from "../../system/mod.ts";

export const system: System = imageSystem;
export const kernel: System["kernel"] = system.kernel;
export const vfs: System["vfs"] = system.vfs;
export const tcp: System["tcp"] = system.tcp;
export const udp: System["udp"] = system.udp;
export const fs: System["fs"] = system.fs;
export const net: System["net"] = system.net;
export const dgram: System["dgram"] = system.dgram;
export const dns: System["dns"] = system.dns;
export const http: System["http"] = system.http;
export const timers: System["timers"] = system.timers;
