import type { Clock, Entropy, Hal, NetDevice, PacketMemory, Timer } from "../../libos/hal/mod.ts";

/** What the gateway's kernel takes from its host. */
export interface GatewayHalParts {
  readonly memory: PacketMemory;
  readonly clock: Clock;
  /** One of its own: the application's kernel has the other. */
  readonly timer: Timer;
  readonly entropy: Entropy;
  readonly device: NetDevice;
}

/** The platform of the gateway's own kernel: a network device, time and chance, nothing else. */
export function createGatewayHal(parts: GatewayHalParts): Hal {
  const { memory, clock, timer, entropy, device } = parts;
  return {
    platform: { name: "gateway", engine: "host", arch: "unknown" },
    memory,
    clock,
    timer,
    entropy,
    console: { write() {}, read: () => 0, onReady() {} },
    power: { off() {}, reset() {}, onRequest() {} },
    net: [device],
    block: [],
    shares: [],
    close: () => timer.disarm(),
  };
}
