/** The gateway's own network stack: our components, in promiscuous mode, over a kernel of its own. */
import { createArp, type Arp } from "../../components/arp/mod.ts";
import { createEthernet, type Ethernet } from "../../components/ethernet/mod.ts";
import { createIcmpv4, ICMPV4_LIMITS, type Icmpv4 } from "../../components/icmpv4/mod.ts";
import { createIpv4, formatIpv4, type Ipv4 } from "../../components/ipv4/mod.ts";
import {
  createTcp,
  TCP_LIMITS,
  type TcpComponent,
  type TcpLimits,
} from "../../components/tcp/mod.ts";
import { createUdp, type Udp } from "../../components/udp/mod.ts";
import type { Hal, NetDevice } from "../../libos/hal/mod.ts";
import { createKernel, type Kernel } from "../../libos/kernel/mod.ts";
import type { HostSockets } from "./host-sockets.ts";
import type { GatewayLimits } from "./limits.ts";
import type { GatewayNetwork } from "./network.ts";

export interface GatewayStackNeeds {
  readonly hal: Hal;
  readonly device: NetDevice;
  readonly sockets: HostSockets;
  readonly network: GatewayNetwork;
  readonly limits: GatewayLimits;
}

export interface GatewayStack {
  readonly kernel: Kernel;
  readonly ethernet: Ethernet;
  readonly arp: Arp;
  readonly ipv4: Ipv4;
  readonly icmp: Icmpv4;
  readonly udp: Udp;
  readonly tcp: TcpComponent;
  /** Resets all connections; no turn runs afterwards. */
  stop(): void;
}

/**
 * On a cable inside one process no segment is late, so TIME-WAIT need not outlast any; it only has
 * to answer a FIN that is sent again.
 */
const MSL_US = 250_000;

/** Shares of the region that queues may take; the rest is for frames and for what is rounded up. */
const QUEUE_SHARE = 0.375;

function tcpLimits(limits: GatewayLimits, memoryBytes: number): TcpLimits {
  const queueBytes = Math.floor(memoryBytes * QUEUE_SHARE);
  return {
    ...TCP_LIMITS,
    sendQueueBytes: limits.flowQueueBytes,
    receiveQueueBytes: limits.flowQueueBytes,
    sendMemoryBytes: queueBytes,
    receiveMemoryBytes: queueBytes,
    maxConnections: 2 * limits.tcpFlows + limits.dnsConnections,
    maxRequests: limits.tcpPendingFlows,
    mslUs: MSL_US,
  };
}

export function createGatewayStack(needs: GatewayStackNeeds): GatewayStack {
  const { hal, device, sockets, network, limits } = needs;
  const { entropy } = hal;
  const kernel = createKernel(hal);
  const ethernet = createEthernet({ device, kernel });
  const arp = createArp({ ethernet, kernel, entropy });
  const ipv4 = createIpv4({ kernel, entropy, promiscuous: true });
  const isOwn = new Set([network.gateway, network.nameServer]);
  const { icmpErrorsPerSecond } = limits;
  const icmp = createIcmpv4(
    {
      kernel,
      network: ipv4,
      entropy,
      // Without privileges a process can't ask others for an echo: it answers only for itself.
      answersEcho: (_source, destination) =>
        isOwn.has(destination) || sockets.isHostAddress(formatIpv4(destination)),
    },
    { ...ICMPV4_LIMITS, errorsPerSecond: icmpErrorsPerSecond, errorBurst: icmpErrorsPerSecond },
  );
  const udp = createUdp({ kernel, network: ipv4, entropy });
  const tcp = createTcp(
    { kernel, network: ipv4, entropy },
    tcpLimits(limits, hal.memory.regionBytes),
  );
  const own = ipv4.addInterface({ link: arp });
  ipv4.configure(own, {
    address: network.gateway,
    prefixLength: network.prefixLength,
    aliases: [network.nameServer],
  });
  kernel.onFlush(() => tcp.flush());
  // What was written to host sockets in a turn goes out at its end, in one call for each.
  kernel.onFlush(() => sockets.flush());
  kernel.onFlush(() => ethernet.flush());
  return {
    kernel,
    ethernet,
    arp,
    ipv4,
    icmp,
    udp,
    tcp,
    stop(): void {
      tcp.stop();
      udp.stop();
      ethernet.flush();
      icmp.stop();
      ipv4.stop();
      arp.stop();
      ethernet.stop();
      kernel.stop();
    },
  };
}
