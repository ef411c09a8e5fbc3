/** The process of the plain node:http peer; see plain-http.ts. */
import { createServer } from "node:http";

const body = process.argv[2] ?? "";

const server = createServer((_request, response) => {
  response.writeHead(200, { "content-type": "text/plain", "content-length": body.length });
  response.end(body);
});
server.listen(0, "127.0.0.1", () => process.send?.(server.address()));
process.on("disconnect", () => process.exit(0));
