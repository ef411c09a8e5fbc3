/** A page of a few bytes, for both sides: the same source in our image and under Node. */
import http from "node:http";

const PORT = 80;
const BODY = "hello, world\n";

const server = http.createServer((_request, response) => {
  response.writeHead(200, { "content-type": "text/plain", "content-length": BODY.length });
  response.end(BODY);
});
server.listen(PORT, () => console.log("listening"));
