/**
 * The gateway under Deno: the checks of its host sockets, and one system end to end. Prints a line
 * for each, "ok …", "skip …" or "not ok …". `gateway-deno.test.ts` runs it.
 */
import { once } from "node:events";
import net from "node:net";
import process from "node:process";
import { createDenoSockets } from "../../host-adapters/gateway/deno-sockets.ts";
import { HOST_SOCKETS_CHECKS } from "../../host-adapters/gateway/testing/host-sockets-checks.ts";
import { expectEqual } from "../../host-adapters/gateway/testing/recorder.ts";
import { createUserModeHal } from "../../host-adapters/gateway/user-mode-deno.ts";
import { createGatewayApp } from "./gateway-app.ts";
import { blocks, hashOf, hashOfBlocks, startTcpServer } from "./gateway-host.ts";

const BULK_BYTES = 8 * 2 ** 20;

async function report(name: string, job: () => Promise<void>): Promise<void> {
  try {
    await job();
    console.log(`ok ${name}`);
  } catch (error) {
    console.log(`not ok ${name}: ${String(error)}`);
  }
}

for (const check of HOST_SOCKETS_CHECKS) {
  if (check.lacksOnDeno !== undefined) {
    console.log(`skip ${check.name}: Deno: ${check.lacksOnDeno}`);
    continue;
  }
  await report(check.name, async () => {
    const sockets = createDenoSockets();
    try {
      await check.run(sockets);
    } finally {
      sockets.close();
    }
  });
}

await report("a system serves and connects through the gateway", async () => {
  const server = await startTcpServer((socket) => {
    void hashOf(socket).then((hash) => socket.end(hash));
  });
  const app = await createGatewayApp({ publish: [{ hostPort: 0, appPort: 7 }] }, createUserModeHal);
  app.net.createServer((socket) => socket.pipe(socket as never)).listen(7);
  const client = net.connect({ port: app.mode.published[0]!.hostPort, host: "127.0.0.1" });
  client.end("hello");
  const [echo] = await once(client, "data");
  expectEqual("echo", String(echo), "hello");
  const socket = app.net.connect({ port: server.port, host: "10.0.2.2", allowHalfOpen: true });
  for (const block of blocks(BULK_BYTES)) {
    if (!socket.write(block)) await once(socket, "drain");
  }
  socket.end();
  const [hash] = await once(socket, "data");
  expectEqual("hash", String(hash), hashOfBlocks(BULK_BYTES));
  app.close();
  server.close();
});

process.exit(0);
