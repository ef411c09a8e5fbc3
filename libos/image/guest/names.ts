/** Names to addresses. Long answers come over TCP, where the application has it. */
import type { NamesContext } from "../../api/shared/context.ts";
import type { NameResolver } from "../../api/shared/resolver.ts";
import { createNaming } from "../../system/names.ts";
import { core } from "./core.ts";
import { archive } from "./manifest.ts";
import { addresses, context, network } from "./network.ts";
import { systemParts } from "./parts.ts";

const { hosts } = archive.manifest;
const { tcp } = systemParts;
let resolver: NameResolver | undefined;

export const namesContext: NamesContext = {
  ...context,
  /** Made for the first name: most servers start without one to resolve. */
  get resolver() {
    return (resolver ??= createNaming(core, { udp: network.udp, tcp, addresses, hosts }));
  },
};
