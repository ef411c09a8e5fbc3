/** One of two systems in this process: the full stack over one end of a device pair. */
import { createArp } from "../../components/arp/mod.ts";
import { createEthernet } from "../../components/ethernet/mod.ts";
import { createIpv4, parseCidr } from "../../components/ipv4/mod.ts";
import { createTcp, type TcpComponent } from "../../components/tcp/mod.ts";
import { createRandom, type Schedule } from "../../host-adapters/shared/mod.ts";
import type { Hal, NetDevice, PacketMemory } from "../../libos/hal/mod.ts";
import { createKernel, type Kernel } from "../../libos/kernel/mod.ts";

export interface BenchHost {
  readonly kernel: Kernel;
  readonly tcp: TcpComponent;
  readonly memory: PacketMemory;
  /** Runs the alarm if its deadline has passed. */
  poll(): void;
}

/** A platform with the real clock, whose alarm the benchmark looks after by itself. */
export function createBenchHal(
  schedule: Schedule,
  memory: PacketMemory,
  device: NetDevice,
  name: string,
): { hal: Hal; poll(): void } {
  let deadlineUs = Infinity;
  let isScheduled = false;
  let expire = (): void => {};
  const nowUs = (): number => Math.floor(performance.now() * 1000);
  const runAlarm = (): void => {
    isScheduled = false;
    if (deadlineUs === Infinity) return;
    deadlineUs = Infinity;
    expire();
  };
  const random = createRandom(1, name);
  const hal: Hal = {
    platform: { name: "bench", engine: "", arch: "" },
    memory,
    clock: { nowUs, wallUs: nowUs },
    timer: {
      arm(us: number): void {
        deadlineUs = us;
        // "At once" is asked for by `kernel.wake`; anything later waits for `poll`.
        if (us <= 0 && !isScheduled) {
          isScheduled = true;
          schedule(runAlarm);
        }
      },
      disarm(): void {
        deadlineUs = Infinity;
      },
      onExpire(handler: () => void): void {
        expire = handler;
      },
    },
    entropy: { available: true, fill: (target) => random.fill(target) },
    console: { write: () => {}, read: () => 0, onReady: () => {} },
    power: { off: () => {}, reset: () => {}, onRequest: () => {} },
    net: [device],
    block: [],
    shares: [],
    close: () => {},
  };
  return {
    hal,
    poll(): void {
      if (deadlineUs !== Infinity && !isScheduled && deadlineUs <= nowUs()) runAlarm();
    },
  };
}

/** Composes the stack. @param cidr "10.0.0.1/24". */
export function createHost(
  schedule: Schedule,
  memory: PacketMemory,
  device: NetDevice,
  cidr: string,
): BenchHost {
  const { hal, poll } = createBenchHal(schedule, memory, device, cidr);
  const { entropy } = hal;
  const kernel = createKernel(hal);
  const ethernet = createEthernet({ device, kernel });
  const arp = createArp({ ethernet, kernel, entropy });
  const ipv4 = createIpv4({ kernel, entropy });
  ipv4.addInterface({ link: arp, ...parseCidr(cidr) });
  const tcp = createTcp({ network: ipv4, kernel, entropy });
  kernel.onFlush(() => tcp.flush());
  kernel.onFlush(() => ethernet.flush());
  return { kernel, tcp, memory, poll };
}
