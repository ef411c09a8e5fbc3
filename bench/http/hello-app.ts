/** Our side of the HTTP rows: answers every request with the text in BODY, as the peer does. */
import { http } from "libos";

const PORT = 80;
const body = process.env["BODY"] ?? "";

const server = http.createServer((_request, response) => {
  response.writeHead(200, { "content-type": "text/plain", "content-length": body.length });
  response.end(body);
});
server.listen(PORT);
