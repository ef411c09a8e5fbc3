import type { UserMode } from "../../host-adapters/gateway/mod.ts";
import type { Host } from "./host-types.ts";

/** What user mode offers to a system, the same on every runtime. */
export function userModeHost(userMode: UserMode, mounts: Host["mounts"]): Host {
  const { hal, gateway, network, closed } = userMode;
  return {
    hal,
    network: {
      kind: "static",
      address: network.address,
      prefixLength: network.prefixLength,
      gateway: network.gateway,
      nameServers: [network.nameServer],
    },
    mounts,
    publisher: gateway,
    closed,
    description: `${network.address}, in user mode`,
    hold: () => hal.hold(),
    release: () => hal.release(),
    run: () => Promise.resolve(),
  };
}
