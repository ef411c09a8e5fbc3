import type { NetDevice } from "../../libos/hal/mod.ts";
import type { Kernel } from "../../libos/kernel/mod.ts";
import type { Arp } from "../arp/mod.ts";
import { createArp } from "../arp/mod.ts";
import type { Ethernet } from "../ethernet/mod.ts";
import { createEthernet } from "../ethernet/mod.ts";
import type { Icmpv4 } from "../icmpv4/mod.ts";
import { createIcmpv4 } from "../icmpv4/mod.ts";
import type { Interface, Ipv4, Ipv4Limits } from "../ipv4/mod.ts";
import { IPV4_LIMITS, createIpv4, parseCidr } from "../ipv4/mod.ts";
import type { Loopback } from "../loopback/mod.ts";
import { createLoopback } from "../loopback/mod.ts";
import type { Udp } from "../udp/mod.ts";
import { createUdp } from "../udp/mod.ts";
import type { TestHost } from "./world.ts";

/** Everything of the network but TCP, on one host with one device. */
export interface TestStack {
  readonly host: TestHost;
  readonly kernel: Kernel;
  readonly ethernet: Ethernet;
  readonly arp: Arp;
  readonly ip: Ipv4;
  readonly icmp: Icmpv4;
  readonly udp: Udp;
  readonly loopback: Loopback;
  readonly eth0: Interface;
}

export interface StackOptions {
  readonly promiscuous?: boolean;
  readonly ipv4?: Partial<Ipv4Limits>;
}

/**
 * Composes a stack.
 *
 * @param cidr "10.0.0.1/24", or "" for an interface that has no address yet.
 */
export function createStack(
  host: TestHost,
  device: NetDevice,
  cidr: string,
  options: StackOptions = {},
): TestStack {
  const { kernel, hal } = host;
  const { entropy } = hal;
  const promiscuous = options.promiscuous ?? false;
  const ethernet = createEthernet({ device, kernel, promiscuous });
  const arp = createArp({ ethernet, kernel, entropy });
  const ip = createIpv4({ kernel, entropy, promiscuous }, { ...IPV4_LIMITS, ...options.ipv4 });
  const loopback = createLoopback(kernel);
  ip.addInterface({ link: loopback, address: 0x7f00_0001, prefixLength: 8 });
  const eth0 = ip.addInterface({ link: arp, ...parseCidr(cidr) });
  const icmp = createIcmpv4({ kernel, network: ip, entropy });
  const udp = createUdp({ kernel, network: ip, entropy });
  kernel.onFlush(() => ethernet.flush());
  return { host, kernel, ethernet, arp, ip, icmp, udp, loopback, eth0 };
}
