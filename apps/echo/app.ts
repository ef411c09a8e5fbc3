/** The echo protocol (RFC 862), over TCP and UDP: `libos run apps/echo`, then `nc [-u] 127.0.0.1 8007`. */
import { dgram, net } from "libos";

const ECHO_PORT = 7;

const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  // pipe() applies back-pressure: what the peer does not read is not read from it either.
  socket.pipe(socket);
  socket.on("error", (error: Error) => console.error(`tcp: ${error.message}`));
});
server.listen(ECHO_PORT, () => console.log(`tcp: echo on port ${ECHO_PORT}`));

const socket = dgram.createSocket("udp4");
socket.on("message", (message, peer) => socket.send(message, peer.port, peer.address));
socket.on("error", (error: Error) => console.error(`udp: ${error.message}`));
socket.bind(ECHO_PORT, () => console.log(`udp: echo on port ${ECHO_PORT}`));
