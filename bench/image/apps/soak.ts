/** Serves a page, takes what is sent to it, and tells how much memory is in use. */
import { system } from "libos";
import http from "node:http";

const PORT = 80;
const PAGE = "x".repeat(10_000);

const server = http.createServer((request, response) => {
  if (request.url === "/memory") {
    const { memory, connectionCount } = system.state();
    const sample = {
      heapBytes: process.memoryUsage().heapUsed,
      packetBytes: memory.usedBytes,
      connections: connectionCount,
    };
    response.end(JSON.stringify(sample));
    return;
  }
  let received = 0;
  request.on("data", (chunk: Uint8Array) => (received += chunk.length));
  request.on("end", () => response.end(request.method === "POST" ? String(received) : PAGE));
});
server.listen(PORT, () => console.log("listening"));
