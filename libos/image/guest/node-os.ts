/** `node:os` in an image: there is one processor, and nobody has a home. */
import { native } from "./machine.ts";

export const EOL = "\n";
export const devNull = "/dev/null";
export const arch = (): string => process.arch;
export const availableParallelism = (): number => 1;
export const cpus = (): object[] => [
  { model: native.arch, speed: 0, times: { user: 0, nice: 0, sys: 0, idle: 0, irq: 0 } },
];
export const endianness = (): string => "LE";
export const freemem = (): number => native.heap.limitBytes() - native.heap.usedBytes();
export const totalmem = (): number => native.ramBytes;
export const homedir = (): string => "/";
export const hostname = (): string => "libos";
export const loadavg = (): number[] => [0, 0, 0];
export const networkInterfaces = (): object => ({});
export const platform = (): string => process.platform;
export const release = (): string => process.version;
export const tmpdir = (): string => "/tmp";
export const type = (): string => "libos";
export const uptime = (): number => native.clock.nowUs() / 1e6;
export const userInfo = (): object => ({
  uid: 0,
  gid: 0,
  username: "root",
  homedir: "/",
  shell: null,
});
export const version = (): string => native.engine;

/** The module itself. */
const os: Readonly<Record<string, unknown>> = {
  EOL,
  devNull,
  arch,
  availableParallelism,
  cpus,
  endianness,
  freemem,
  totalmem,
  homedir,
  hostname,
  loadavg,
  networkInterfaces,
  platform,
  release,
  tmpdir,
  type,
  uptime,
  userInfo,
  version,
};
export default os;
