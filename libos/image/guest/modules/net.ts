/** `net` over the image's TCP. */
import { createNet, type Net } from "../../../api/net/mod.ts";
import { observeTcp } from "../../../system/observe-listeners.ts";
import { onListen } from "../listening.ts";
import { lookup } from "../lookup.ts";
import { context } from "../network.ts";
import { modules } from "../parts.ts";
import { tcp } from "../tcp.ts";

export const net: Net = createNet({ ...context, tcp: observeTcp(tcp, onListen) }, lookup);
modules.net = net;
