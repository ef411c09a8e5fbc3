/** Words of the kernel's command line that fix the first network card's address. */
import { parseCidr, parseIpv4 } from "../../../components/ipv4/mod.ts";
import type { NetworkConfig } from "../../system/network-config.ts";

/**
 * Reads `ipv4=ADDRESS/PREFIX`, `gateway=ADDRESS` and `dns=ADDRESS[,ADDRESS…]`; the last of a kind
 * counts.
 *
 * @returns DHCP where `ipv4=` is absent; a line that says what is wrong.
 */
export function parseAddressWords(commandLine: string): NetworkConfig | string {
  const values = new Map<string, string>();
  for (const word of commandLine.split(" ")) {
    const at = word.indexOf("=");
    if (at > 0) values.set(word.slice(0, at), word.slice(at + 1));
  }
  const own = values.get("ipv4");
  if (own === undefined) return { kind: "dhcp" };
  const network = parseCidr(own);
  if (network === undefined) {
    return `ipv4=${own}: expected an address with its prefix, such as 192.0.2.7/24`;
  }
  const gateway = values.get("gateway");
  if (gateway !== undefined && parseIpv4(gateway) === undefined) {
    return `gateway=${gateway}: expected an address such as 192.0.2.1`;
  }
  const nameServers = values.get("dns")?.split(",") ?? [];
  const wrong = nameServers.find((server) => parseIpv4(server) === undefined);
  if (wrong !== undefined) return `dns=${wrong}: expected addresses such as 192.0.2.1,192.0.2.2`;
  return {
    kind: "static",
    address: own.slice(0, own.indexOf("/")),
    prefixLength: network.prefixLength,
    nameServers,
    ...(gateway !== undefined && { gateway }),
  };
}
