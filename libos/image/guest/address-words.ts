/** Words of the kernel's command line that fix the first network card's address. */
import type { NetworkConfig } from "../../system/network-config.ts";

const PREFIX_MAX = 32;

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
  const [address = "", prefix = ""] = own.split("/");
  const prefixLength = /^\d{1,2}$/.test(prefix) ? Number(prefix) : PREFIX_MAX + 1;
  if (!isAddress(address) || prefixLength > PREFIX_MAX) {
    return `ipv4=${own}: expected an address with its prefix, such as 192.0.2.7/24`;
  }
  const gateway = values.get("gateway");
  if (gateway !== undefined && !isAddress(gateway)) {
    return `gateway=${gateway}: expected an address such as 192.0.2.1`;
  }
  const nameServers = values.get("dns")?.split(",") ?? [];
  const wrong = nameServers.find((server) => !isAddress(server));
  if (wrong !== undefined) return `dns=${wrong}: expected addresses such as 192.0.2.1,192.0.2.2`;
  return {
    kind: "static",
    address,
    prefixLength,
    nameServers,
    ...(gateway !== undefined && { gateway }),
  };
}

function isAddress(text: string): boolean {
  const bytes = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1) ?? [];
  return bytes.length === 4 && bytes.every((byte) => Number(byte) <= 255);
}
