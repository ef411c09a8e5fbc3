/** The composition of the network: which component stands on which, in one screen. */
import { createArp, type Arp } from "../../components/arp/mod.ts";
import { createEthernet, type Ethernet } from "../../components/ethernet/mod.ts";
import { createIcmpv4, type Icmpv4 } from "../../components/icmpv4/mod.ts";
import { createIpv4, parseIpv4, type Interface, type Ipv4 } from "../../components/ipv4/mod.ts";
import { createLoopback, type Loopback } from "../../components/loopback/mod.ts";
import { createTcp, type TcpComponent } from "../../components/tcp/mod.ts";
import { createUdp, type Udp } from "../../components/udp/mod.ts";
import type { Kernel } from "../kernel/mod.ts";

/** A fixed address of the first network device. */
export interface StaticNetwork {
  readonly kind: "static";
  /** Dotted quad. */
  readonly address: string;
  readonly prefixLength: number;
  /** The default route's next hop; absent: there is none. */
  readonly gateway?: string;
  /** Name servers. */
  readonly nameServers: readonly string[];
}

/** Addresses by DHCP, on the first network device. */
export interface DhcpNetwork {
  readonly kind: "dhcp";
}

export type NetworkConfig = StaticNetwork | DhcpNetwork;

/** One network device with what stands on it. */
export interface Link {
  readonly ethernet: Ethernet;
  readonly arp: Arp;
  readonly interface: Interface;
}

export interface NetworkStack {
  readonly ipv4: Ipv4;
  readonly icmp: Icmpv4;
  readonly tcp: TcpComponent;
  readonly udp: Udp;
  readonly loopback: Loopback;
  /** In the order of the HAL's devices. */
  readonly links: readonly Link[];
  /** Stops all of it, from the top. */
  stop(): void;
}

/** Composes the stack on the HAL's network devices; without any, there is the loopback alone. */
export function createNetworkStack(kernel: Kernel): NetworkStack {
  const { hal } = kernel;
  const { entropy } = hal;
  const ipv4 = createIpv4({ kernel, entropy });
  const icmp = createIcmpv4({ kernel, network: ipv4, entropy });
  const udp = createUdp({ kernel, network: ipv4, entropy });
  const tcp = createTcp({ kernel, network: ipv4, entropy });
  // TCP sends at the end of a turn, so it stands before the devices' doorbells.
  kernel.onFlush(() => tcp.flush());
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
    tcp,
    udp,
    loopback,
    links,
    stop() {
      tcp.stop();
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
