/**
 * Bulk TCP, for both sides. On 5001 whoever connects is sent 64 KiB buffers until it goes; on 5002
 * what comes is read and dropped, and its length is told when the sender has ended.
 */
import net from "node:net";

const [SOURCE_PORT, SINK_PORT] = [5001, 5002];
const BUFFER_BYTES = 64 << 10;

const buffer = Buffer.alloc(BUFFER_BYTES, 0x5a);

const source = net.createServer((socket) => {
  const fill = (): void => {
    while (!socket.destroyed && socket.write(buffer));
  };
  socket.on("drain", fill);
  socket.on("error", () => {});
  fill();
});

const sink = net.createServer({ allowHalfOpen: true }, (socket) => {
  let received = 0;
  socket.on("data", (chunk) => {
    received += chunk.length;
  });
  socket.on("error", () => {});
  socket.on("end", () => socket.end(String(received)));
});

source.listen(SOURCE_PORT, () => sink.listen(SINK_PORT, () => console.log("listening")));
