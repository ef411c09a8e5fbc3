/** TCP on the image's network. */
import type { TcpComponent } from "../../../components/tcp/mod.ts";
import { addTcp } from "../../system/network.ts";
import { reportEvictions } from "../../system/eviction-report.ts";
import { closeConnections } from "../../system/orderly-end.ts";
import { core } from "./core.ts";
import { observer } from "./machine.ts";
import { network } from "./network.ts";
import { systemParts } from "./parts.ts";

export const tcp: TcpComponent = addTcp(core.kernel, network, {
  isMemoryShort: observer.isMemoryShort,
  onEviction: reportEvictions(core),
});
core.onStop(() => tcp.stop());
core.beforeStop((graceUs) => closeConnections(core.kernel, tcp, graceUs));
systemParts.tcp = tcp;
