/** Ten thousand flows at one time, and what they cost. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import net from "node:net";
import { fileURLToPath } from "node:url";
import t from "tap";
import type { TcpConnection } from "../../components/tcp/mod.ts";
import { parseIpv4 } from "../../components/ipv4/mod.ts";
import { createGatewayApp } from "./gateway-app.ts";
import { sleep, until } from "./gateway-host.ts";

const PEER = fileURLToPath(new URL("./gateway-flood-peer.ts", import.meta.url));
const WANTED_FLOWS = 10_000;
/** Open files that this process needs for something else. */
const OTHER_FILES = 200;
/** Opened at one time, below the gateway's bound of pending flows and the host's backlog. */
const WAVE = 500;
/** What one idle flow may cost in this process, both stacks and the host's socket together. */
const BYTES_PER_FLOW = 16_384;

/** As many flows as this process may open files for; Node has raised its limit to the hard one. */
function possibleFlows(): number {
  if (!existsSync("/proc/self/limits")) return WANTED_FLOWS;
  const limits = readFileSync("/proc/self/limits", "utf8");
  const files = Number(/^Max open files +(\d+)/m.exec(limits)?.[1] ?? Infinity);
  return Math.min(WANTED_FLOWS, Math.floor((files - OTHER_FILES) / WAVE) * WAVE);
}

const FLOWS = possibleFlows();

async function startPeer(test: {
  teardown(job: () => void): void;
}): Promise<[ChildProcess, number]> {
  const peer = fork(PEER);
  test.teardown(() => peer.kill());
  const [{ port }] = (await once(peer, "message")) as [{ port: number }];
  return [peer, port];
}

function usedBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

t.test(`${FLOWS} flows stay open side by side, within a stated memory`, async (t) => {
  if (FLOWS < WANTED_FLOWS) t.comment(`ONLY ${FLOWS} flows: the limit of open files is too low`);
  const [, port] = await startPeer(t);
  const app = await createGatewayApp({ limits: { tcpFlows: FLOWS } });
  t.teardown(() => app.close());
  const { counters, gateway } = app.mode;
  const connections: TcpConnection[] = [];
  let echoes = 0;
  const handler = {
    onConnect: (connection: TcpConnection) => void connection.send(Uint8Array.of(7), 0, 1),
    onData: (_connection: TcpConnection, _offset: number, length: number) => {
      echoes += length;
      return length;
    },
    onEnd() {},
    onSpace() {},
    onClose() {},
  };
  const address = parseIpv4("10.0.2.2")!;
  const before = usedBytes();
  while (connections.length < FLOWS) {
    for (let count = 0; count < WAVE; count++) {
      const connection = app.stack.tcp.connect({ address, port, handler });
      if (typeof connection === "string") throw new Error(connection);
      connections.push(connection);
    }
    await until(`${connections.length} echoes`, () => echoes === connections.length);
  }
  t.equal(counters.tcpFlowsOpen, FLOWS);
  t.equal(counters.tcpFlowsPending, 0);
  await sleep(100);
  const perFlow = (usedBytes() - before) / FLOWS;
  const packetMemory = gateway.stack.kernel.memory.usedBytes;
  t.comment(`${Math.round(perFlow)} bytes of heap for each flow, ${packetMemory} of packet memory`);
  t.ok(perFlow < BYTES_PER_FLOW, `${Math.round(perFlow)} bytes for each flow`);
  t.ok(packetMemory < 8 * 2 ** 20, "idle flows hold no packet memory");

  echoes = 0;
  for (const connection of connections) connection.send(Uint8Array.of(8), 0, 1);
  await until("an echo on every flow", () => echoes === FLOWS);

  const onRefusal = new Promise<string>((resolve) => {
    const refused = {
      ...handler,
      onClose: (_: TcpConnection, error = "orderly") => resolve(error),
    };
    app.stack.tcp.connect({ address, port, handler: refused });
  });
  t.equal(await onRefusal, "ECONNREFUSED", "one more than the bound");

  // The last acknowledgments may be delayed; a reset that finds the device full is lost.
  await sleep(500);
  while (connections.length > 0) {
    for (const connection of connections.splice(-WAVE)) connection.abort();
    await until("their end", () => counters.tcpFlowsOpen === connections.length);
  }
});

t.test("a flood of clients is bounded, and does not stop the flows that are there", async (t) => {
  const clients = Math.min(3_000, FLOWS);
  const tcpFlows = Math.floor(clients / 3);
  const app = await createGatewayApp({
    publish: [{ hostPort: 0, appPort: 7 }],
    limits: { tcpFlows },
  });
  t.teardown(() => app.close());
  const [peer] = await startPeer(t);
  let received = 0;
  app.net
    .createServer((socket) => {
      socket.on("data", (bytes: Uint8Array) => {
        received += bytes.length;
        socket.write(bytes);
      });
      socket.on("error", () => {});
    })
    .listen(7);
  const { hostPort } = app.mode.published[0]!;
  const early = net.connect({ port: hostPort, host: "127.0.0.1" });
  t.teardown(() => early.destroy());
  early.write("before");
  t.equal(String((await once(early, "data"))[0]), "before");
  peer.send({ connect: { port: hostPort, count: clients } });
  const { counters } = app.mode;
  await until("the flood", () => counters.tcpFlowsIn + counters.tcpFlowsRefused > clients);
  await until("a byte of each flow", () => received >= tcpFlows + "before".length - 1);
  t.equal(counters.tcpFlowsOpen, tcpFlows);
  t.equal(counters.tcpFlowsRefused, clients + 1 - tcpFlows);
  early.write("after");
  t.equal(String((await once(early, "data"))[0]), "after");
});
