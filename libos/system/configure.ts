/** Addresses, routes and name servers of a system: fixed ones, or what DHCP says. */
import { applyLease, createDhcpClient, type DhcpClient } from "../../components/dhcp/mod.ts";
import { createDnsResolver, type DnsResolver, type DnsServer } from "../../components/dns/mod.ts";
import { formatIpv4, parseIpv4 } from "../../components/ipv4/mod.ts";
import type { Logger } from "../../components/log/mod.ts";
import type { Kernel } from "../kernel/mod.ts";
import type { NetworkConfig, NetworkStack, StaticNetwork } from "./network.ts";

export interface NetworkConfiguration {
  readonly dns: DnsResolver;
  readonly dhcp: DhcpClient | undefined;
  /**
   * Calls back once there are addresses, or once waiting for them has been given up: at once when
   * that is so already.
   */
  whenConfigured(callback: () => void): void;
  stop(): void;
}

/** How long the application's connections wait for DHCP before they fail as unreachable. */
const GIVE_UP_US = 15_000_000;

/**
 * Configures the first link, and makes the resolver.
 *
 * @param hosts Names that resolve without DNS.
 * @param log Where the network's news go.
 * @throws RangeError for an address that is none.
 */
export function configureNetwork(
  kernel: Kernel,
  stack: NetworkStack,
  config: NetworkConfig,
  hosts: Readonly<Record<string, string>>,
  log: Logger,
): NetworkConfiguration {
  const { tcp, udp, ipv4: network, links } = stack;
  const { entropy } = kernel.hal;
  const hostsText = hostsFile(hosts);
  const nameServers = config.kind === "static" ? config.nameServers.map(parseServer) : [];
  const dns = createDnsResolver(
    { kernel, entropy, udp, tcp },
    { servers: nameServers, hosts: hostsText },
  );
  const [link] = links;
  const waiting: (() => void)[] = [];
  let isConfigured = config.kind === "static" || link === undefined;
  const configured = (): void => {
    isConfigured = true;
    for (const callback of waiting.splice(0)) callback();
  };
  const whenConfigured = (callback: () => void): void => {
    if (isConfigured) callback();
    else waiting.push(callback);
  };
  link?.arp.onConflict((address) => {
    log.error("another host uses our address", { address: formatIpv4(address) });
  });
  if (config.kind === "static") {
    configureStatic(stack, config);
    return { dns, dhcp: undefined, whenConfigured, stop: () => dns.stop() };
  }
  if (link === undefined) return { dns, dhcp: undefined, whenConfigured, stop: () => dns.stop() };
  const giveUp = kernel.timers.create(() => {
    log.warning("no DHCP server has answered", { afterSeconds: GIVE_UP_US / 1e6 });
    configured();
  }, undefined);
  giveUp.set(kernel.nowUs() + GIVE_UP_US);
  const dhcp = createDhcpClient({
    kernel,
    entropy,
    udp,
    device: link.ethernet.name,
    hardwareAddress: link.ethernet.address,
    onLease(lease) {
      applyLease(network, link.interface, lease);
      dns.configure({
        servers: (lease?.dnsServers ?? []).map((address) => ({ address })),
        hosts: hostsText,
        ...(lease?.domainName !== undefined && { search: [lease.domainName] }),
      });
      if (lease === undefined) {
        log.warning("the DHCP lease is over");
        return;
      }
      log.info("a DHCP lease", {
        address: formatIpv4(lease.address),
        server: formatIpv4(lease.server),
      });
      giveUp.cancel();
      configured();
    },
  });
  dhcp.start();
  return {
    dns,
    dhcp,
    whenConfigured,
    stop() {
      giveUp.cancel();
      dhcp.stop();
      dns.stop();
    },
  };
}

/** Gives the first link its fixed address and the default route. */
function configureStatic(stack: NetworkStack, config: StaticNetwork): void {
  const [link] = stack.links;
  if (link === undefined) return;
  const address = parseAddress(config.address);
  stack.ipv4.configure(link.interface, { address, prefixLength: config.prefixLength });
  link.arp.announce(address);
  if (config.gateway === undefined) return;
  stack.ipv4.addRoute({
    network: 0,
    prefixLength: 0,
    gateway: parseAddress(config.gateway),
    interface: link.interface,
  });
}

function parseAddress(text: string): number {
  const address = parseIpv4(text);
  if (address === undefined) throw new RangeError(`"${text}" is not an IPv4 address`);
  return address;
}

function parseServer(text: string): DnsServer {
  return { address: parseAddress(text) };
}

/** In the format of /etc/hosts; what the configuration says of localhost goes before our own. */
function hostsFile(hosts: Readonly<Record<string, string>>): string {
  const lines = Object.entries(hosts).map(([name, address]) => `${address} ${name}`);
  return [...lines, `${formatIpv4(0x7f00_0001)} localhost`, ""].join("\n");
}
