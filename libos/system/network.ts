/** The composition of the network: which component stands on which, in one screen. */
import { createArp, type Arp } from "../../components/arp/mod.ts";
import { createEthernet, type Ethernet } from "../../components/ethernet/mod.ts";
import { createIcmpv4, type Icmpv4 } from "../../components/icmpv4/mod.ts";
import { createIpv4, parseIpv4, type Interface, type Ipv4 } from "../../components/ipv4/mod.ts";
import { createLoopback, type Loopback } from "../../components/loopback/mod.ts";
import { createTcp, type TcpComponent, type TcpNeeds } from "../../components/tcp/mod.ts";
import { createUdp, type Udp } from "../../components/udp/mod.ts";
import type { Kernel } from "../kernel/mod.ts";

/** One network device with what stands on it. */
export interface Link {
  readonly ethernet: Ethernet;
  readonly arp: Arp;
  readonly interface: Interface;
}

/** What every system with a network has: IPv4 over its devices, and UDP, which DHCP needs. */
export interface BaseNetwork {
  readonly ipv4: Ipv4;
  readonly icmp: Icmpv4;
  readonly udp: Udp;
  readonly loopback: Loopback;
  /** In the order of the HAL's devices. */
  readonly links: readonly Link[];
  /** Calls a transport's `flush` at the end of each turn, before the devices' doorbells. */
  onFlush(flush: () => void): void;
  /** Stops all of it, from the top. */
  stop(): void;
}

/** The network with all transports. */
export interface NetworkStack extends Omit<BaseNetwork, "onFlush"> {
  readonly tcp: TcpComponent;
}

/** Composes IPv4 and UDP on the HAL's network devices; without any, on the loopback alone. */
export function createBaseNetwork(kernel: Kernel): BaseNetwork {
  const { hal } = kernel;
  const { entropy } = hal;
  const ipv4 = createIpv4({ kernel, entropy });
  const icmp = createIcmpv4({ kernel, network: ipv4, entropy });
  const udp = createUdp({ kernel, network: ipv4, entropy });
  const transports: (() => void)[] = [];
  kernel.onFlush(() => {
    for (let index = 0; index < transports.length; index++) transports[index]!();
  });
  const loopback = createLoopback(kernel);
  ipv4.addInterface({ link: loopback, address: parseIpv4("127.0.0.1")!, prefixLength: 8 });
  const links = hal.net.map((device): Link => {
    const ethernet = createEthernet({ device, kernel });
    const arp = createArp({ ethernet, kernel, entropy });
    kernel.onFlush(() => ethernet.flush());
    return { ethernet, arp, interface: ipv4.addInterface({ link: arp }) };
  });
  return {
    ipv4,
    icmp,
    udp,
    loopback,
    links,
    onFlush: (flush) => void transports.push(flush),
    stop() {
      udp.stop();
      icmp.stop();
      ipv4.stop();
      for (const { arp, ethernet } of links) {
        arp.stop();
        ethernet.stop();
      }
      loopback.stop();
    },
  };
}

/** Puts TCP on a network. It sends at the end of a turn. */
export function addTcp(
  kernel: Kernel,
  { ipv4, onFlush }: BaseNetwork,
  { isMemoryShort, onEviction }: Pick<TcpNeeds, "isMemoryShort" | "onEviction"> = {},
): TcpComponent {
  const { entropy } = kernel.hal;
  const tcp = createTcp({ kernel, network: ipv4, entropy, isMemoryShort, onEviction });
  onFlush(() => tcp.flush());
  return tcp;
}

/** Composes the whole network. */
export function createNetworkStack(kernel: Kernel): NetworkStack {
  const base = createBaseNetwork(kernel);
  const tcp = addTcp(kernel, base);
  return {
    ...base,
    tcp,
    stop() {
      tcp.stop();
      base.stop();
    },
  };
}
