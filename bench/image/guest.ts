/** A guest in QEMU: ours, the peer, or the empty one, all in the same machine. */
import { spawn } from "node:child_process";
import { peerCommandLine } from "./peer/init.ts";
import type { Link, Side } from "./network.ts";
import type { Plan } from "./plan.ts";

const QEMU = "qemu-system-x86_64";
const MAX_CONSOLE_CHARACTERS = 65_536;

/** What is booted. */
export interface GuestOptions {
  readonly side: Side;
  /** The name of an application of `APPS`. */
  readonly app: string;
  readonly link: Link;
  readonly memoryKib: number;
  /** A raw file for a virtio disk. */
  readonly diskPath?: string;
  /** Further words for the kernel of an image. */
  readonly words?: string;
}

/** A running guest. */
export interface Guest {
  readonly pid: number;
  /** When QEMU was started, as `performance.now()` counts. */
  readonly startedMs: number;
  console(): string;
  /**
   * Waits for a text on the console.
   *
   * @throws Error with the console's last lines, when the guest ends or the time is over.
   */
  says(text: string, timeoutMs: number): Promise<void>;
  /** Switches it off, and waits until QEMU is gone. */
  stop(): Promise<void>;
}

/** The machine, the same for both sides: QEMU's q35 by emulation, one CPU. */
export function machineArguments(memoryKib: number): string[] {
  return [
    ...["-accel", "tcg", "-cpu", "max", "-M", "q35", "-m", `${memoryKib}K`],
    // Threads have names, so that the CPU's is known (rows/idle.ts).
    ...["-name", "guest,debug-threads=on"],
    ...["-nodefaults", "-display", "none", "-no-reboot", "-serial", "stdio"],
  ];
}

/** Offloads of checksum and segmentation are QEMU's defaults on a TAP with vnet_hdr. */
function deviceArguments({ link, diskPath }: GuestOptions): string[] {
  const disk =
    diskPath === undefined
      ? []
      : [
          ...["-drive", `if=none,id=disk0,format=raw,file=${diskPath}`],
          ...["-device", "virtio-blk-pci,disable-legacy=on,drive=disk0"],
        ];
  return [
    ...["-netdev", `tap,id=net0,ifname=${link.tap},script=no,downscript=no,vnet_hdr=on`],
    ...["-device", `virtio-net-pci,disable-legacy=on,romfile=,netdev=net0,mac=${link.guestMac}`],
    ...disk,
  ];
}

function kernelArguments(plan: Plan, options: GuestOptions): string[] {
  const { side, app, link, diskPath, words } = options;
  const address = `${link.guestAddress}/${link.prefixLength}`;
  if (side === "ours") {
    const line = [`ipv4=${address}`, ...(words === undefined ? [] : [words])].join(" ");
    return ["-kernel", plan.images[app]!.path, "-append", line];
  }
  const line = peerCommandLine({ app, address, disk: diskPath !== undefined });
  const { kernelPath, initramfsPath } = plan.peer!;
  return ["-kernel", kernelPath, "-initrd", initramfsPath, "-append", line];
}

/** Boots a guest. */
export function startGuest(plan: Plan, options: GuestOptions): Guest {
  return startQemu([
    ...machineArguments(options.memoryKib),
    ...deviceArguments(options),
    ...kernelArguments(plan, options),
  ]);
}

/** Boots the guest that does nothing, in the same machine with the same network card. */
export function startEmptyGuest(path: string, link: Link, memoryKib: number): Guest {
  const options: GuestOptions = { side: "ours", app: "", link, memoryKib };
  return startQemu([
    ...machineArguments(memoryKib),
    ...deviceArguments(options),
    ...["-kernel", path],
  ]);
}

/** Starts QEMU; it ends with this process at the latest. */
export function startQemu(args: readonly string[]): Guest {
  const startedMs = performance.now();
  const child = spawn(QEMU, args, { stdio: ["ignore", "pipe", "pipe"] });
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  let text = "";
  let hasEnded = false;
  const listeners = new Set<() => void>();
  const tell = (): void => {
    for (const listener of [...listeners]) listener();
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (part: string) => {
      text = (text + part).slice(-MAX_CONSOLE_CHARACTERS);
      tell();
    });
  }
  const ended = new Promise<void>((resolve) => {
    child.on("error", (error) => {
      text += error.message;
      resolve();
    });
    child.on("close", () => resolve());
  }).then(() => {
    hasEnded = true;
    process.removeListener("exit", kill);
    tell();
  });
  return {
    pid: child.pid ?? 0,
    startedMs,
    console: () => text,
    says: (wanted, timeoutMs) =>
      new Promise((resolve, reject) => {
        const finish = (problem?: string): void => {
          listeners.delete(look);
          clearTimeout(timer);
          if (problem === undefined) resolve();
          else reject(new Error(`${problem}; its last words:\n${text.slice(-1000)}`));
        };
        const look = (): void => {
          if (text.includes(wanted)) finish();
          else if (hasEnded) finish(`the guest ended before it said "${wanted}"`);
        };
        const timer = setTimeout(() => finish(`the guest does not say "${wanted}"`), timeoutMs);
        listeners.add(look);
        look();
      }),
    async stop() {
      if (!hasEnded) kill();
      await ended;
    },
  };
}
