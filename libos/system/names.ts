/** Names to addresses: the resolver over what the configuration and the network say. */
import { createDnsResolver } from "../../components/dns/mod.ts";
import type { Tcp } from "../../components/tcp/mod.ts";
import type { Udp } from "../../components/udp/mod.ts";
import { createNameResolver } from "../api/dns/name-resolver.ts";
import type { NameResolver } from "../api/shared/resolver.ts";
import type { AddressConfiguration } from "./addresses.ts";
import type { Core } from "./core.ts";

export interface NamingNeeds {
  readonly udp: Udp;
  /** For answers that are too long for UDP; without it they are an error. */
  readonly tcp: Tcp | undefined;
  readonly addresses: AddressConfiguration;
  /** Names that resolve without DNS. */
  readonly hosts: Readonly<Record<string, string>>;
}

/** Makes the system's resolver, which asks the name servers that the network has. */
export function createNaming(core: Core, needs: NamingNeeds): NameResolver {
  const { kernel, hal } = core;
  const { udp, tcp } = needs;
  const components = { kernel, entropy: hal.entropy, udp, ...(tcp && { tcp }) };
  const hosts = hostsFile(needs.hosts);
  const dns = createDnsResolver(components, { servers: [], hosts });
  needs.addresses.onNaming(({ servers, domainName }) => {
    dns.configure({
      servers: servers.map((address) => ({ address })),
      hosts,
      ...(domainName !== undefined && { search: [domainName] }),
    });
  });
  core.onStop(() => dns.stop());
  return createNameResolver(dns, (config) => createDnsResolver(components, config));
}

/** In the format of /etc/hosts; what the configuration says of localhost goes before our own. */
function hostsFile(hosts: Readonly<Record<string, string>>): string {
  const lines = Object.entries(hosts).map(([name, address]) => `${address} ${name}`);
  return [...lines, "127.0.0.1 localhost", ""].join("\n");
}
