/** UDP that `dgram` stands on: for who listens on it without `dgram`. */
import { holdWhileOpen, observeUdp } from "../../../system/observe-listeners.ts";
import { core } from "../core.ts";
import { network } from "../network.ts";
import { onListen } from "../listening.ts";
import { modules } from "../parts.ts";

modules.udp = observeUdp(network.udp, holdWhileOpen(core.context, onListen));
