/**
 * What the engine is trained on: two whole systems in one simulated network. One serves HTTP, bulk TCP
 * and files, the other one is the client. The engine counts what it runs here, and is then compiled for it
 * (`engine/trainer.c`, build.rs). Nothing of it is in an image.
 */
import "./globals.ts";
import { createSimulation, type SimHal } from "../../host-adapters/sim/mod.ts";
import { createSystem, type System } from "../../libos/system/mod.ts";
import { once } from "events";

const HTTP_REQUESTS = 60;
const CONNECTIONS = 4;
const BULK_BYTES = 256 << 10;
const PAGE = "<!doctype html><title>hello</title><p>hello from libos\n";

const world = createSimulation({ seed: 1 });
const link = world.createNetwork({ delayUs: 50 });

function start(name: string, address: string): { readonly hal: SimHal; readonly system: System } {
  const hal = world.createHal({ name, memoryBytes: 8 << 20, net: [link] });
  const network = { kind: "static", address, prefixLength: 24, nameServers: [] } as const;
  const system = createSystem({ hal, network });
  return { hal, system };
}

const server = start("server", "10.0.0.1").system;
const client = start("client", "10.0.0.2").system;

function serve(): void {
  server.fs.writeFileSync("/page.html", PAGE.repeat(20));
  const http = server.http.createServer((request, response) => {
    const url = request.url ?? "/";
    if (/^\/(?:page|file)/.test(url)) {
      const body = server.fs.readFileSync("/page.html");
      response.setHeader("etag", `"${body.length.toString(16)}"`);
      response.writeHead(200, { "content-type": "text/html", "content-length": body.length });
      response.end(body);
      return;
    }
    const text = JSON.stringify({ url, headers: request.headers, at: new Date(0).toISOString() });
    response.writeHead(200, { "content-type": "application/json", "content-length": text.length });
    response.end(text);
  });
  http.listen(80);
  server.net.createServer((socket) => socket.pipe(socket)).listen(7);
}

/** One connection that asks again and again, and looks at each answer. */
async function ask(): Promise<void> {
  const socket = client.net.connect(80, "10.0.0.1");
  await once(socket, "connect");
  let received = "";
  socket.setEncoding("latin1");
  for (let index = 0; index < HTTP_REQUESTS; index++) {
    const path = index % 2 === 0 ? "/page" : `/data?index=${index}`;
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: 10.0.0.1\r\nUser-Agent: training\r\nAccept: */*\r\n\r\n`,
    );
    for (;;) {
      const head = received.indexOf("\r\n\r\n");
      const length = Number(/content-length: (?<length>\d+)/i.exec(received)?.groups?.["length"]);
      if (head >= 0 && received.length >= head + 4 + length) {
        const body = received.slice(head + 4, head + 4 + length);
        if (index % 2 === 1 && JSON.parse(body).url !== path) throw new Error(body);
        received = received.slice(head + 4 + length);
        break;
      }
      const [more] = (await once(socket, "data")) as [string];
      received += more;
    }
  }
  socket.end();
}

/** Bytes out and back. */
async function echo(): Promise<void> {
  const socket = client.net.connect(7, "10.0.0.1");
  await once(socket, "connect");
  let back = 0;
  socket.on("data", (bytes: Uint8Array) => (back += bytes.length));
  for (let sent = 0; sent < BULK_BYTES; sent += 4096) {
    if (!socket.write(new Uint8Array(4096).fill(sent >> 12))) await once(socket, "drain");
  }
  while (back < BULK_BYTES) await once(socket, "data");
  socket.end();
}

/** What parsers and tables do: DNS-like packets, maps, sorting, classes. */
function compute(): number {
  const packet = new Uint8Array(512);
  const view = new DataView(packet.buffer);
  const names = new Map<string, number>();
  let sum = 0;
  for (let round = 0; round < 300; round++) {
    let offset = 12;
    view.setUint16(0, round);
    for (const label of ["www", `host${round % 32}`, "example", "org"]) {
      packet[offset++] = label.length;
      for (let index = 0; index < label.length; index++) packet[offset++] = label.charCodeAt(index);
    }
    packet[offset] = 0;
    let name = "";
    for (let at = 12; packet[at] !== 0; at += packet[at]! + 1) {
      let label = "";
      for (let index = 1; index <= packet[at]!; index++) {
        label += String.fromCharCode(packet[at + index]!);
      }
      name += `${label.toLowerCase()}.`;
    }
    names.set(name, (names.get(name) ?? 0) + 1);
    for (let at = 0; at < offset; at += 2) sum = (sum + view.getUint16(at)) % 65535;
  }
  const sorted = [...names].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return sum + sorted.length;
}

serve();
const work = [echo(), ...Array.from({ length: CONNECTIONS }, ask)];
let isDone = false;
void Promise.all(work).then(() => (isDone = true));
await world.run({ until: () => isDone });
print(`trained in ${world.nowUs} us of simulated time, sum ${compute()}`);
