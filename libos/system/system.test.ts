import t from "tap";
import { createSimulation } from "../../host-adapters/sim/mod.ts";
import { HEAP_SCOPE } from "../kernel/mod.ts";
import { createSystem, type System } from "./mod.ts";

/** Two whole systems in one process, on a simulated network that loses, doubles and reorders. */
function createWorld(seed: number) {
  const world = createSimulation({ seed, trace: true, replayCommand: `seed ${seed}` });
  const network = world.createNetwork({
    delayUs: 2_000,
    lossRate: 0.05,
    duplicateRate: 0.02,
    reorderRate: 0.05,
  });
  const [server, client] = ["server", "client"].map((name, index): System => {
    const hal = world.createHal({ name, memoryBytes: 8 * 2 ** 20, net: [network] });
    const address = `192.0.2.${index + 1}`;
    return createSystem({
      hal,
      network: { kind: "static", address, prefixLength: 24, nameServers: [] },
      hosts: { server: "192.0.2.1" },
    });
  });
  return { world, server: server!, client: client! };
}

t.test("two systems in one process talk over a bad network, and a seed repeats it", async (t) => {
  const hashes: string[] = [];
  for (let round = 0; round < 2; round++) {
    const { world, server, client } = createWorld(7);
    server.fs.writeFileSync("/page", "x".repeat(100_000));
    server.http
      .createServer((request, response) => response.end(server.fs.readFileSync("/page")))
      .listen(80);
    let received = 0;
    let ended = false;
    client.http.get({ host: "server", port: 80, path: "/" }, (response) => {
      response.on("data", (chunk: Uint8Array) => (received += chunk.length));
      response.on("end", () => (ended = true));
    });
    await world.run({ until: () => ended });
    t.equal(received, 100_000);
    const state = client.state();
    t.equal(state.interfaces.find(({ name }) => name === "eth0")?.address, "192.0.2.2/24");
    t.ok(server.state().connections.some((connection) => connection.state === "LISTEN"));
    t.ok(JSON.stringify(state).length > 1000, "a snapshot is plain data");
    hashes.push(world.traceHash);
  }
  t.equal(hashes[0], hashes[1]);
});

t.test("after stop a system owns nothing, and its peer has been told", async (t) => {
  const { world, server, client } = createWorld(3);
  server.net.createServer(() => {}).listen(7);
  let closed = false;
  const socket = client.net.connect(7, "server");
  socket.on("close", () => (closed = true));
  await world.run({ until: () => server.stack.tcp.connectionCount === 1 });
  let stopped = false;
  void server.stop().then(() => (stopped = true));
  await world.run({ until: () => stopped && closed });
  t.equal(server.stack.tcp.connectionCount, 0);
  t.equal(server.kernel.memory.usedBytes, 0);
  t.equal(server.kernel.tasks.children.size, 0);
});

t.test("the log tells that nobody gives an address, and connections fail in the end", async (t) => {
  const world = createSimulation({ seed: 5 });
  const hal = world.createHal({
    name: "alone",
    memoryBytes: 8 * 2 ** 20,
    net: [world.createNetwork()],
  });
  const system = createSystem({ hal });
  let code = "";
  system.net.connect(80, "192.0.2.1").on("error", (error: Error & { code?: string }) => {
    code = error.code ?? "";
  });
  await world.run({ until: () => code !== "" });
  t.equal(code, "ENETUNREACH");
  t.match(system.log.entries(), [
    { level: "warning", source: "network", message: "no DHCP server has answered" },
  ]);
});

t.test("a mount or an address that can't be is one line", (t) => {
  const world = createSimulation({ seed: 1 });
  const hal = world.createHal({ name: "a", memoryBytes: 4 * 2 ** 20 });
  t.throws(
    () => createSystem({ hal, mounts: [{ share: "none", path: "/x" }] }),
    /mount \/x: the platform has no share "none"/,
  );
  t.end();
});

t.test("who listens below net keeps the system alive as long as the port is open", async (t) => {
  const world = createSimulation({ seed: 1 });
  const hal = world.createHal({ name: "a", memoryBytes: 8 * 2 ** 20, net: [] });
  let holds = 0;
  const ports: string[] = [];
  const { tcp, udp, stack } = createSystem({
    hal,
    network: { kind: "static", address: "192.0.2.1", prefixLength: 24, nameServers: [] },
    hold: () => holds++,
    release: () => holds--,
    onListen: (protocol, port, isOpen) => ports.push(`${protocol} ${port} ${isOpen}`),
  });
  const listener = tcp.listen({ address: 0, port: 53, onConnection: () => {} });
  const socket = udp.bind({ address: 0, port: 53, handler: { onDatagram: () => {} } });
  if (typeof listener === "string" || typeof socket === "string") throw new Error("not bound");
  t.equal(holds, 2);
  t.equal([...stack.tcp.listeners].length, 1, "it is the system's own TCP");
  listener.close();
  socket.close();
  t.equal(holds, 0);
  t.same(ports, ["tcp 53 true", "udp 53 true", "tcp 53 false", "udp 53 false"]);
});

t.test("each kind of work says whose it is, for a heap that is full", async (t) => {
  const world = createSimulation({ seed: 3, replayCommand: "seed 3" });
  const network = world.createNetwork({ delayUs: 100 });
  const heapState = new Uint8Array(2);
  const inTcp = new Set<number>();
  const trace = {
    event: (source: string) => void (source === "tcp" && inTcp.add(heapState[0]!)),
  };
  const [server, client] = ["192.0.2.1", "192.0.2.2"].map((address, index) =>
    createSystem({
      hal: Object.assign(
        world.createHal({ name: address, memoryBytes: 2 ** 22, net: [network] }),
        index === 0 && { heapState },
      ),
      network: { kind: "static", address, prefixLength: 24, nameServers: [] },
      ...(index === 0 && { trace }),
    }),
  );
  const seen: Record<string, number> = {};
  const see = (what: string) => void (seen[what] = heapState[0]!);
  const host = "192.0.2.1";
  server!.http
    .createServer((_request, response) => {
      see("request");
      response.end("x".repeat(100_000), () => see("finish"));
    })
    .listen(80, () => see("listening"));
  server!.net
    .createServer((socket) => {
      see("connection");
      socket.on("data", () => {
        see("data");
        socket.end("y");
        see("data, afterwards");
      });
      socket.on("close", () => see("close"));
    })
    .listen(7);
  const datagrams = server!.dgram.createSocket("udp4");
  datagrams.on("message", () => see("message"));
  datagrams.bind(9);
  server!.timers.setTimeout(() => see("timer"), 1);
  let ended = 0;
  client!.http.get({ host, port: 80 }, (response) => response.resume().on("end", () => ended++));
  const socket = client!.net.connect(7, host, () => socket.end("z"));
  socket.resume().on("close", () => ended++);
  client!.dgram.createSocket("udp4").send("d", 9, host, () => ended++);
  await world.run({ until: () => ended === 3 && seen["close"] !== undefined });
  const { APPLICATION, PEER, SYSTEM } = HEAP_SCOPE;
  t.same(seen, {
    listening: APPLICATION,
    timer: APPLICATION,
    message: PEER,
    request: PEER,
    finish: APPLICATION,
    connection: PEER,
    data: PEER,
    "data, afterwards": PEER,
    close: APPLICATION,
  });
  t.same([...inTcp], [SYSTEM]);
  t.equal(heapState[0], APPLICATION);
  await Promise.all([server!.stop(0), client!.stop(0)]);
});
