/** Names to addresses. Long answers come over TCP, where the application has it. */
import type { NamesContext } from "../../api/shared/context.ts";
import { createNaming } from "../../system/names.ts";
import { core } from "./core.ts";
import { archive } from "./manifest.ts";
import { addresses, context, network } from "./network.ts";
import { systemParts } from "./parts.ts";

const { hosts } = archive.manifest;
const { tcp } = systemParts;

export const namesContext: NamesContext = {
  ...context,
  resolver: createNaming(core, { udp: network.udp, tcp, addresses, hosts }),
};
