/**
 * A gateway and the stacks of applications in one process under a clock that the test moves: every
 * job runs when the test says so, and nothing else happens.
 */
import { createArp } from "../../../components/arp/mod.ts";
import { createEthernet } from "../../../components/ethernet/mod.ts";
import { createIcmpv4, type Icmpv4 } from "../../../components/icmpv4/mod.ts";
import { createIpv4, type Ipv4, parseIpv4 } from "../../../components/ipv4/mod.ts";
import { createTcp, type Tcp } from "../../../components/tcp/mod.ts";
import { createUdp, type Udp } from "../../../components/udp/mod.ts";
import type { Clock, Entropy, NetDevice, PacketMemory, Timer } from "../../../libos/hal/mod.ts";
import { createKernel, type Kernel } from "../../../libos/kernel/mod.ts";
import { createJobQueue, createSlab, type JobQueue, type Slab } from "../../shared/mod.ts";
import {
  createGateway,
  type Gateway,
  type GatewayAttachment,
  type GatewayOptions,
} from "../gateway.ts";
import { createGatewayHal } from "../gateway-hal.ts";
import { FakeSockets } from "./fake-sockets.ts";

const REGION_BYTES = 2 ** 23;

/** A counter in place of chance, so that a test runs twice the same. */
function createEntropy(): Entropy {
  let state = 1;
  return {
    available: true,
    fill(target: Uint8Array): void {
      for (let index = 0; index < target.length; index++) {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        target[index] = state >>> 24;
      }
    },
  };
}

class ManualTimer implements Timer {
  deadlineUs: number = Infinity;
  #handler: () => void = () => {};

  arm(deadlineUs: number): void {
    this.deadlineUs = deadlineUs;
  }

  disarm(): void {
    this.deadlineUs = Infinity;
  }

  onExpire(handler: () => void): void {
    this.#handler = handler;
  }

  expire(): void {
    this.deadlineUs = Infinity;
    this.#handler();
  }
}

/** One application's stack. */
export interface TestApplication {
  readonly kernel: Kernel;
  readonly ipv4: Ipv4;
  readonly icmp: Icmpv4;
  readonly udp: Udp;
  readonly tcp: Tcp;
  readonly attachment: GatewayAttachment;
}

/** Clock, timers and jobs, moved by hand. */
export class TestWorld {
  readonly jobs: JobQueue = createJobQueue();
  readonly slab: Slab = createSlab(2 ** 26);
  readonly sockets: FakeSockets = new FakeSockets();
  readonly gateway: Gateway;
  nowUs: number = 1_000_000;
  readonly #timers: ManualTimer[] = [];
  readonly #clock: Clock;
  readonly #entropy: Entropy = createEntropy();

  constructor(options: GatewayOptions = {}) {
    this.#clock = { nowUs: () => this.nowUs, wallUs: () => this.nowUs };
    this.gateway = createGateway(
      {
        slab: this.slab,
        memory: this.slab.region(REGION_BYTES),
        clock: this.#clock,
        timer: this.#timer(),
        entropy: this.#entropy,
        schedule: this.jobs.schedule,
        sockets: this.sockets,
      },
      options,
    );
  }

  /** Plugs in a system; it is configured by hand unless `address` is "". */
  createApplication(configure: boolean = true): TestApplication {
    const attachment = this.gateway.attach("eth0");
    const memory = this.slab.region(REGION_BYTES);
    return this.#stack(attachment, attachment.device, memory, configure);
  }

  /** Runs all jobs and what is due now, until nothing is left. */
  run(): void {
    for (let round = 0; round < 10_000; round++) {
      const due = this.#timers.find(({ deadlineUs }) => deadlineUs <= this.nowUs);
      due?.expire();
      if (this.jobs.run(1) === 0 && due === undefined) return;
    }
    throw new Error("the world does not come to rest");
  }

  /** Lets time pass, with everything that falls due on the way. */
  advance(us: number): void {
    const endUs = this.nowUs + us;
    for (;;) {
      this.run();
      const nextUs = Math.min(...this.#timers.map(({ deadlineUs }) => deadlineUs));
      if (nextUs > endUs) break;
      this.nowUs = Math.ceil(nextUs);
    }
    this.nowUs = endUs;
    this.run();
  }

  #timer(): ManualTimer {
    const timer = new ManualTimer();
    this.#timers.push(timer);
    return timer;
  }

  #stack(
    attachment: GatewayAttachment,
    device: NetDevice,
    memory: PacketMemory,
    configure: boolean,
  ): TestApplication {
    const entropy = this.#entropy;
    const [clock, timer] = [this.#clock, this.#timer()];
    const hal = createGatewayHal({ memory, device, entropy, clock, timer });
    const kernel = createKernel(hal);
    const ethernet = createEthernet({ device, kernel });
    const arp = createArp({ ethernet, kernel, entropy });
    const ipv4 = createIpv4({ kernel, entropy });
    const icmp = createIcmpv4({ kernel, network: ipv4, entropy });
    const udp = createUdp({ kernel, network: ipv4, entropy });
    const tcp = createTcp({ kernel, network: ipv4, entropy });
    const own = ipv4.addInterface({ link: arp });
    if (configure) {
      const { address, prefixLength } = attachment;
      const gateway = parseIpv4(attachment.gateway)!;
      ipv4.configure(own, { address: parseIpv4(address)!, prefixLength });
      ipv4.addRoute({ network: 0, prefixLength: 0, gateway, interface: own });
    }
    kernel.onFlush(() => tcp.flush());
    kernel.onFlush(() => ethernet.flush());
    return { kernel, ipv4, icmp, udp, tcp, attachment };
  }
}
