/** IPv4 and UDP on the machine's network devices, with addresses by DHCP. */
import type { NetworkContext } from "../../api/shared/context.ts";
import { configureAddresses, type AddressConfiguration } from "../../system/addresses.ts";
import { createBaseNetwork, type BaseNetwork } from "../../system/network.ts";
import type { NetworkConfig } from "../../system/network-config.ts";
import { parseAddressWords } from "./address-words.ts";
import { core } from "./core.ts";
import { native, writeLine } from "./machine.ts";
import { archive } from "./manifest.ts";
import { systemParts } from "./parts.ts";

export const network: BaseNetwork = createBaseNetwork(core.kernel);
core.onStop(() => network.stop());
systemParts.network = network;
export const addresses: AddressConfiguration = configureAddresses(core, network, networkConfig());

if (archive.manifest.net && network.links.length === 0) {
  core.log
    .logger("network")
    .warning("this machine has no virtio network device: there is the loopback alone");
}

/** DHCP, unless the command line says otherwise. */
function networkConfig(): NetworkConfig {
  const config = parseAddressWords(native.commandLine);
  if (typeof config !== "string") return config;
  writeLine(`libos: ${config}`);
  native.power.off(70);
}

/** What modules of the network's API stand on. */
export const context: NetworkContext = {
  ...core.context,
  network: network.ipv4,
  whenConfigured: (callback) => addresses.whenConfigured(callback),
};
