/**
 * The other end of many flows, in a process of its own, because the number of open files is bounded
 * for each process. Listens at a free port, answers each connection's bytes with the same bytes, and
 * connects as often as it is told. `gateway-flows.test.ts` starts it.
 */
import net from "node:net";
import process from "node:process";

const sockets = new Set<net.Socket>();

function keep(socket: net.Socket): void {
  sockets.add(socket);
  socket.on("error", () => {});
  socket.on("close", () => sockets.delete(socket));
}

const server = net.createServer((socket) => {
  keep(socket);
  socket.on("data", (bytes) => socket.write(bytes));
});

process.on("message", (message: { connect?: { port: number; count: number }; count?: true }) => {
  if (message.count === true) process.send?.({ open: sockets.size });
  if (message.connect === undefined) return;
  const { port, count } = message.connect;
  for (let index = 0; index < count; index++) {
    const socket = net.connect({ port, host: "127.0.0.1" });
    keep(socket);
    socket.on("connect", () => socket.write("x"));
  }
});

server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () => {
  process.send?.({ port: (server.address() as net.AddressInfo).port });
});
