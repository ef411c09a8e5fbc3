/** `dgram` over the image's UDP. */
import { createDgram } from "../../../api/dgram/mod.ts";
import { observeUdp } from "../../../system/observe-listeners.ts";
import { onListen } from "../listening.ts";
import { lookup } from "../lookup.ts";
import { context, network } from "../network.ts";
import { modules } from "../parts.ts";

modules.dgram = createDgram({ ...context, udp: observeUdp(network.udp, onListen) }, lookup);
