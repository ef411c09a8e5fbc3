/** One simulated system with TCP over the real stack, for the tests of this folder. */
import { createArp } from "../../components/arp/mod.ts";
import { createEthernet } from "../../components/ethernet/mod.ts";
import { createIpv4, parseCidr } from "../../components/ipv4/mod.ts";
import { createTcp, type TcpComponent, type TcpLimits } from "../../components/tcp/mod.ts";
import type { SimHal } from "../../host-adapters/sim/mod.ts";
import {
  createKernel,
  type Kernel,
  KERNEL_LIMITS,
  type TraceSink,
} from "../../libos/kernel/mod.ts";

export interface TcpSystem {
  readonly hal: SimHal;
  readonly kernel: Kernel;
  readonly tcp: TcpComponent;
}

/**
 * Composes kernel, Ethernet, ARP, IPv4 and TCP on the first device.
 *
 * @param cidr The address, "10.0.0.1/24".
 */
export function createTcpSystem(
  hal: SimHal,
  cidr: string,
  limits: Partial<TcpLimits> = {},
  trace?: TraceSink,
): TcpSystem {
  const { entropy } = hal;
  const kernel = createKernel(hal, KERNEL_LIMITS, trace);
  const ethernet = createEthernet({ device: hal.net[0]!, kernel });
  const arp = createArp({ ethernet, kernel, entropy });
  const ipv4 = createIpv4({ kernel, entropy });
  ipv4.addInterface({ link: arp, ...parseCidr(cidr) });
  const tcp = createTcp({ network: ipv4, kernel, entropy }, limits);
  kernel.onFlush(() => {
    tcp.flush();
    ethernet.flush();
  });
  return { hal, kernel, tcp };
}
