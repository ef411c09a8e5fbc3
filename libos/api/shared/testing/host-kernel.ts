/** A kernel that runs in the host's event loop, in real time: the turn of the API's tests. */
import crypto from "node:crypto";
import { createImmediateSchedule, createPlainSlab } from "../../../../host-adapters/shared/mod.ts";
import type { Hal, NetDevice, PacketMemory } from "../../../hal/mod.ts";
import { createKernel, type Kernel } from "../../../kernel/mod.ts";

export interface HostHal extends Hal {
  readonly memory: PacketMemory;
}

export const hostSchedule: (job: () => void) => void = createImmediateSchedule(setImmediate);

/** Makes a HAL over the event loop; timers do not keep the process alive by themselves. */
export function createHostHal(
  memory: PacketMemory = createPlainSlab(1 << 20).region(1 << 20),
  net: readonly NetDevice[] = [],
): HostHal {
  const bootUs = process.hrtime.bigint() / 1000n;
  const nowUs = (): number => Number(process.hrtime.bigint() / 1000n - bootUs);
  let expire = (): void => {};
  let generation = 0;
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  const arm = (deadlineUs: number): void => {
    clearTimeout(timer);
    const mine = ++generation;
    const fire = (): void => {
      if (mine !== generation || isClosed) return;
      if (nowUs() < deadlineUs) arm(deadlineUs);
      else expire();
    };
    const waitUs = deadlineUs - nowUs();
    if (waitUs <= 0) hostSchedule(fire);
    else timer = setTimeout(fire, Math.ceil(waitUs / 1000));
  };
  return {
    platform: { name: "test", engine: "v8", arch: "unknown" },
    memory,
    clock: { nowUs, wallUs: () => Date.now() * 1000 },
    timer: {
      arm,
      disarm: () => {
        generation++;
        clearTimeout(timer);
      },
      onExpire: (handler) => {
        expire = handler;
      },
    },
    entropy: {
      available: true,
      fill: (target) => void crypto.randomFillSync(target),
    },
    console: { write: () => {}, read: () => 0, onReady: () => {} },
    power: { off: () => {}, reset: () => {}, onRequest: () => {} },
    net,
    block: [],
    shares: [],
    close: () => {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}

/** Makes a kernel in the host's event loop. */
export function createHostKernel(): Kernel {
  return createKernel(createHostHal());
}
