/**
 * A process whose application has nothing to do: ports are published, a flow has passed, and nothing
 * holds the process any more. It has to end by itself. `gateway-tcp.test.ts` runs it.
 */
import { once } from "node:events";
import net from "node:net";
import { createGatewayApp } from "./gateway-app.ts";

const app = await createGatewayApp({
  publish: [
    { hostPort: 0, appPort: 7 },
    { hostPort: 0, appPort: 7, protocol: "udp" },
  ],
});
const server = app.net.createServer((socket) => socket.end("hello"));
server.listen(7);
const client = net.connect({ port: app.mode.published[0]!.hostPort, host: "127.0.0.1" });
const [text] = await once(client, "data");
console.log(String(text));
client.destroy();
server.close();
app.mode.hal.release();
