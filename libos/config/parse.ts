/** The small notations of flags and configuration: sizes, ports, folders. */
import { ConfigError } from "./error.ts";

/** A port of the host that leads to a port of the application. */
export interface Publish {
  /** Host address to listen on, e.g. "127.0.0.1". */
  readonly hostAddress: string;
  /** 0 .. 65535; 0 takes a free one. */
  readonly hostPort: number;
  /** 1 .. 65535. */
  readonly appPort: number;
  readonly protocol: "tcp" | "udp";
}

/** A folder of the host as a file system of the application. */
export interface Volume {
  readonly hostPath: string;
  /** Absolute path in the application's file system. */
  readonly path: string;
  readonly readOnly: boolean;
}

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  k: 1024,
  kb: 1024,
  kib: 1024,
  m: 1024 ** 2,
  mb: 1024 ** 2,
  mib: 1024 ** 2,
  g: 1024 ** 3,
  gb: 1024 ** 3,
  gib: 1024 ** 3,
};

/** The least packet memory with which a system starts, and the most that one slab can hold. */
const MIN_MEMORY_BYTES = 1024 ** 2;
const MAX_MEMORY_BYTES = 2 * 1024 ** 3;
/** Whoever writes so small a number means megabytes, as QEMU does. */
const MEGABYTES_AT_MOST = 2048;

/**
 * Reads a size: "64MB", "64m", "1GiB" or a number of bytes. Units are powers of 1024.
 *
 * @returns Bytes, 1 MiB .. 2 GiB.
 * @throws ConfigError
 */
export function parseMemory(value: string | number, where: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(String(value).trim());
  const unit = match === null ? undefined : UNITS[match[2]!.toLowerCase()];
  if (match === null || unit === undefined) {
    throw new ConfigError(`${where}: "${value}" is not a size; write it like 64MB or 1GB`);
  }
  const bytes = Math.floor(Number(match[1]) * unit);
  if (bytes < MIN_MEMORY_BYTES || bytes > MAX_MEMORY_BYTES) {
    const isCount = match[2] === "" && Number(match[1]) > 0 && bytes <= MEGABYTES_AT_MOST;
    throw new ConfigError(
      isCount
        ? `${where}: ${value} is a number of bytes; write megabytes like ${value}MB`
        : `${where}: ${value} is out of range; use 1MB to 2GB`,
    );
  }
  return bytes;
}

/**
 * Reads `[IP:]HOST:APP[/udp]`, as in "8080:80", "127.0.0.1:5353:53/udp", "0.0.0.0:0:80".
 *
 * @throws ConfigError
 */
export function parsePublish(text: string, where: string): Publish {
  const match = /^(?:(.+):)?(\d{1,5}):(\d{1,5})(?:\/(tcp|udp))?$/.exec(text);
  if (match === null) {
    throw new ConfigError(
      `${where}: "${text}" is not [IP:]HOST:APP[/udp]; write it like 8080:80 or 127.0.0.1:5353:53/udp`,
    );
  }
  const hostAddress = match[1] ?? "127.0.0.1";
  const isAddress =
    /^\d{1,3}(\.\d{1,3}){3}$/.test(hostAddress) &&
    hostAddress.split(".").every((part) => Number(part) <= 255);
  if (!isAddress) {
    throw new ConfigError(
      `${where}: "${hostAddress}" in "${text}" is not an IPv4 address; use 127.0.0.1 or 0.0.0.0`,
    );
  }
  const hostPort = Number(match[2]);
  const appPort = Number(match[3]);
  if (hostPort > 65535 || appPort > 65535 || appPort === 0) {
    throw new ConfigError(
      `${where}: a port in "${text}" is out of range; HOST is 0 to 65535, APP is 1 to 65535`,
    );
  }
  return { hostAddress, hostPort, appPort, protocol: match[4] === "udp" ? "udp" : "tcp" };
}

/** @returns The notation that `parsePublish` reads. */
export function formatPublish(publish: Publish): string {
  const suffix = publish.protocol === "udp" ? "/udp" : "";
  return `${publish.hostAddress}:${publish.hostPort}:${publish.appPort}${suffix}`;
}

/**
 * Reads `HOSTDIR:PATH[:ro]`, as in "./public:/www:ro".
 *
 * @throws ConfigError
 */
export function parseVolume(text: string, where: string): Volume {
  const match = /^(.+?):(\/[^:]*)(?::(ro|rw))?$/.exec(text);
  if (match === null) {
    throw new ConfigError(
      `${where}: "${text}" is not HOSTDIR:PATH[:ro]; write it like ./public:/www:ro`,
    );
  }
  const path = match[2]!;
  if (path.split("/").includes("..")) {
    throw new ConfigError(`${where}: "${path}" must not contain ".."`);
  }
  return { hostPath: match[1]!, path, readOnly: match[3] === "ro" };
}
