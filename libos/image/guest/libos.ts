/** The module `libos` in an image: those modules of its system that the application asks for. */
import type { System } from "../../system/mod.ts";
import { modules } from "./parts.ts";

export type { System, SystemState } from "../../system/mod.ts";

const parts = modules as unknown as System & { readonly system: System };
export const system: System = parts.system;
export const kernel: System["kernel"] = parts.kernel;
export const vfs: System["vfs"] = parts.vfs;
export const volumes: System["volumes"] = parts.volumes;
export const tcp: System["tcp"] = parts.tcp;
export const udp: System["udp"] = parts.udp;
export const fs: System["fs"] = parts.fs;
export const net: System["net"] = parts.net;
export const dgram: System["dgram"] = parts.dgram;
export const dns: System["dns"] = parts.dns;
export const http: System["http"] = parts.http;
export const timers: System["timers"] = parts.timers;
