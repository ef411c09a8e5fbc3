/** What the gateway does with the packets that its stack receives. */
import type { MacAddress } from "../../components/ethernet/mod.ts";
import type { Address } from "../../components/ip/mod.ts";
import type { Entropy } from "../../libos/hal/mod.ts";
import type { GatewayCounters } from "./counters.ts";
import { createDhcpServer } from "./dhcp-server.ts";
import { createDnsServer } from "./dns-server.ts";
import type { HostSockets } from "./host-sockets.ts";
import type { GatewayLimits } from "./limits.ts";
import type { GatewayNetwork } from "./network.ts";
import { quoteDatagram, quoteSyn } from "./quote.ts";
import type { GatewayStack } from "./stack.ts";
import type { TcpFlow, TcpFlowTable } from "./tcp-flow.ts";
import { createTcpOut } from "./tcp-out.ts";
import { UdpFlowTable } from "./udp-flow.ts";
import { createUdpOut } from "./udp-out.ts";

export interface ServiceNeeds {
  readonly stack: GatewayStack;
  /** Packet memory. */
  readonly memory: Uint8Array;
  readonly mtuBytes: number;
  readonly sockets: HostSockets;
  readonly network: GatewayNetwork;
  readonly limits: GatewayLimits;
  readonly counters: GatewayCounters;
  readonly entropy: Entropy;
  /** The address of an attached device. */
  addressOf(hardware: MacAddress): Address | undefined;
}

export interface Services {
  readonly flows: { readonly tcp: TcpFlowTable; readonly udp: UdpFlowTable };
  /**
   * Takes nothing new and resets what the applications had not ended; calls back when the host has
   * taken the last bytes of the rest, at once where there is none.
   */
  finish(done: () => void): void;
  /** Resets all flows. */
  stop(): void;
}

/** Connects the forwarders, the name server and the DHCP server to the stack. */
export function createServices(needs: ServiceNeeds): Services {
  const { stack, memory, sockets, network, limits, counters } = needs;
  const { kernel, icmp, tcp, udp } = stack;
  const { timers } = kernel;
  const nowUs = (): number => kernel.nowUs();
  const names = createDnsServer({ ...needs, udp, timers, nowUs });
  const dhcp = createDhcpServer({ ...needs, udp });
  let onEmpty = (): void => {};
  const tcpFlows: TcpFlowTable = {
    memory,
    counters,
    flows: new Set<TcpFlow>(),
    onEmpty: () => onEmpty(),
    wake: () => kernel.wake(),
  };
  const udpFlows = new UdpFlowTable({ timers, nowUs, counters, limits });
  const countError = (isSent: boolean): void => {
    if (isSent) counters.icmpErrorsSent++;
  };
  tcp.setForwarder(
    createTcpOut({
      table: tcpFlows,
      sockets,
      network,
      limits,
      serveNames: (request) => names.serveConnection(request),
      reportUnreachable: (request, what) => {
        const packet = {
          appAddress: request.remoteAddress,
          appPort: request.remotePort,
          peerAddress: request.localAddress,
          peerPort: request.localPort,
        };
        countError(icmp.sendUnreachable(what, quoteSyn(packet, request.sequence)));
      },
    }),
  );
  udp.setForwarder(
    createUdpOut({
      memory,
      counters,
      flows: udpFlows,
      sockets,
      udp,
      network,
      serveNames: (...datagram) => names.serveDatagram(...datagram),
      reportUnreachable: (flow, what) =>
        countError(icmp.sendUnreachable(what, quoteDatagram(flow))),
    }),
  );
  return {
    flows: { tcp: tcpFlows, udp: udpFlows },
    finish(done): void {
      tcp.setForwarder(undefined);
      udpFlows.endAll();
      for (const flow of tcpFlows.flows) if (!flow.isFinishing) flow.abort();
      onEmpty = done;
      if (tcpFlows.flows.size === 0) done();
    },
    stop(): void {
      onEmpty = () => {};
      for (const flow of tcpFlows.flows) flow.abort();
      udpFlows.endAll();
      dhcp.stop();
    },
  };
}
