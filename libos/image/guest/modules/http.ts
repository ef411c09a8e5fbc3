/** `http` over the image's `net`. */
import { createHttp } from "../../../api/http/mod.ts";
import { core } from "../core.ts";
import { observer } from "../machine.ts";
import { modules } from "../parts.ts";
import { net } from "./net.ts";

modules.http = createHttp({ ...core.context, net, isMemoryShort: observer.isMemoryShort });
