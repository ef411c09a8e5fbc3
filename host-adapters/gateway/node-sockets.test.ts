import t from "tap";
import { createNodeSockets } from "./node-sockets.ts";
import { HOST_SOCKETS_CHECKS } from "./testing/host-sockets-checks.ts";

for (const check of HOST_SOCKETS_CHECKS) {
  t.test(check.name, async (t) => {
    const sockets = createNodeSockets();
    t.teardown(() => sockets.close());
    await check.run(sockets);
  });
}
