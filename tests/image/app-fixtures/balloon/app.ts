/** Takes as many bytes of packet memory as it is told to, and answers with what it has got of them. */
import { net, system } from "libos";

const BLOCK_BYTES = 65_536;
const { memory } = system.kernel;
const owner = memory.owner("app", memory.totalBytes);

const server = net.createServer((socket) => {
  socket.setEncoding("latin1").on("data", (text: string) => {
    const wanted = Number(text);
    let taken = 0;
    while (taken < wanted && owner.allocate(BLOCK_BYTES) >= 0) taken += BLOCK_BYTES;
    socket.end(String(taken));
  });
});

server.listen(7);
