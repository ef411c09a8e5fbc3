/** The same scripts for our `http` and Node's, both over `node:net`: what can be seen is the same. */
import http from "node:http";
import t from "tap";
import { CLIENT_SCRIPTS } from "./testing/client-scripts.ts";
import { createHttpOverNode } from "./testing/over-node.ts";
import { SERVER_SCRIPTS } from "./testing/server-scripts.ts";
import { runClient, runServer, type HttpModule } from "./testing/transcript.ts";

const ours = createHttpOverNode() as unknown as HttpModule;

t.jobs = 16;

for (const script of SERVER_SCRIPTS) {
  void t.test(`server: ${script.name}`, { buffered: true }, async (t) => {
    const [own, nodes] = await Promise.all([runServer(ours, script), runServer(http, script)]);
    if (script.differs === undefined) t.same(own, nodes);
    else t.not(JSON.stringify(own), JSON.stringify(nodes), script.differs);
  });
}

for (const script of CLIENT_SCRIPTS) {
  void t.test(`client: ${script.name}`, { buffered: true }, async (t) => {
    const [own, nodes] = await Promise.all([runClient(ours, script), runClient(http, script)]);
    if (script.differs === undefined) t.same(own, nodes);
    else t.not(JSON.stringify(own), JSON.stringify(nodes), script.differs);
  });
}
