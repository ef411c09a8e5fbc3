/**
 * Asks a DNS server as fast as it answers, over UDP, and says how fast that was:
 *
 *   node apps/dns/testing/load.ts [--port 8053] [--seconds 5] [--window 32] [NAME/TYPE]…
 *
 * `window` queries are under way at any time, over one socket each.
 */
import { createSocket, type Socket } from "node:dgram";
import { parseArgs } from "node:util";

const QUESTIONS = [
  "www.example.org/1",
  "example.org/15",
  "a.users.example.org/1",
  "no.example.org/1",
];
/** A datagram may be lost: ask on after so long. */
const PATIENCE_MS = 1_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    port: { type: "string", default: "8053" },
    seconds: { type: "string", default: "5" },
    window: { type: "string", default: "32" },
  },
});

/** A query with EDNS, as resolvers send it (RFC 1035, 4.1; RFC 6891, 6.1.2). */
function query(question: string): Buffer {
  const [name = "", type = "1"] = question.split("/");
  const labels = name.split(".").map((label) => Buffer.from([label.length, ...Buffer.from(label)]));
  const tail = [0, Number(type) >> 8, Number(type) & 255, 0, 1];
  const opt = [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0];
  const header = [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1];
  return Buffer.concat([Buffer.from(header), ...labels, Buffer.from([...tail, ...opt])]);
}

const queries = (positionals.length > 0 ? positionals : QUESTIONS).map(query);
const timesUs: number[] = [];
const sockets: Socket[] = [];
const port = Number(values.port);
let lost = 0;
let asked = 0;

function startAsking(): void {
  const socket = createSocket("udp4");
  sockets.push(socket);
  let sentAt = 0;
  const ask = (): void => {
    const bytes = queries[asked % queries.length]!;
    bytes.writeUInt16BE(asked++ & 0xffff);
    sentAt = performance.now();
    socket.send(bytes, port, "127.0.0.1");
    timer.refresh();
  };
  const timer = setTimeout(() => {
    lost++;
    ask();
  }, PATIENCE_MS);
  socket.on("message", () => {
    timesUs.push((performance.now() - sentAt) * 1000);
    ask();
  });
  socket.on("close", () => clearTimeout(timer));
  socket.bind(0, "127.0.0.1", ask);
}

const seconds = Number(values.seconds);
for (let count = 0; count < Number(values.window); count++) startAsking();
await new Promise((resolve) => void setTimeout(resolve, seconds * 1000));
for (const socket of sockets) socket.close();
timesUs.sort((a, b) => a - b);
const percentile = (part: number): string =>
  `${Math.round(timesUs[Math.floor(part * timesUs.length)] ?? 0)} µs`;
const rate = Math.round(timesUs.length / seconds);
console.log(`${rate} queries/s, median ${percentile(0.5)}, 99 % ${percentile(0.99)}, ${lost} lost`);
