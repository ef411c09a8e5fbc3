/** Addresses and routes of a system's first link: fixed ones, or what DHCP says. */
import { applyLease, createDhcpClient } from "../../components/dhcp/mod.ts";
import { formatIpv4, parseIpv4 } from "../../components/ipv4/mod.ts";
import type { Core } from "./core.ts";
import type { BaseNetwork } from "./network.ts";
import type { NetworkConfig, StaticNetwork } from "./network-config.ts";

/** What a network says of its name servers. */
export interface NamingNews {
  /** Addresses of name servers. */
  readonly servers: readonly number[];
  /** The domain in which short names are looked for. */
  readonly domainName: string | undefined;
}

export interface AddressConfiguration {
  /**
   * Calls back once there are addresses, or once waiting for them has been given up: at once when
   * that is so already.
   */
  whenConfigured(callback: () => void): void;
  /** Tells `listener` of name servers: now, where they are known, and whenever they change. */
  onNaming(listener: (news: NamingNews) => void): void;
}

/** How long the application's connections wait for DHCP before they fail as unreachable. */
const GIVE_UP_US = 15_000_000;

/**
 * Configures the first link.
 *
 * @throws RangeError for an address that is none.
 */
export function configureAddresses(
  core: Core,
  stack: BaseNetwork,
  config: NetworkConfig,
): AddressConfiguration {
  const log = core.log.logger("network");
  const [link] = stack.links;
  link?.arp.onConflict((address) => {
    log.error("another host uses our address", { address: formatIpv4(address) });
  });
  if (config.kind === "static") {
    const news = { servers: config.nameServers.map(parseAddress), domainName: undefined };
    configureStatic(stack, config);
    return { whenConfigured: (callback) => callback(), onNaming: (listener) => listener(news) };
  }
  return configureByDhcp(core, stack);
}

function configureByDhcp(core: Core, { links, ipv4, udp }: BaseNetwork): AddressConfiguration {
  const { kernel } = core;
  const log = core.log.logger("network");
  const [link] = links;
  const waiting: (() => void)[] = [];
  const listeners: ((news: NamingNews) => void)[] = [];
  let news: NamingNews = { servers: [], domainName: undefined };
  let isConfigured = link === undefined;
  let isStopped = false;
  const configured = (): void => {
    isConfigured = true;
    for (const callback of waiting.splice(0)) callback();
  };
  const addresses: AddressConfiguration = {
    whenConfigured(callback) {
      if (isConfigured) callback();
      else waiting.push(callback);
    },
    onNaming(listener) {
      listeners.push(listener);
      listener(news);
    },
  };
  if (link === undefined) return addresses;
  const giveUp = kernel.timers.create(() => {
    log.warning("no DHCP server has answered", { afterSeconds: GIVE_UP_US / 1e6 });
    configured();
  }, undefined);
  giveUp.set(kernel.nowUs() + GIVE_UP_US);
  const dhcp = createDhcpClient({
    kernel,
    entropy: core.hal.entropy,
    udp,
    device: link.ethernet.name,
    hardwareAddress: link.ethernet.address,
    onLease(lease) {
      applyLease(ipv4, link.interface, lease);
      news = { servers: lease?.dnsServers ?? [], domainName: lease?.domainName };
      for (const listener of listeners) listener(news);
      if (isStopped) return;
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
  core.onStop(() => {
    isStopped = true;
    giveUp.cancel();
    dhcp.stop();
  });
  dhcp.start();
  return addresses;
}

/** Gives the first link its fixed address and the default route. */
function configureStatic(stack: BaseNetwork, config: StaticNetwork): void {
  const address = parseAddress(config.address);
  const [link] = stack.links;
  if (link === undefined) return;
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
