/** TCP that `net` stands on: for who listens on it without `net`. */
import { holdWhileOpen, observeTcp } from "../../../system/observe-listeners.ts";
import { core } from "../core.ts";
import { onListen } from "../listening.ts";
import { modules } from "../parts.ts";
import { tcp } from "../tcp.ts";

modules.tcp = observeTcp(tcp, holdWhileOpen(core.context, onListen));
