import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { openControl } from "./control.ts";
import { createForwarder, explainPort } from "./forward-ports.ts";
import { openMonitor } from "./monitor.ts";
import { guardRecording } from "./record-guard.ts";
import { createLineReader, expectConnection } from "./socket.ts";

const folder = mkdtempSync(join(tmpdir(), "libos-socket-"));
t.teardown(() => rmSync(folder, { recursive: true }));

t.test("lines come whole, however they are cut, and too long ones not at all", (t) => {
  const lines: string[] = [];
  const take = createLineReader(8, (line) => lines.push(line));
  for (const text of ["on", "e\ntwo\n", "much too long", " a line\nth", "ree\r\n", "rest"])
    take(text);
  t.same(lines, ["one", "two", "three"]);
  t.end();
});

t.test("an image tells of its ports; other lines are passed over", async (t) => {
  const path = join(folder, "control");
  const told: unknown[][] = [];
  const interrupted = new Promise<void>((resolve) => {
    void openControl(path, {
      onListen: (...values) => void told.push(values),
      onReady: () => void told.push(["ready"]),
      onInterrupted: resolve,
    }).then(() => {
      const lines = [
        "ready",
        "listen tcp 80",
        "listen udp 53",
        "listen tcp 0",
        "listen tcp 99999",
        "x",
      ];
      connect(path).end([...lines, "close tcp 80", "interrupted", ""].join("\n"));
    });
  });
  await interrupted;
  t.same(told, [["ready"], ["tcp", 80, true], ["udp", 53, true], ["tcp", 80, false]]);
});

/** A QEMU that answers every command. */
function answer(path: string, reply: (line: string) => object) {
  const socket = connect(path).setEncoding("utf8");
  socket.write('{"QMP": {}}\n{"event": "RESUME"}\n');
  const take = (line: string): void => {
    socket.write(`${JSON.stringify(reply(line))}\n`);
  };
  socket.on("data", createLineReader(1000, take));
  return socket;
}

t.test("the monitor runs one command after another, and tells QEMU's complaints", async (t) => {
  const path = join(folder, "monitor");
  const monitor = await openMonitor(path);
  const asked: string[] = [];
  const socket = answer(path, (line) => {
    asked.push(line);
    if (line.includes("stop")) return { error: { desc: "no" } };
    return { return: line.includes("8080") ? "could not set up host forwarding rule\r\n" : "" };
  });
  const forwarder = createForwarder(monitor, "net0");
  const port = { protocol: "tcp", hostAddress: "127.0.0.1", appPort: 80 } as const;
  const opened = await forwarder.publish({ ...port, hostPort: 8081 });
  t.equal(opened.hostPort, 8081);
  await t.rejects(forwarder.publish({ ...port, hostPort: 8080 }), /port 8080 .* could not set up/);
  await t.rejects(monitor.run("stop"), /no/);
  opened.close();
  await monitor.run("cont");
  t.match(asked.join("\n"), /qmp_capabilities[^]*hostfwd_add net0 tcp:127.0.0.1:8081-:80/);
  t.match(asked.join("\n"), "hostfwd_remove net0 tcp:127.0.0.1:8081");
  socket.destroy();
  await t.rejects(
    (async () => {
      for (;;) await monitor.run("cont");
    })(),
    /the machine has ended/,
  );
});

t.test("the monitor tells when QEMU has begun, and when the guest starts again", async (t) => {
  const path = join(folder, "restarts");
  let restarts = 0;
  const monitor = await openMonitor(path, () => restarts++);
  const socket = answer(path, () => ({ return: {} }));
  await monitor.began;
  for (const guest of [false, true]) {
    socket.write(`${JSON.stringify({ event: "RESET", data: { guest } })}\n`);
  }
  await monitor.run("cont");
  t.equal(restarts, 1, "a reset by QEMU's user is none");
  socket.destroy();
});

t.test("why a port can't be opened is told by trying it", async (t) => {
  const hostAddress = "127.0.0.1";
  const server = createServer().listen(0, hostAddress);
  await once(server, "listening");
  const { port: hostPort } = server.address() as AddressInfo;
  const port = { protocol: "tcp", hostAddress, hostPort } as const;
  t.match(await explainPort(port), `tcp port ${hostPort} of 127.0.0.1 is in use; publish another`);
  server.close();
  for (const protocol of ["tcp", "udp"] as const) {
    // Of TEST-NET-1 (RFC 5737), which no host has.
    const text = await explainPort({ ...port, protocol, hostAddress: "192.0.2.1" });
    t.match(text, /^the host has no address 192\.0\.2\.1; publish .* at 127\.0\.0\.1/);
  }
});

t.test("a recording ends before its disk is full, once", async (t) => {
  const commands: unknown[][] = [];
  const run = async (...values: unknown[]): Promise<unknown> => commands.push(values);
  let free = 1e9;
  const alive = setInterval(() => {}, 1000);
  await new Promise<void>((resolve) => {
    guardRecording("x.rec", "record", { run }, resolve, () => (free -= 0.6e9));
  });
  clearInterval(alive);
  t.same(commands, [["chardev-change", { id: "record", backend: { type: "null", data: {} } }]]);
});

t.test("a path that is no socket's is refused in one line", async (t) => {
  await t.rejects(expectConnection(`/tmp/${"x".repeat(120)}`), /too long .* set TMPDIR/);
});
