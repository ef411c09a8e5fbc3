/** Says hello to whoever connects: `libos run apps/hello`, then `nc 127.0.0.1 8007`. */
import { net } from "libos";

const server = net.createServer((socket) => {
  socket.end("hello\n");
});

server.listen(7);
