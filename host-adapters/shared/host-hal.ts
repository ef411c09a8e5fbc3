/** A `Hal` over a host with an event loop; the node and deno adapters are this over their runtime. */
import type {
  BlockDevice,
  Console,
  Entropy,
  Hal,
  NetDevice,
  PacketMemory,
  Platform,
  Power,
  ShareDevice,
} from "../../libos/hal/mod.ts";
import { assert } from "../../libos/kernel/assert.ts";
import { createFileDisk, type FileDisk, type FileDiskOptions } from "./file-disk.ts";
import { createFolderShare, type FolderShare, type FolderShareOptions } from "./folder-share.ts";
import { HostConsole } from "./host-console.ts";
import type { HostPlatform } from "./host-platform.ts";
import { HostPower } from "./host-power.ts";
import { HostClock, HostTimer } from "./host-time.ts";
import { createImmediateSchedule, type Schedule } from "./jobs.ts";
import { createSlab, type Slab } from "./slab.ts";

/** How a system's platform on a host is made. */
export interface HostHalOptions {
  /** The system's region of packet memory, in bytes. */
  readonly memoryBytes: number;
  /** Where the region is taken from; default a slab of its own. Devices of `net` lie in the same. */
  readonly slab?: Slab;
  /** Network devices that were made before; one that has a `close` method is closed with the HAL. */
  readonly net?: readonly (NetDevice & { close?(): void })[];
  /** Files of the host that serve as block devices. */
  readonly disks?: readonly FileDiskOptions[];
  /** Folders of the host that the system may use. */
  readonly shares?: readonly FolderShareOptions[];
  /** When handlers run; default a schedule of its own. Give it the one of the devices in `net`. */
  readonly schedule?: Schedule;
}

/** A system's platform on a host, and what keeps the host's process alive. */
export interface HostHal extends Hal {
  /** Runs jobs as the platform does: each on an empty stack. */
  readonly schedule: Schedule;
  /**
   * Keeps the process alive until `release` was called as often. A timer that is armed does not: a
   * system with nothing but leases and caches to renew may end.
   */
  hold(): void;
  release(): void;
}

/** The most bytes that `crypto.getRandomValues` fills in one call. */
const RANDOM_BYTES = 65_536;

class HostEntropy implements Entropy {
  readonly available = true;
  readonly #host: HostPlatform;

  constructor(host: HostPlatform) {
    this.#host = host;
  }

  fill(target: Uint8Array): void {
    if (target.length <= RANDOM_BYTES) {
      this.#host.getRandomValues(target);
      return;
    }
    for (let at = 0; at < target.length; at += RANDOM_BYTES) {
      this.#host.getRandomValues(target.subarray(at, at + RANDOM_BYTES));
    }
  }
}

class EventLoopHal implements HostHal {
  readonly platform: Platform;
  readonly memory: PacketMemory;
  readonly clock: HostClock;
  readonly timer: HostTimer;
  readonly entropy: Entropy;
  readonly console: Console;
  readonly power: Power;
  readonly net: readonly NetDevice[];
  readonly block: readonly BlockDevice[];
  readonly shares: readonly ShareDevice[];
  readonly schedule: Schedule;
  readonly #host: HostPlatform;
  readonly #shares: readonly FolderShare[];
  readonly #closers: readonly { close?(): void }[];
  #holds = 0;
  #letGo: (() => void) | undefined;
  #isClosed = false;

  constructor(host: HostPlatform, options: HostHalOptions) {
    this.#host = host;
    this.schedule =
      options.schedule ?? createImmediateSchedule((callback) => host.setImmediate(callback));
    this.platform = host.platform;
    const slab = options.slab ?? createSlab(options.memoryBytes);
    this.memory = slab.region(options.memoryBytes);
    this.clock = new HostClock(host);
    this.timer = new HostTimer(host, this.clock, this.schedule);
    this.entropy = new HostEntropy(host);
    const console = new HostConsole(host.output, host.input, this.schedule);
    const power = new HostPower(host.process, host.output, this.schedule, () => this.close());
    this.console = console;
    this.power = power;
    this.net = options.net ?? [];
    const { disks, shares } = this.#openFiles(options);
    this.block = disks;
    this.shares = shares;
    this.#shares = shares;
    this.#closers = [this.timer, console, power, ...(options.net ?? []), ...disks];
  }

  hold(): void {
    this.#holds++;
    if (!this.#isClosed) this.#letGo ??= this.#host.keepAlive();
  }

  release(): void {
    assert(this.#holds > 0, "a process was released more often than it was held");
    this.#holds--;
    if (this.#holds === 0) this.#letProcessEnd();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const closer of this.#closers) closer.close?.();
    for (const share of this.#shares) share.dispose();
    this.#letProcessEnd();
  }

  #letProcessEnd(): void {
    this.#letGo?.();
    this.#letGo = undefined;
  }

  /** Opens disks and folders; when one fails, those before it are closed again. */
  #openFiles(options: HostHalOptions): { disks: FileDisk[]; shares: FolderShare[] } {
    const { fs } = this.#host;
    const disks: FileDisk[] = [];
    const shares: FolderShare[] = [];
    try {
      for (const disk of options.disks ?? []) {
        disks.push(createFileDisk(fs, this.memory, this.schedule, disk));
      }
      for (const share of options.shares ?? []) {
        shares.push(createFolderShare(fs, this.schedule, share));
      }
    } catch (error) {
      for (const disk of disks) disk.close();
      for (const share of shares) share.dispose();
      throw error;
    }
    return { disks, shares };
  }
}

/**
 * Makes the platform of one system on a host.
 *
 * @throws Error when a disk's file or a share's folder cannot be opened, RangeError when the slab
 *   lacks room.
 */
export function createHostHal(host: HostPlatform, options: HostHalOptions): HostHal {
  return new EventLoopHal(host, options);
}
