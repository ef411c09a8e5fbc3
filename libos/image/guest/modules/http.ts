/** `http` over the image's `net`: servers. */
import { HttpRuntime } from "../../../api/http/runtime.ts";
import { createHttpServing, type HttpServing } from "../../../api/http/serving.ts";
import { core } from "../core.ts";
import { observer } from "../machine.ts";
import { modules } from "../parts.ts";
import { net } from "./net.ts";

export const runtime: HttpRuntime = new HttpRuntime({
  ...core.context,
  net,
  isMemoryShort: observer.isMemoryShort,
});
export const http: HttpServing = createHttpServing(runtime);
modules.http = http;
